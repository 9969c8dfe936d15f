package org.jvmm.core.cpu;

/**
 * A virtual CPU. All methods but {@link #kick()} belong to one thread, the one that calls {@link #run()}.
 *
 * <p>State is exchanged in neutral types, so that a snapshot of one engine can be read by the other. Set order: {@link #setSregs},
 * {@link #setRegs}, then the rest.
 */
public interface Vcpu {
    /** Index and APIC id. */
    int id();

    /**
     * Executes the guest until something happens that the machine's owner must decide. Device accesses go out through {@link VmOps}; HLT sleeps
     * inside.
     */
    VcpuExit run();

    /** Makes a running or the next {@link #run()} return {@link VcpuExit.Interrupted} soon. Any thread. */
    void kick();

    /** Copies the general registers out. */
    void getRegs(X86Regs out);

    /** Replaces the general registers. */
    void setRegs(X86Regs in);

    /** Copies segments, tables and control registers out. */
    void getSregs(X86Sregs out);

    /** Replaces segments, tables and control registers; the engine drops cached translations. */
    void setSregs(X86Sregs in);

    /**
     * Reads a model-specific register.
     *
     * @throws IllegalArgumentException when this engine does not have it
     */
    long getMsr(int index);

    /**
     * Writes a model-specific register as the host, without the guest's permission checks.
     *
     * @throws IllegalArgumentException when this engine does not have it
     */
    void setMsr(int index, long value);

    /** Copies the x87 and SSE state out in the layout of FXSAVE64, 512 bytes (SDM vol. 1 §10.5.1). */
    void getFpu(byte[] fxsave);

    /** Replaces the x87 and SSE state from an FXSAVE64 image, 512 bytes. */
    void setFpu(byte[] fxsave);

    /** Instructions retired since creation; 0 when the engine does not count. */
    long instructionsRetired();

    /** Adds what this engine counted on this vCPU. */
    default void addCounters(VcpuCounters sum) {
        sum.interpreted += instructionsRetired();
    }
}
