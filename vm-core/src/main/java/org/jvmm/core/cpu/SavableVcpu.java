package org.jvmm.core.cpu;

/** A {@link Vcpu} whose complete state can be taken and put into another of the same or of another engine. */
public interface SavableVcpu extends Vcpu {
    /** Copies the complete state out. After {@link #run()} returned {@link VcpuExit.Interrupted}, so that no device access is half done. */
    void saveState(VcpuState out);

    /**
     * Replaces the complete state.
     *
     * @throws IllegalArgumentException when this engine cannot have it, for example for an unknown MSR
     */
    void restoreState(VcpuState in);
}
