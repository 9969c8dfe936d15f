package org.jvmm.vmm;

import org.jvmm.core.bus.Bus;
import org.jvmm.core.cpu.Hypervisor;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.cpu.SoftHypervisor;
import org.jvmm.device.irqchip.SoftIrqChip;

/** Chooses the engine; the only class that knows which ones there are. */
public final class Hypervisors {
    private Hypervisors() {}

    /**
     * What {@code accel} means on this host.
     *
     * @return {@link Accel#SOFT}: the only engine so far
     * @throws MachineException when that engine is not there
     */
    public static Accel choose(Accel accel) {
        if (accel == Accel.KVM) {
            throw new MachineException("The KVM engine is not part of this version; use --accel=soft");
        }
        return Accel.SOFT;
    }

    /** Most virtual CPUs of an engine. */
    public static int maxCpus(Accel chosen) {
        return SoftHypervisor.MAX_CPUS;
    }

    /**
     * Makes the engine for one machine. The software engine brings its interrupt controllers and puts them on the buses.
     *
     * @param accel what the user asked for
     * @param cpus number of virtual CPUs
     * @throws MachineException when the host or the engine cannot do that
     */
    static Hypervisor create(Accel accel, int cpus, TimerQueue timers, Bus pio, Bus mmio) {
        Accel chosen = choose(accel);
        if (cpus > maxCpus(chosen)) {
            throw new MachineException("Number of CPUs is " + cpus + ": the software CPU of this version runs " + maxCpus(chosen)
                    + "; use --cpus " + maxCpus(chosen));
        }
        SoftIrqChip chip = new SoftIrqChip(timers, cpus);
        chip.attachTo(pio, mmio);
        return new SoftHypervisor(chip, timers.clock(), chip.tscOrigin());
    }
}
