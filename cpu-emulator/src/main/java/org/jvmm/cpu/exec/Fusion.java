package org.jvmm.cpu.exec;

/**
 * Makes one uop of several instructions: a move and the operation on what was moved, a comparison and the jump that asks for its result, moves. What the
 * interpreter pays for is mostly the way from one uop to the next.
 *
 * <p>Only forms without an access to memory are joined, or lie between the two, so that nothing sees the block where one is done and the other is not.
 */
final class Fusion {
    /** Moves that are one uop at most. */
    static final int MOVES = 4;

    private Fusion() {}

    /**
     * Joins what can be, in place.
     *
     * @param code the words of a block's uops, one for each instruction and {@link Uop#FALL} where it ends with no branch
     * @param words their number
     * @param first receives for each uop the index of the first instruction that is not done where it begins, if the block can be left there
     * @return the number of words that are left
     */
    static int join(long[] code, int words, int[] first) {
        int to = 0;
        int done = 0;
        for (int i = 0; i < words; i += 2) {
            long w = code[i];
            long im = code[i + 1];
            if (sinks(code, i, words)) {
                continue;
            }
            first[to >> 1] = done;
            if (i + 2 < words && jumps(w, code[i + 2])) {
                w = w & ~0xFFL | fused((int) w & 0xFF) | code[i + 2] & Uop.CONDITION;
                im |= code[i + 3];
                i += 2;
            }
            done = (i >> 1) + 1;
            code[to++] = w;
            code[to++] = im;
        }
        return gather(code, to, first);
    }

    /** Makes one uop of moves that follow each other. */
    private static int gather(long[] code, int words, int[] first) {
        int to = 0;
        for (int i = 0; i < words; i += 2) {
            int moves = moves(code, i, words);
            long w = code[i];
            long im = code[i + 1];
            first[to >> 1] = first[i >> 1];
            if (moves > 1) {
                int uop = ((int) w & 0xFF) == Uop.MOV64 ? Uop.MOVES64 : Uop.MOVES32;
                w = w & ~0xFFL | uop;
                // The last one is done again where there are fewer.
                for (int k = MOVES - 1; k >= 0; k--) {
                    long move = code[i + 2 * Math.min(k, moves - 1)];
                    im = im << Uop.MOVE_BITS | Uop.s(move) << Uop.MOVE_BITS / 2 | Uop.d(move);
                }
                i += 2 * (moves - 1);
            }
            code[to++] = w;
            code[to++] = im;
        }
        return to;
    }

    /** How many moves of one size begin at an index. */
    private static int moves(long[] code, int at, int words) {
        int uop = (int) code[at] & 0xFF;
        if (uop != Uop.MOV64 && uop != Uop.MOV32) {
            return 0;
        }
        int moves = 1;
        while (moves < MOVES && at + 2 * moves < words && ((int) code[at + 2 * moves] & 0xFF) == uop) {
            moves++;
        }
        return moves;
    }

    /** Whether a comparison is followed by a jump that can be one with it. */
    private static boolean jumps(long compare, long jump) {
        int uop = (int) jump & 0xFF;
        return uop >= Uop.TERMINATORS && uop < Uop.FALL && !Uop.isRareCondition(uop) && fused((int) compare & 0xFF) != 0;
    }

    /**
     * Makes a move part of the operation that changes what was moved, if nothing up to there needs it or may leave the block.
     *
     * @return whether the move itself is not needed any more
     */
    private static boolean sinks(long[] code, int at, int words) {
        int uop = (int) code[at] & 0xFF;
        if (uop != Uop.MOV64 && uop != Uop.MOV32) {
            return false;
        }
        int d = Uop.d(code[at]);
        int s = Uop.s(code[at]);
        for (int i = at + 2; i < words; i += 2) {
            long w = code[i];
            int next = (int) w & 0xFF;
            if (!staysInBlock(next)) {
                return false;
            }
            if (Uop.d(w) == d && Uop.a(w) == d && (isNarrow(next) || uop == Uop.MOV64 && isWide(next))) {
                code[i] = moved(w, d, s);
                return true;
            }
            if (touches(next, w, d) || Uop.d(w) == s && fused(next) == 0) {
                return false;
            }
        }
        return false;
    }

    /** Whether a form can neither fault nor end the block. */
    private static boolean staysInBlock(int uop) {
        return uop > Uop.SLOW && uop < Uop.LOADS64 && uop != Uop.ALU_RM && uop != Uop.ALU_MR && uop != Uop.LOADS && uop != Uop.STEP_M;
    }

    /** Whether a form that stays in the block reads or writes a register. */
    private static boolean touches(int uop, long w, int register) {
        boolean addressed = uop >= Uop.ADDRESSED;
        return uop != Uop.NOP && (Uop.d(w) == register || Uop.s(w) == register || Uop.a(w) == register
                || addressed && Uop.index(w) == register);
    }

    /** An operation on {@code d} that takes it from {@code s}. */
    private static long moved(long operation, int d, int s) {
        int second = Uop.s(operation);
        return Uop.pack((int) operation & 0xFF, d, second == d ? s : second) | (long) s << Uop.A_SHIFT | operation & -1L << 28;
    }

    /** Operations on 64 bits of a register that they replace. */
    private static boolean isWide(int uop) {
        return switch (uop) {
            case Uop.ADD64, Uop.SUB64, Uop.AND64, Uop.OR64, Uop.XOR64, Uop.SHL64, Uop.SHR64, Uop.SAR64, Uop.IMUL64, Uop.ADD64_N,
                    Uop.SUB64_N,
                    Uop.AND64_N, Uop.OR64_N, Uop.XOR64_N, Uop.SHL64_N, Uop.INC64, Uop.DEC64 ->
                true;
            default -> false;
        };
    }

    /** Operations on 32 bits; whatever is above, they do not see. */
    private static boolean isNarrow(int uop) {
        return switch (uop) {
            case Uop.ADD32, Uop.SUB32, Uop.AND32, Uop.OR32, Uop.XOR32, Uop.SHL32, Uop.SHR32, Uop.SAR32, Uop.IMUL32, Uop.ADD32_N,
                    Uop.SUB32_N,
                    Uop.AND32_N, Uop.OR32_N, Uop.XOR32_N, Uop.SHR32_N, Uop.INC32, Uop.DEC32, Uop.ROL32, Uop.ROR32 ->
                true;
            default -> false;
        };
    }

    private static int fused(int uop) {
        return switch (uop) {
            case Uop.CMP64 -> Uop.CMP64_J;
            case Uop.CMP32 -> Uop.CMP32_J;
            case Uop.CMP16 -> Uop.CMP16_J;
            case Uop.CMP8 -> Uop.CMP8_J;
            case Uop.TEST64 -> Uop.TEST64_J;
            case Uop.TEST32 -> Uop.TEST32_J;
            case Uop.TEST8 -> Uop.TEST8_J;
            default -> 0;
        };
    }

    /** The comparison of a comparison that jumps. */
    static int comparison(int uop) {
        return switch (uop) {
            case Uop.CMP64_J -> Uop.CMP64;
            case Uop.CMP32_J -> Uop.CMP32;
            case Uop.CMP16_J -> Uop.CMP16;
            case Uop.CMP8_J -> Uop.CMP8;
            case Uop.TEST64_J -> Uop.TEST64;
            case Uop.TEST32_J -> Uop.TEST32;
            default -> Uop.TEST8;
        };
    }
}
