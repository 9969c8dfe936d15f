package org.jvmm.core.irq;

import org.jvmm.core.cpu.VmState;

/** An {@link IrqChip} whose local APICs live in this process, so that a software CPU can ask them. */
public interface SoftwareIrqChip extends IrqChip {
    /**
     * Connects a virtual CPU with its local APIC.
     *
     * @param cpu index, which is also the initial APIC id
     * @param listener told when the CPU should look at its {@link CpuInterrupts} again
     */
    CpuInterrupts attach(int cpu, CpuInterruptListener listener);

    /** Copies the state of the shared controllers, the PIT and the clock out; the local APICs go with their CPUs. */
    void saveState(VmState out);

    /** Replaces it. */
    void restoreState(VmState in);
}
