package org.jvmm.cpu.sse;

import org.jvmm.cpu.x87.SoftFloat;

/**
 * Executes XMM instructions on an {@link SseState}. Memory operands are loaded by the caller into register {@link SseState#TEMP}, zero-extended;
 * stores are the caller's too: {@link #storeSize} bytes of the source register, its high half when {@link #storesHigh}. What may raise a SIMD
 * exception throws {@link SimdException} before it writes its destination.
 */
public final class SseExec {
    /** {@link #exec}: XMM to XMM. */
    public static final int KIND_XMM = 0;
    /** {@link #toGpr}: the destination is a general register (or memory, for MOVD_TO, PEXTR and EXTRACTPS). */
    public static final int KIND_TO_GPR = 1;
    /** {@link #fromGpr}: the source is a general register or memory. */
    public static final int KIND_FROM_GPR = 2;
    /** {@link #compareFlags}: the result is EFLAGS. */
    public static final int KIND_FLAGS = 3;
    /** {@link #compareStrings}: PCMPESTRI and its kin. */
    public static final int KIND_STRING = 4;
    /** MASKMOVDQU: the caller stores byte i of the first operand at DS:rDI + i when bit i of {@link #byteMask} of the second is set. */
    public static final int KIND_MASKED_STORE = 5;

    private static final long LOW = 0xFFFF_FFFFL;

    private SseExec() {}

    /** Which entry point an operation has, KIND_XMM to KIND_MASKED_STORE. A row with a memory destination of kind XMM is a store. */
    public static int kind(int op) {
        if (op < SseOp.FLAGS_FIRST) {
            return KIND_XMM;
        }
        if (op < SseOp.GPR_FIRST) {
            return KIND_FLAGS;
        }
        if (op < SseOp.SPECIAL_FIRST) {
            return op < SseOp.MOVD ? KIND_TO_GPR : KIND_FROM_GPR;
        }
        return op == SseOp.MASKMOVDQU ? KIND_MASKED_STORE : KIND_STRING;
    }

    /** Whether a string comparison gives an index in ECX, not a mask in XMM0. */
    public static boolean givesIndex(int op) {
        return op == SseOp.PCMPESTRI || op == SseOp.PCMPISTRI;
    }

    /** Whether an operation works on the low element alone, so that VEX.L means nothing. */
    public static boolean isScalar(int op) {
        if (op < SseOp.FLOAT_FIRST) {
            return (op & 2) != 0;
        }
        return switch (op) {
            case SseOp.RCPSS, SseOp.RSQRTSS, SseOp.ROUNDSS, SseOp.ROUNDSD, SseOp.CVTSS2SD, SseOp.CVTSD2SS, SseOp.MOVSS, SseOp.MOVSD -> true;
            default -> false;
        };
    }

    /** Bytes a store form writes: 4, 8 or 16. */
    public static int storeSize(int op) {
        return switch (op) {
            case SseOp.MOVSS -> 4;
            case SseOp.MOVSD, SseOp.MOVQ, SseOp.MOVLPS, SseOp.MOVLPD, SseOp.MOVHPS, SseOp.MOVHPD -> 8;
            default -> 16;
        };
    }

    /** Whether a store form writes the high half. */
    public static boolean storesHigh(int op) {
        return op == SseOp.MOVHPS || op == SseOp.MOVHPD;
    }

    /** Bytes that {@link #toGpr} gives a memory destination; a register destination is written whole, zero-extended. */
    public static int toGprSize(int op, boolean wide) {
        return switch (op) {
            case SseOp.PEXTRB -> 1;
            case SseOp.PEXTRW -> 2;
            case SseOp.MOVD_TO, SseOp.PEXTRD -> wide ? 8 : 4;
            default -> 4;
        };
    }

    /**
     * XMM to XMM.
     *
     * @param op the operation
     * @param s the state
     * @param d destination register, 0 to 17
     * @param r source register, 0 to 17; {@link SseState#TEMP} when it came from memory
     * @param imm the immediate byte, where there is one
     * @throws SimdException unmasked exception; nothing is written
     */
    public static void exec(int op, SseState s, int d, int r, int imm) {
        if (op < SseOp.LANES_FIRST) {
            if (op >= SseOp.MOVE_FIRST) {
                SseMove.exec(op, s, d, r, imm);
            } else if (op < SseOp.FLOAT_FIRST) {
                SseFloat.arithmetic(op, s, d, r, imm);
            } else if (op < SseOp.CONVERT_FIRST) {
                SseFloat.other(op, s, d, r, imm);
            } else {
                SseConvert.exec(op, s, d, r);
            }
        } else if (op < SseOp.SHIFT_FIRST) {
            long[] x = s.x;
            int a = d << 1;
            int b = r << 1;
            x[a] = Lanes.apply(op, x[a], x[b]);
            x[a + 1] = Lanes.apply(op, x[a + 1], x[b + 1]);
        } else if (op < SseOp.ACROSS_FIRST) {
            SseAcross.shift(op, s, d, r, imm);
        } else if (op < SseOp.CRYPTO_FIRST) {
            SseAcross.exec(op, s, d, r, imm);
        } else {
            SseCrypto.exec(op, s, d, r, imm);
        }
    }

