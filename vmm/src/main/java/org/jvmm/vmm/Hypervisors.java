package org.jvmm.vmm;

import java.util.function.Supplier;
import org.jvmm.core.bus.Bus;
import org.jvmm.core.cpu.Hypervisor;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.cpu.InstructionText;
import org.jvmm.cpu.InstructionReader;
import org.jvmm.cpu.SoftHypervisor;
import org.jvmm.device.irqchip.SoftIrqChip;
import org.jvmm.kvm.KvmHypervisor;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.vmm.host.KvmDevice;

/** Chooses the engine; the only class that knows which ones there are. */
public final class Hypervisors {
    private Hypervisors() {}

    /**
     * Which engine {@code accel} means on this host. What is forced is taken as it is; {@link Accel#AUTO} asks the host, which is asked once a boot.
     */
    public static EngineChoice choose(Accel accel) {
        return choose(accel, KvmDevice::probe);
    }

    static EngineChoice choose(Accel accel, Supplier<KvmDevice> device) {
        if (accel == Accel.SOFT) {
            return new EngineChoice(Accel.SOFT, "--accel=soft");
        }
        if (accel == Accel.KVM) {
            return new EngineChoice(Accel.KVM, "--accel=kvm");
        }
        KvmDevice found = device.get();
        return new EngineChoice(found == KvmDevice.NATIVE ? Accel.KVM : Accel.SOFT, found.description());
    }

    /** Most virtual CPUs of an engine, as far as this program goes; KVM's own limit is known when it is opened. */
    public static int maxCpus(Accel chosen) {
        return chosen == Accel.KVM ? GuestLayout.MAX_CPUS : SoftHypervisor.MAX_CPUS;
    }

    /** Decodes an instruction for people; see {@link InstructionReader#decode}. */
    public static InstructionText decode(byte[] bytes, int available, int mode, long address) {
        return InstructionReader.decode(bytes, available, mode, address);
    }

    /**
     * Makes the engine for one machine. The software engine brings its interrupt controllers and puts them on the buses; KVM's are in the kernel.
     *
     * @param chosen {@link Accel#SOFT} or {@link Accel#KVM}
     * @param cpus number of virtual CPUs
     * @param cpuModel what the software CPU is
     * @throws MachineException when the engine cannot do that
     * @throws org.jvmm.kvm.KvmException when the host's KVM cannot
     */
    static Hypervisor create(Accel chosen, int cpus, CpuModel cpuModel, TimerQueue timers, Bus pio, Bus mmio) {
        if (cpus > maxCpus(chosen)) {
            throw new MachineException("Number of CPUs is " + cpus + ": the "
                    + (chosen == Accel.KVM ? "KVM engine" : "software CPU of this version") + " runs " + maxCpus(chosen) + "; use --cpus "
                    + maxCpus(chosen));
        }
        if (chosen == Accel.KVM) {
            // A hypercall does not return where the guest's kernel mode is emulated.
            return KvmHypervisor.open(NativeBinding::newSyscalls, cpus, KvmDevice.probe() == KvmDevice.NATIVE);
        }
        String obstacle = SoftHypervisor.obstacle();
        if (obstacle != null) {
            throw new MachineException(obstacle);
        }
        SoftIrqChip chip = new SoftIrqChip(timers, cpus);
        chip.attachTo(pio, mmio);
        return new SoftHypervisor(chip, timers.clock(), chip.tscOrigin(), cpuModel, cpus);
    }
}
