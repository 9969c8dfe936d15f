package org.jvmm.cpu.sse;

import org.jvmm.cpu.x87.SoftFloat;

/**
 * AVX, AVX2, FMA and F16C between registers. A YMM register is two registers of 128 bits, in an {@link SseState} and in its {@link SseState#upper}; what
 * SSE does, AVX does in both lanes with the SSE code. Results are made in register {@link #RESULT} and moved when no exception is left to happen;
 * an instruction clears the upper half that it does not write (SDM vol. 1 §14.1.2).
 */
public final class AvxExec {
    /** Temporary register in which results grow. */
    public static final int RESULT = SseState.TEMP + 1;

    private static final int T = 2 * SseState.TEMP;
    private static final int Z = 2 * RESULT;
    private static final long LOW = 0xFFFF_FFFFL;

    private AvxExec() {}

    /**
     * An operation of SSE.
     *
     * @param d destination
     * @param h first source, or -1
     * @param r last source; {@link SseState#TEMP} when it came from memory
     * @param wide 256 bits
     * @throws SimdException unmasked exception; nothing is written
     */
    public static void legacy(int op, SseState s, int d, int h, int r, int imm, boolean wide) {
        SseState u = s.upper;
        long[] x = s.x;
        if (h >= 0) {
            x[Z] = x[h << 1];
            x[Z + 1] = x[(h << 1) + 1];
        }
        if (!wide) {
            SseExec.exec(op, s, RESULT, r, isCompare(op) ? imm | SseFloat.AVX_PREDICATE : imm);
            store(s, d, false);
            return;
        }
        long[] y = u.x;
        if (h >= 0) {
            y[Z] = y[h << 1];
            y[Z + 1] = y[(h << 1) + 1];
        }
        if (op >= SseOp.MOVE_FIRST) {
            SseExec.exec(op, s, RESULT, r, imm);
            SseExec.exec(op, u, RESULT, upperSource(op, s, r), upperImmediate(op, imm));
        } else if (op == SseOp.DPPS) {
            SseFloat.dotProducts(s, RESULT, r, imm);
        } else {
            floats(op, s, r, imm);
        }
        if (op == SseOp.CVTPD2PS || op == SseOp.CVTPD2DQ || op == SseOp.CVTTPD2DQ) {
            x[Z + 1] = y[Z];
            store(s, d, false);
        } else {
            store(s, d, true);
        }
    }

    /** Both lanes' exceptions are one instruction's. */
    private static void floats(int op, SseState s, int r, int imm) {
        SseState u = s.upper;
        u.mxcsr = s.mxcsr;
        int which = isCompare(op) ? imm | SseFloat.AVX_PREDICATE : imm;
        s.deferred = true;
        u.deferred = true;
        try {
            SseExec.exec(op, s, RESULT, r, which);
            SseExec.exec(op, u, RESULT, upperSource(op, s, r), which);
        } finally {
            s.deferred = false;
            u.deferred = false;
        }
        s.finish();
    }

    private static boolean isCompare(int op) {
        return op >= SseOp.CMPPS && op <= SseOp.CMPSD;
    }

    /** Widening operations take the upper lane's elements from the lower lane's rest; shifts have one count. */
    private static int upperSource(int op, SseState s, int r) {
        long[] y = s.upper.x;
        long low = s.x[r << 1];
        long part = switch (op) {
            case SseOp.CVTPS2PD, SseOp.CVTDQ2PD, SseOp.PMOVSXBW, SseOp.PMOVSXWD, SseOp.PMOVSXDQ, SseOp.PMOVZXBW, SseOp.PMOVZXWD,
                    SseOp.PMOVZXDQ ->
                s.x[(r << 1) + 1];
            case SseOp.PMOVSXBD, SseOp.PMOVSXWQ, SseOp.PMOVZXBD, SseOp.PMOVZXWQ -> low >>> 32;
            case SseOp.PMOVSXBQ, SseOp.PMOVZXBQ -> low >>> 16;
            case SseOp.PSRLW, SseOp.PSRLD, SseOp.PSRLQ, SseOp.PSRAW, SseOp.PSRAD, SseOp.PSLLW, SseOp.PSLLD, SseOp.PSLLQ -> low;
            default -> {
                // Nothing to take along.
                yield -1;
            }
        };
        boolean crosses = part != -1 || op >= SseOp.PSRLW && op <= SseOp.PSLLQ || op >= SseOp.PMOVSXBW && op <= SseOp.PMOVZXDQ
                || op == SseOp.CVTPS2PD || op == SseOp.CVTDQ2PD;
        if (!crosses) {
            return r;
        }
        y[T] = part;
        y[T + 1] = 0;
        return SseState.TEMP;
    }

