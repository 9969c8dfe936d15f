package org.jvmm.cpu;

import java.nio.ByteOrder;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.cpu.Hypervisor;
import org.jvmm.core.cpu.VirtualMachine;
import org.jvmm.core.host.JdkExports;
import org.jvmm.core.irq.SoftwareIrqChip;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.time.VmClock;
import org.jvmm.cpu.mmu.CpuGroup;

/** The engine that executes guests in Java. It needs nothing of its host but memory, and of the JVM one option ({@link #obstacle}). */
public final class SoftHypervisor implements Hypervisor {
    /** CPUs a machine of this engine may have. */
    public static final int MAX_CPUS = CpuGroup.MAX_CPUS;

    private final SoftwareIrqChip chip;
    private final VmClock clock;
    private final long tscOrigin;
    private final CpuModel model;
    private final int cpus;

    /**
     * @param chip the machine's interrupt controllers
     * @param clock source of time
     * @param tscOrigin {@code clock} value at which the guest's time-stamp counter is 0; the counter ticks once a nanosecond
     * @param model what the CPU is
     * @param cpus CPUs of the machine, 1 to {@link #MAX_CPUS}
     */
    public SoftHypervisor(SoftwareIrqChip chip, VmClock clock, long tscOrigin, CpuModel model, int cpus) {
        this.cpus = cpus;
        this.chip = chip;
        this.clock = clock;
        this.tscOrigin = tscOrigin;
        this.model = model;
    }

    /** An engine of one {@link CpuModel#V2} CPU. */
    public SoftHypervisor(SoftwareIrqChip chip, VmClock clock, long tscOrigin) {
        this(chip, clock, tscOrigin, CpuModel.V2, 1);
    }

    /** What keeps the engine from running in this JVM: one line for the user, or null. It accesses arrays and memory by an internal class of the JDK. */
    public static String obstacle() {
        String option = JdkExports.missing("jdk.internal.misc", SoftHypervisor.class);
        if (option != null) {
            return "the software CPU needs the JVM's option " + option;
        }
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? null : "the software CPU needs a little-endian host";
    }

    @Override
    public String name() {
        return "soft";
    }

    @Override
    public VirtualMachine createVm(GuestMemory memory) {
        return new SoftVm(memory, chip, clock, tscOrigin, model, cpus);
    }
}
