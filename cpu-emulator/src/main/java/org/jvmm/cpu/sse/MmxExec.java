package org.jvmm.cpu.sse;

import org.jvmm.cpu.x87.SoftFloat;

/**
 * MMX instructions (SDM vol. 1, chapter 9) by way of the XMM operations: an MMX register is the low half of a temporary XMM register. The source stands
 * in {@link SseState#TEMP}.
 */
public final class MmxExec {
    private static final int A = 2 * (SseState.TEMP + 1);
    private static final int B = 2 * SseState.TEMP;
    private static final long LOW = 0xFFFF_FFFFL;

    private MmxExec() {}

    /** Whether it is one of the conversions, which #UD without CR4.OSFXSR. */
    public static boolean needsSse(int op) {
        return op >= SseOp.CVTPI2PS && op <= SseOp.CVTTPD2PI || op == SseOp.MOVQ2DQ || op == SseOp.MOVDQ2Q;
    }

    /** PMOVMSKB, PEXTRW, MOVD_TO: what goes to a general register. */
    public static long toGeneral(int op, long source, int imm) {
        return switch (op) {
            case SseOp.PMOVMSKB -> Lanes.byteMask(source);
            case SseOp.PEXTRW -> source >>> ((imm & 3) << 4) & 0xFFFF;
            default -> source;
        };
    }

    /** MOVQ2DQ, CVTPI2PS, CVTPI2PD. */
    public static void toXmm(int op, SseState s, int d) {
        long[] x = s.x;
        long source = x[B];
        int a = d << 1;
        switch (op) {
            case SseOp.CVTPI2PS -> {
                long result = SseConvert.toSingle(s, (int) source) & LOW | (long) SseConvert.toSingle(s, (int) (source >>> 32)) << 32;
                s.finish();
                x[a] = result;
            }
            case SseOp.CVTPI2PD -> {
                x[a] = Double.doubleToRawLongBits((int) source);
                x[a + 1] = Double.doubleToRawLongBits((int) (source >>> 32));
            }
            default -> {
                x[a] = source;
                x[a + 1] = 0;
            }
        }
    }

    /**
     * The new value of an MMX destination.
     *
     * @param a its old value
     * @throws SimdException unmasked exception of a conversion
     */
    public static long apply(int op, SseState s, long a, int imm) {
        long[] x = s.x;
        long b = x[B];
        if (op >= SseOp.LANES_FIRST && op < SseOp.SHIFT_FIRST) {
            return Lanes.apply(op, a, b);
        }
        if (op >= SseOp.SHIFT_FIRST && op < SseOp.ACROSS_FIRST) {
            boolean immediate = op >= SseOp.PSRLWI;
            return Lanes.shift(immediate ? op - SseOp.PSRLWI + SseOp.PSRLW : op, a, immediate ? imm : b);
        }
        x[A] = a;
        x[A + 1] = 0;
        switch (op) {
            case SseOp.MOVQ, SseOp.MOVD, SseOp.MOVDQ2Q -> {
                return b;
            }
            case SseOp.PSHUFW -> {
                return SseMove.words(b, imm);
            }
            case SseOp.PINSRW -> {
                int shift = (imm & 3) << 4;
                return a & ~(0xFFFFL << shift) | (b & 0xFFFF) << shift;
            }
            case SseOp.PALIGNR -> {
                int count = imm << 3;
                if (count >= 64) {
                    return count >= 128 ? 0 : a >>> count;
                }
                return count == 0 ? b : b >>> count | a << 64 - count;
            }
            case SseOp.PSHUFB -> {
                x[B] = b & 0x8787_8787_8787_8787L;
                SseMove.exec(op, s, SseState.TEMP + 1, SseState.TEMP, 0);
                return x[A];
            }
            case SseOp.PUNPCKHBW, SseOp.PUNPCKHWD, SseOp.PUNPCKHDQ -> {
                SseMove.exec(op - SseOp.PUNPCKHBW + SseOp.PUNPCKLBW, s, SseState.TEMP + 1, SseState.TEMP, 0);
                return x[A + 1];
            }
            case SseOp.CVTPS2PI, SseOp.CVTTPS2PI -> {
                int mode = op == SseOp.CVTPS2PI ? s.rounding() : SoftFloat.TRUNCATE;
                return finish(s, SseConvert.singleToInteger(s, (int) b, mode, false),
                        SseConvert.singleToInteger(s, (int) (b >>> 32), mode, false));
            }
            case SseOp.CVTPD2PI, SseOp.CVTTPD2PI -> {
                int mode = op == SseOp.CVTPD2PI ? s.rounding() : SoftFloat.TRUNCATE;
                return finish(s, SseConvert.toInteger(s, b, mode, false), SseConvert.toInteger(s, x[B + 1], mode, false));
            }
            default -> {
                if (op >= SseOp.ACROSS_FIRST && op < SseOp.CRYPTO_FIRST) {
                    // Packs and horizontal sums of the two operands, side by side in one register.
                    x[A + 1] = b;
                    SseAcross.exec(op, s, SseState.TEMP + 1, SseState.TEMP + 1, 0);
                } else {
                    SseMove.exec(op, s, SseState.TEMP + 1, SseState.TEMP, 0);
                }
                return x[A];
            }
        }
    }

    private static long finish(SseState s, long low, long high) {
        s.finish();
        return low & LOW | high << 32;
    }
}