    private static int upperImmediate(int op, int imm) {
        return switch (op) {
            case SseOp.BLENDPS -> imm >> 4;
            case SseOp.BLENDPD, SseOp.SHUFPD -> imm >> 2;
            case SseOp.MPSADBW -> imm >> 3;
            default -> imm;
        };
    }

    /** Moves the result to its register. */
    static void store(SseState s, int d, boolean wide) {
        long[] x = s.x;
        long[] y = s.upper.x;
        int a = d << 1;
        x[a] = x[Z];
        x[a + 1] = x[Z + 1];
        y[a] = wide ? y[Z] : 0;
        y[a + 1] = wide ? y[Z + 1] : 0;
    }

    /** Moves a 128-bit result to its register. */
    public static void finish(SseState s, int d) {
        store(s, d, false);
    }

    /** Moves a result to its register, whose upper half the caller made too. */
    public static void finishWide(SseState s, int d) {
        store(s, d, true);
    }

    /** Clears the upper half of a register. */
    public static void clearUpper(SseState s, int d) {
        s.upper.x[d << 1] = 0;
        s.upper.x[(d << 1) + 1] = 0;
    }

    /** VZEROUPPER, or with {@code all} VZEROALL. */
    public static void zero(SseState s, int registers, boolean all) {
        for (int i = 0; i < 2 * registers; i++) {
            s.upper.x[i] = 0;
            if (all) {
                s.x[i] = 0;
            }
        }
    }

    /** VMOVSS and VMOVSD between registers: the low element of the last source, the rest of the first. */
    public static void moveScalar(SseState s, int d, int h, int r, boolean single) {
        long[] x = s.x;
        long low = single ? x[h << 1] & ~LOW | x[r << 1] & LOW : x[r << 1];
        x[Z + 1] = x[(h << 1) + 1];
        x[Z] = low;
        store(s, d, false);
    }

    /** VBLENDVPS, VBLENDVPD, VPBLENDVB with the mask in a register of its own. */
    public static void blend(int op, SseState s, int d, int h, int r, int mask, boolean wide) {
        blendLane(op, s, h, r, mask);
        if (wide) {
            blendLane(op, s.upper, h, r, mask);
        }
        store(s, d, wide);
    }

    private static void blendLane(int op, SseState s, int h, int r, int mask) {
        long[] x = s.x;
        for (int i = 0; i < 2; i++) {
            long m = SseMove.signs(op, x[(mask << 1) + i]);
            x[Z + i] = x[(h << 1) + i] & ~m | x[(r << 1) + i] & m;
        }
    }

    /** The rest of AVX and AVX2 between registers. */
    public static void exec(int op, SseState s, int d, int h, int r, int imm, boolean wide) {
        SseState u = s.upper;
        long[] x = s.x;
        long[] y = u.x;
        int a = h << 1;
        int b = r << 1;
        switch (op) {
            case SseOp.VBROADCASTSS, SseOp.VPBROADCASTD -> fill(s, (x[b] & LOW) * 0x1_0000_0001L);
            case SseOp.VBROADCASTSD, SseOp.VPBROADCASTQ -> fill(s, x[b]);
            case SseOp.VPBROADCASTB -> fill(s, (x[b] & 0xFF) * 0x0101_0101_0101_0101L);
            case SseOp.VPBROADCASTW -> fill(s, (x[b] & 0xFFFF) * 0x0001_0001_0001_0001L);
            case SseOp.VBROADCASTF128, SseOp.VBROADCASTI128 -> set(s, x[b], x[b + 1], x[b], x[b + 1]);
            case SseOp.VINSERTF128, SseOp.VINSERTI128 -> {
                if ((imm & 1) != 0) {
                    set(s, x[a], x[a + 1], x[b], x[b + 1]);
                } else {
                    set(s, x[b], x[b + 1], y[a], y[a + 1]);
                }
            }
            case SseOp.VPERM2F128, SseOp.VPERM2I128 -> set(s, half(s, a, b, imm, 0), half(s, a, b, imm, 1), half(s, a, b, imm >> 4, 0),
                    half(s, a, b, imm >> 4, 1));
            case SseOp.VPERMILPS -> {
                permuteSingles(x, a, x[b], x[b + 1]);
                permuteSingles(y, a, y[b], y[b + 1]);
            }
            case SseOp.VPERMILPD -> {
                long low = x[a + (int) (x[b] >> 1 & 1)];
                long high = x[a + (int) (x[b + 1] >> 1 & 1)];
                set(s, low, high, y[a + (int) (y[b] >> 1 & 1)], y[a + (int) (y[b + 1] >> 1 & 1)]);
            }
            case SseOp.VPERMILPSI -> set(s, SseMove.pair(x, b, imm), SseMove.pair(x, b, imm >> 4), SseMove.pair(y, b, imm),
                    SseMove.pair(y, b, imm >> 4));
            case SseOp.VPERMILPDI -> set(s, x[b + (imm & 1)], x[b + (imm >> 1 & 1)], y[b + (imm >> 2 & 1)], y[b + (imm >> 3 & 1)]);
            case SseOp.VPERMD, SseOp.VPERMPS -> set(s, pick(s, b, x[a]), pick(s, b, x[a + 1]), pick(s, b, y[a]), pick(s, b, y[a + 1]));
            case SseOp.VPERMQ, SseOp.VPERMPD -> set(s, quarter(s, b, imm), quarter(s, b, imm >> 2), quarter(s, b, imm >> 4),
                    quarter(s, b, imm >> 6));
            case SseOp.VPBLENDD -> {
                legacy(SseOp.BLENDPS, s, d, h, r, imm, wide);
                return;
            }
            default -> {
                shift(op, x, a, b);
                shift(op, y, a, b);
            }
        }
        store(s, d, wide);
    }

