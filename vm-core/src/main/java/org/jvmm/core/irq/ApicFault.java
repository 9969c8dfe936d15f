package org.jvmm.core.irq;

/** An APIC MSR access that the processor answers with #GP(0). A guest's fault: one shared instance without a stack trace. */
public final class ApicFault extends RuntimeException {
    private static final long serialVersionUID = 1L;
    /** The instance to throw. */
    public static final ApicFault INSTANCE = new ApicFault();

    private ApicFault() {
        super("APIC register access refused", null, false, false);
    }
}
