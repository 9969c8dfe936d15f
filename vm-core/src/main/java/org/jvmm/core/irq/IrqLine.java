package org.jvmm.core.irq;

/** One interrupt input of the {@link IrqChip}, as a device sees it. Any thread may call. */
public interface IrqLine {
    /** Level high. */
    void raise();

    /** Level low. */
    void lower();

    /** An edge: high, then low. */
    void pulse();
}