    private static void set(SseState s, long v0, long v1, long v2, long v3) {
        s.x[Z] = v0;
        s.x[Z + 1] = v1;
        s.upper.x[Z] = v2;
        s.upper.x[Z + 1] = v3;
    }

    private static void fill(SseState s, long value) {
        set(s, value, value, value, value);
    }

    private static long half(SseState s, int a, int b, int selector, int which) {
        if ((selector & 8) != 0) {
            return 0;
        }
        int from = (selector & 2) != 0 ? b : a;
        return (selector & 1) != 0 ? s.upper.x[from + which] : s.x[from + which];
    }

    private static void permuteSingles(long[] x, int a, long low, long high) {
        long first = lane(x, a, (int) low & 3) | lane(x, a, (int) (low >>> 32) & 3) << 32;
        long second = lane(x, a, (int) high & 3) | lane(x, a, (int) (high >>> 32) & 3) << 32;
        x[Z] = first;
        x[Z + 1] = second;
    }

    private static long lane(long[] x, int at, int index) {
        return x[at + (index >> 1)] >>> (index << 5) & LOW;
    }

    /** Two of the eight 32-bit elements. */
    private static long pick(SseState s, int b, long indices) {
        return element(s, b, (int) indices & 7) | element(s, b, (int) (indices >>> 32) & 7) << 32;
    }

    private static long element(SseState s, int b, int index) {
        return lane(index < 4 ? s.x : s.upper.x, b, index & 3);
    }

    private static long quarter(SseState s, int b, int selector) {
        return ((selector & 2) == 0 ? s.x : s.upper.x)[b + (selector & 1)];
    }

    /** Shifts with a count for each element. */
    private static void shift(int op, long[] x, int a, int b) {
        for (int i = 0; i < 2; i++) {
            long value = x[a + i];
            long count = x[b + i];
            x[Z + i] = switch (op) {
                case SseOp.VPSLLVQ -> count >>> 6 != 0 ? 0 : value << count;
                case SseOp.VPSRLVQ -> count >>> 6 != 0 ? 0 : value >>> count;
                default -> shift32(op, (int) value, (int) count) & LOW | shift32(op, (int) (value >>> 32), (int) (count >>> 32)) << 32;
            };
        }
    }

    private static long shift32(int op, int value, int count) {
        boolean out = count >>> 5 != 0;
        return switch (op) {
            case SseOp.VPSLLVD -> out ? 0 : value << count;
            case SseOp.VPSRLVD -> out ? 0 : value >>> count;
            default -> value >> (out ? 31 : count);
        };
    }

    /** VTESTPS, VTESTPD and VPTEST into ZF (0x40) and CF (1). */
    public static int test(int op, SseState s, int d, int r, boolean wide) {
        long mask = op == SseOp.VTESTPS ? 0x8000_0000_8000_0000L : op == SseOp.VTESTPD ? Long.MIN_VALUE : -1;
        long both = 0;
        long second = 0;
        for (int i = 0; i < (wide ? 4 : 2); i++) {
            long[] x = i < 2 ? s.x : s.upper.x;
            long p = x[(d << 1) + (i & 1)];
            long q = x[(r << 1) + (i & 1)];
            both |= p & q;
            second |= ~p & q;
        }
        return ((both & mask) == 0 ? 0x40 : 0) | ((second & mask) == 0 ? 1 : 0);
    }

