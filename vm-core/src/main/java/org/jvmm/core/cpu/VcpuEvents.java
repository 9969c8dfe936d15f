package org.jvmm.core.cpu;

/** Exceptions, interrupts and NMIs between being raised and being handled. */
public final class VcpuEvents {
    /** An exception's delivery has begun. */
    public boolean exceptionInjected;
    /** An exception waits for delivery. */
    public boolean exceptionPending;
    /** Its vector. */
    public int exceptionVector;
    /** Whether it has an error code. */
    public boolean exceptionHasError;
    /** Its error code. */
    public int exceptionError;
    /** An interrupt's delivery has begun. */
    public boolean interruptInjected;
    /** Its vector. */
    public int interruptVector;
    /** Whether an INT instruction raised it. */
    public boolean interruptSoft;
    /** Interrupts are held off for one instruction: 1 after MOV SS, 2 after STI. */
    public int interruptShadow;
    /** An NMI's delivery has begun. */
    public boolean nmiInjected;
    /** NMIs that wait. */
    public int nmiPending;
    /** NMIs are held off until IRET. */
    public boolean nmiMasked;
    /** Vector of the last start-up IPI. */
    public int startupVector;

    /** Nothing in flight. */
    public VcpuEvents() {}
}
