package org.jvmm.core.irq;

/** The interrupt controllers of a machine, in the kernel (KVM) or in Java (software engine). */
public interface IrqChip {
    /** The line of a global system interrupt, 0 to 23. */
    IrqLine line(int gsi);

    /**
     * Delivers a message-signalled interrupt.
     *
     * @param address message address, 0xFEExxxxx (SDM vol. 3 §11.11.1)
     * @param data message data (SDM vol. 3 §11.11.2)
     */
    void signalMsi(long address, int data);
}