    /** VCVTPH2PS: exact; denormal halves raise nothing (SDM vol. 2). */
    public static void widenHalves(SseState s, int d, int r, boolean wide) {
        long low = s.x[r << 1];
        long high = s.x[(r << 1) + 1];
        set(s, single(s, low), single(s, low >>> 32), wide ? single(s, high) : 0, wide ? single(s, high >>> 32) : 0);
        s.finishAll();
        store(s, d, wide);
    }

    private static long single(SseState s, long halves) {
        return single16(s, (int) halves & 0xFFFF) | single16(s, (int) halves >>> 16) << 32;
    }

    private static long single16(SseState s, int half) {
        if ((half & 0x7FFF) > 0x7C00) {
            if ((half & 0x200) == 0) {
                s.soft.flags |= SoftFloat.INVALID;
            }
            return (half & 0x8000L) << 16 | 0x7FC0_0000L | (half & 0x3FFL) << 13;
        }
        return Float.floatToRawIntBits(Float.float16ToFloat((short) half)) & LOW;
    }

    /** VCVTPS2PH into {@link #RESULT}: rounding by the immediate, or MXCSR when bit 2 is set; FTZ does not count. */
    public static void narrowSingles(SseState s, int r, int imm, boolean wide) {
        int saved = s.mxcsr;
        // The conversion reads the rounding from MXCSR.
        s.mxcsr = ((imm & 4) != 0 ? saved : saved & ~0x6000 | (imm & 3) << 13) & ~SseState.FTZ;
        long low = halves(s, s.x[r << 1]) | halves(s, s.x[(r << 1) + 1]) << 32;
        long high = wide ? halves(s, s.upper.x[r << 1]) | halves(s, s.upper.x[(r << 1) + 1]) << 32 : 0;
        s.mxcsr = saved;
        s.finishAll();
        s.x[Z] = low;
        s.x[Z + 1] = high;
    }

    private static long halves(SseState s, long singles) {
        return IeeeFormat.HALF.convert(s, IeeeFormat.SINGLE, singles & LOW)
                | IeeeFormat.HALF.convert(s, IeeeFormat.SINGLE, singles >>> 32) << 16;
    }

    /**
     * FMA: a * b + c with one rounding.
     *
     * @param op {@link SseOp#VFMADD} to {@link SseOp#VFMSUBADD}
     * @param opcode its high half tells the order of the operands: 9, A and B are 132, 213 and 231
     * @param d destination and first operand
     * @param h second operand
     * @param r third operand
     * @param doubles binary64
     * @param scalar the low element alone
     */
    public static void fma(int op, int opcode, SseState s, int d, int h, int r, boolean doubles, boolean scalar, boolean wide) {
        fmaLane(op, opcode, s, s, d, h, r, doubles, scalar);
        if (wide && !scalar) {
            s.upper.mxcsr = s.mxcsr;
            fmaLane(op, opcode, s.upper, s, d, h, r, doubles, false);
        }
        s.finishAll();
        store(s, d, wide && !scalar);
    }

    private static void fmaLane(int op, int opcode, SseState lane, SseState s, int d, int h, int r, boolean doubles, boolean scalar) {
        long[] x = lane.x;
        for (int i = 0; i < 2; i++) {
            long first = x[(d << 1) + i];
            if (scalar && i == 1) {
                x[Z + 1] = first;
                continue;
            }
            long second = x[(h << 1) + i];
            long third = x[(r << 1) + i];
            long a = first;
            long b = third;
            long c = second;
            switch (opcode >> 4) {
                case 10 -> {
                    a = second;
                    b = first;
                    c = third;
                }
                case 11 -> {
                    a = second;
                    b = third;
                    c = first;
                }
                default -> {
                    // 132: first * third + second
                }
            }
            if (doubles) {
                x[Z + i] = SseFloat.fma(s, a, b, c, negates(op), subtracts(op, i));
            } else {
                long low = SseFloat.fma(s, (int) a, (int) b, (int) c, negates(op), subtracts(op, 0)) & LOW;
                long high = scalar
                        ? first >>> 32
                        : SseFloat.fma(s, (int) (a >>> 32), (int) (b >>> 32), (int) (c >>> 32), negates(op), subtracts(op, 1));
                x[Z + i] = low | high << 32;
            }
        }
    }

    private static boolean negates(int op) {
        return op == SseOp.VFNMADD || op == SseOp.VFNMSUB;
    }

    private static boolean subtracts(int op, int element) {
        return switch (op) {
            case SseOp.VFMSUB, SseOp.VFNMSUB -> true;
            case SseOp.VFMADDSUB -> element == 0;
            case SseOp.VFMSUBADD -> element != 0;
            default -> false;
        };
    }
}
