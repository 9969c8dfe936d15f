package org.jvmm.core.irq;

import org.jvmm.core.cpu.VcpuState;

/**
 * What a software CPU asks its local APIC. Called on the CPU's own thread while others raise interrupts.
 */
public interface CpuInterrupts {
    /** The vector that would be delivered now: the highest request above the processor priority, or the PIC's when LINT0 is ExtINT; -1 if none. */
    int pendingVector();

    /** Takes {@link #pendingVector()}: IRR to ISR (SDM vol. 3 §11.8.4), or the PIC's acknowledge cycle. -1 if it went away. */
    int acknowledge();

    /** Takes a pending NMI. */
    boolean takeNmi();

    /** Takes a pending INIT (SDM vol. 3 §9.4). */
    boolean takeInit();

    /** Takes a pending start-up IPI: its vector, or -1. */
    int takeStartup();

    /** Register read through the APIC page; {@code offset} 0 to 0xFFF. */
    int readRegister(int offset);

    /** Register write through the APIC page; {@code offset} 0 to 0xFFF. */
    void writeRegister(int offset, int value);

    /** Base address of the APIC page, without the flag bits. */
    long pageAddress();

    /** Whether the APIC page answers: enabled and not in x2APIC mode. */
    boolean pageEnabled();

    /** Whether {@code msr} belongs to the APIC: IA32_APIC_BASE (0x1B), IA32_TSC_DEADLINE (0x6E0) and 0x800 to 0x8FF. */
    static boolean ownsMsr(int msr) {
        return msr == 0x1B || msr == 0x6E0 || (msr & ~0xFF) == 0x800;
    }

    /**
     * Reads one of the APIC's MSRs.
     *
     * @throws ApicFault where the processor raises #GP
     */
    long readMsr(int msr);

    /**
     * Writes one of the APIC's MSRs.
     *
     * @throws ApicFault where the processor raises #GP
     */
    void writeMsr(int msr, long value);

    /** Copies the APIC's registers, its pending NMI and {@code sregs.apicBase} out; the TSC deadline is an MSR and goes with those. */
    void saveState(VcpuState out);

    /** Replaces them; the timer goes on from its current count. */
    void restoreState(VcpuState in);

    /** CR8: task-priority class, 0 to 15. */
    int readCr8();

    /** Sets the task-priority class, 0 to 15. */
    void writeCr8(int priority);
}
