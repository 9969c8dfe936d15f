package org.jvmm.core.cpu;

/**
 * The complete state of a virtual CPU, the same for every engine: a snapshot taken on one can be read on the other.
 */
public final class VcpuState {
    /** {@link #runState}: executes instructions. */
    public static final int RUNNABLE = 0;
    /** {@link #runState}: waits for INIT. */
    public static final int UNINITIALIZED = 1;
    /** {@link #runState}: has had INIT and waits for a start-up IPI. */
    public static final int INIT_RECEIVED = 2;
    /** {@link #runState}: sleeps in HLT. */
    public static final int HALTED = 3;

    /** Size of {@link #lapic}: the registers lie in the first KiB of the APIC page. */
    public static final int LAPIC_SIZE = 1024;

    /** General registers. */
    public final X86Regs regs = new X86Regs();
    /** Segments, tables and control registers. */
    public final X86Sregs sregs = new X86Sregs();
    /** XSAVE area in the standard format (SDM vol. 1 §13.4): at least the legacy region and the header, 576 bytes. */
    public byte[] xsave = new byte[576];
    /** Extended control register 0; bit 0 is always set. */
    public long xcr0 = 1;
    /** Numbers of the saved model-specific registers. */
    public int[] msrIndices = {};
    /** Their values. */
    public long[] msrValues = {};
    /** Register page of the local APIC (SDM vol. 3 table 11-1). */
    public final byte[] lapic = new byte[LAPIC_SIZE];
    /** DR0 to DR3, DR6, DR7. */
    public final long[] debugRegisters = { 0, 0, 0, 0, 0xFFFF0FF0L, 0x400 };
    /** What is in flight. */
    public final VcpuEvents events = new VcpuEvents();
    /** One of {@link #RUNNABLE}, {@link #UNINITIALIZED}, {@link #INIT_RECEIVED}, {@link #HALTED}. */
    public int runState;
    /** Rate of the time-stamp counter in kHz; 0 when the engine does not tell. */
    public int tscKhz;

    /** Reset values where there are some, else zero. */
    public VcpuState() {}
}