    /**
     * XMM to general register.
     *
     * @param r source register
     * @param wide REX.W
     * @return the value, zero-extended when the destination is 32 bits wide
     * @throws SimdException unmasked exception
     */
    public static long toGpr(int op, SseState s, int r, int imm, boolean wide) {
        long[] x = s.x;
        int b = r << 1;
        switch (op) {
            case SseOp.MOVD_TO :
                return wide ? x[b] : x[b] & LOW;
            case SseOp.PMOVMSKB :
                return byteMask(s, r);
            case SseOp.MOVMSKPS :
                return x[b] >>> 31 & 1 | x[b] >>> 62 & 2 | x[b + 1] >>> 29 & 4 | x[b + 1] >>> 60 & 8;
            case SseOp.MOVMSKPD :
                return x[b] >>> 63 | x[b + 1] >>> 62 & 2;
            case SseOp.PEXTRB :
                return x[b + (imm >> 3 & 1)] >>> ((imm & 7) << 3) & 0xFF;
            case SseOp.PEXTRW :
                return x[b + (imm >> 2 & 1)] >>> ((imm & 3) << 4) & 0xFFFF;
            case SseOp.PEXTRD :
                return wide ? x[b + (imm & 1)] : x[b + (imm >> 1 & 1)] >>> ((imm & 1) << 5) & LOW;
            case SseOp.EXTRACTPS :
                return x[b + (imm >> 1 & 1)] >>> ((imm & 1) << 5) & LOW;
            default :
                break;
        }
        boolean truncate = op == SseOp.CVTTSS2SI || op == SseOp.CVTTSD2SI;
        int mode = truncate ? SoftFloat.TRUNCATE : s.rounding();
        boolean single = op == SseOp.CVTSS2SI || op == SseOp.CVTTSS2SI;
        long value = single ? SseConvert.singleToInteger(s, (int) x[b], mode, wide) : SseConvert.toInteger(s, x[b], mode, wide);
        s.finish();
        return wide ? value : value & LOW;
    }

    /**
     * General register or memory to XMM.
     *
     * @param d destination register
     * @param value the source; bits above its width are ignored
     * @param wide REX.W
     * @throws SimdException unmasked exception; nothing is written
     */
    public static void fromGpr(int op, SseState s, int d, long value, int imm, boolean wide) {
        long[] x = s.x;
        int a = d << 1;
        switch (op) {
            case SseOp.MOVD -> {
                x[a] = wide ? value : value & LOW;
                x[a + 1] = 0;
            }
            case SseOp.CVTSI2SS -> {
                int result = SseConvert.toSingle(s, wide ? value : (int) value);
                s.finish();
                x[a] = x[a] & ~LOW | result & LOW;
            }
            case SseOp.CVTSI2SD -> {
                long result = SseConvert.toDouble(s, wide ? value : (int) value);
                s.finish();
                x[a] = result;
            }
            case SseOp.PINSRB -> insert(x, a + (imm >> 3 & 1), (imm & 7) << 3, 0xFF, value);
            case SseOp.PINSRW -> insert(x, a + (imm >> 2 & 1), (imm & 3) << 4, 0xFFFF, value);
            default -> {
                if (wide) {
                    x[a + (imm & 1)] = value;
                } else {
                    insert(x, a + (imm >> 1 & 1), (imm & 1) << 5, LOW, value);
                }
            }
        }
    }

    private static void insert(long[] x, int at, int shift, long mask, long value) {
        x[at] = x[at] & ~(mask << shift) | (value & mask) << shift;
    }

    /**
     * Comparisons into EFLAGS.
     *
     * @return ZF 0x40, PF 0x04 and CF 0x01; the other arithmetic flags become 0
     * @throws SimdException unmasked exception
     */
    public static int compareFlags(int op, SseState s, int d, int r) {
        long[] x = s.x;
        int a = d << 1;
        int b = r << 1;
        if (op == SseOp.PTEST) {
            boolean zero = ((x[a] & x[b]) | (x[a + 1] & x[b + 1])) == 0;
            boolean carry = ((~x[a] & x[b]) | (~x[a + 1] & x[b + 1])) == 0;
            return (zero ? 0x40 : 0) | (carry ? 1 : 0);
        }
        return SseFloat.flags(op, s, x[a], x[b]);
    }

    /** The sign bits of a register's sixteen bytes. */
    public static int byteMask(SseState s, int r) {
        return Lanes.byteMask(s.x[r << 1]) | Lanes.byteMask(s.x[(r << 1) + 1]) << 8;
    }

    /**
     * PCMPESTRM, PCMPESTRI, PCMPISTRM, PCMPISTRI. The M forms write XMM0.
     *
     * @param lengthA EAX, or RAX with REX.W, sign-extended; the E forms use it
     * @param lengthB EDX, or RDX with REX.W, sign-extended
     * @return EFLAGS bits (CF, ZF, SF, OF; AF and PF become 0) in the low 32 bits, the new ECX of the I forms in the high ones
     */
    public static long compareStrings(int op, SseState s, int d, int r, int imm, long lengthA, long lengthB) {
        return SseStrings.exec(op, s, d, r, imm, lengthA, lengthB);
    }
}
