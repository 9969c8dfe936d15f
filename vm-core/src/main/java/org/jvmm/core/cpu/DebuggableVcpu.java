package org.jvmm.core.cpu;

/** A {@link Vcpu} that a debugger outside the guest can stop, without the guest noticing. */
public interface DebuggableVcpu extends Vcpu {
    /**
     * How many addresses {@link DebugPlan#breakpoints} may have. Engines with few leave more to their user, who can put INT3 into memory:
     * {@link VcpuExit.Debug} tells of those too while a plan is set.
     */
    int maxBreakpoints();

    /** Whether {@link DebugPlan#from} and {@link DebugPlan#to} are heeded. */
    boolean stopsInRanges();

    /** Whether {@link DebugPlan#watches} are heeded. */
    default boolean watchesData() {
        return false;
    }

    /**
     * Replaces the plan; {@link DebugPlan#NONE} ends debugging. While the CPU does not run, on its thread or on one that holds it.
     *
     * @throws IllegalStateException when this host cannot do it; the message says why
     */
    void debug(DebugPlan plan);
}
