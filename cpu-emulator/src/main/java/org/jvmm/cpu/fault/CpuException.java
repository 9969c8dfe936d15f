package org.jvmm.cpu.fault;

/**
 * An exception of the guest's processor on its way from a helper to the interpreter (SDM vol. 3, chapter 6). Preallocated and without a stack
 * trace, because guests fault often: each CPU throws its own one instance after {@link #set}.
 */
public final class CpuException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Divide error. */
    public static final int DE = 0;
    /** Debug. */
    public static final int DB = 1;
    /** Non-maskable interrupt. */
    public static final int NMI = 2;
    /** Breakpoint. */
    public static final int BP = 3;
    /** Overflow. */
    public static final int OF = 4;
    /** Bound range exceeded. */
    public static final int BR = 5;
    /** Invalid opcode. */
    public static final int UD = 6;
    /** Device not available. */
    public static final int NM = 7;
    /** Double fault. */
    public static final int DF = 8;
    /** Invalid TSS. */
    public static final int TS = 10;
    /** Segment not present. */
    public static final int NP = 11;
    /** Stack fault. */
    public static final int SS = 12;
    /** General protection. */
    public static final int GP = 13;
    /** Page fault. */
    public static final int PF = 14;
    /** x87 floating-point error. */
    public static final int MF = 16;
    /** Alignment check. */
    public static final int AC = 17;
    /** SIMD floating-point error. */
    public static final int XM = 19;

    /** Vector 0 to 31. */
    public int vector;
    /** Error code, where the vector has one. */
    public int errorCode;
    /** The cause is a data access to a non-canonical address: through the stack segment it is #SS (SDM vol. 1 §3.3.7.1). */
    public boolean nonCanonical;

    /** An instance to keep and throw again. */
    public CpuException() {
        super(null, null, false, false);
    }

    /** Fills it in. */
    public CpuException set(int newVector, int newErrorCode) {
        vector = newVector;
        errorCode = newErrorCode;
        nonCanonical = false;
        return this;
    }

    /** Whether the vector pushes an error code (SDM vol. 3, table 6-1). */
    public static boolean hasErrorCode(int vector) {
        return switch (vector) {
            case DF, TS, NP, SS, GP, PF, AC, 21 -> true;
            default -> false;
        };
    }

    /** Short name for reports. */
    public static String name(int vector) {
        return switch (vector) {
            case DE -> "#DE";
            case DB -> "#DB";
            case NMI -> "NMI";
            case BP -> "#BP";
            case OF -> "#OF";
            case BR -> "#BR";
            case UD -> "#UD";
            case NM -> "#NM";
            case DF -> "#DF";
            case TS -> "#TS";
            case NP -> "#NP";
            case SS -> "#SS";
            case GP -> "#GP";
            case PF -> "#PF";
            case MF -> "#MF";
            case AC -> "#AC";
            case XM -> "#XM";
            default -> "#" + vector;
        };
    }
}
