package org.jvmm.core.cpu;

/** The general registers, in the encoding order of x86 (RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15). */
public final class X86Regs {
    /** Index of RAX in {@link #gpr}. */
    public static final int RAX = 0;
    /** Index of RCX. */
    public static final int RCX = 1;
    /** Index of RDX. */
    public static final int RDX = 2;
    /** Index of RBX. */
    public static final int RBX = 3;
    /** Index of RSP. */
    public static final int RSP = 4;
    /** Index of RBP. */
    public static final int RBP = 5;
    /** Index of RSI. */
    public static final int RSI = 6;
    /** Index of RDI. */
    public static final int RDI = 7;

    /** The sixteen general registers. */
    public final long[] gpr = new long[16];
    /** Instruction pointer. */
    public long rip;
    /** Flags; bit 1 is always set. */
    public long rflags = 2;

    /** All zero. */
    public X86Regs() {}
}
