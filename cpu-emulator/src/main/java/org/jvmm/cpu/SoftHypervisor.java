package org.jvmm.cpu;

import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.cpu.Hypervisor;
import org.jvmm.core.cpu.VirtualMachine;
import org.jvmm.core.irq.SoftwareIrqChip;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.time.VmClock;

/** The engine that executes guests in Java. It needs nothing of its host but memory. */
public final class SoftHypervisor implements Hypervisor {
    /** CPUs a machine of this engine may have. */
    public static final int MAX_CPUS = 1;

    private final SoftwareIrqChip chip;
    private final VmClock clock;
    private final long tscOrigin;
    private final CpuModel model;

    /**
     * @param chip the machine's interrupt controllers
     * @param clock source of time
     * @param tscOrigin {@code clock} value at which the guest's time-stamp counter is 0; the counter ticks once a nanosecond
     * @param model what the CPU is
     */
    public SoftHypervisor(SoftwareIrqChip chip, VmClock clock, long tscOrigin, CpuModel model) {
        this.chip = chip;
        this.clock = clock;
        this.tscOrigin = tscOrigin;
        this.model = model;
    }

    /** An engine of {@link CpuModel#V2} CPUs. */
    public SoftHypervisor(SoftwareIrqChip chip, VmClock clock, long tscOrigin) {
        this(chip, clock, tscOrigin, CpuModel.V2);
    }

    @Override
    public String name() {
        return "soft";
    }

    @Override
    public VirtualMachine createVm(GuestMemory memory) {
        return new SoftVm(memory, chip, clock, tscOrigin, model);
    }
}
