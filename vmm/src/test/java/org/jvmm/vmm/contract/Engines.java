package org.jvmm.vmm.contract;

import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.cpu.SoftHypervisor;
import org.jvmm.device.irqchip.SoftIrqChip;
import org.jvmm.kvm.KvmHypervisor;
import org.jvmm.kvm.sys.NativeBinding;

/** Both engines as the contract suite wants them. */
final class Engines {
    /** The software CPU; its timers stand still. */
    static final ContractMachine.Engine SOFT = (memory, cpus, pio, mmio) -> {
        FakeClock clock = new FakeClock();
        SoftIrqChip chip = new SoftIrqChip(clock, cpus);
        chip.attachTo(pio, mmio);
        return new SoftHypervisor(chip, clock.clock(), chip.tscOrigin(), CpuModel.V2, cpus).createVm(memory);
    };

    /** This host's KVM. */
    static final ContractMachine.Engine KVM = (memory, cpus, pio, mmio) -> {
        try (KvmHypervisor hypervisor = KvmHypervisor.open(NativeBinding::newSyscalls, cpus, false)) {
            return hypervisor.createVm(memory);
        }
    };

    private Engines() {}
}
