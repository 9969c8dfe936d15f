package org.jvmm.cpu.sse;

/** Integer operations across the two halves: packs, horizontal sums, widening moves, whole-register shifts. */
final class SseAcross {
    private SseAcross() {}

    /** The shift group. */
    static void shift(int op, SseState s, int d, int r, int imm) {
        long[] x = s.x;
        int a = d << 1;
        if (op >= SseOp.PSRLDQ) {
            bytes(x, a, imm, op == SseOp.PSLLDQ);
            return;
        }
        boolean immediate = op >= SseOp.PSRLWI;
        long count = immediate ? imm & 0xFF : x[r << 1];
        int which = immediate ? op - SseOp.PSRLWI + SseOp.PSRLW : op;
        x[a] = Lanes.shift(which, x[a], count);
        x[a + 1] = Lanes.shift(which, x[a + 1], count);
    }

    private static void bytes(long[] x, int a, int imm, boolean left) {
        int count = (imm & 0xFF) << 3;
        long low = x[a];
        long high = x[a + 1];
        if (count >= 128) {
            low = 0;
            high = 0;
        } else if (left) {
            if (count >= 64) {
                high = low << count;
                low = 0;
            } else if (count != 0) {
                high = high << count | low >>> 64 - count;
                low <<= count;
            }
        } else if (count >= 64) {
            low = high >>> count;
            high = 0;
        } else if (count != 0) {
            low = low >>> count | high << 64 - count;
            high >>>= count;
        }
        x[a] = low;
        x[a + 1] = high;
    }

    static void exec(int op, SseState s, int d, int r, int imm) {
        long[] x = s.x;
        int a = d << 1;
        int b = r << 1;
        long low;
        long high;
        switch (op) {
            case SseOp.PACKSSWB, SseOp.PACKUSWB -> {
                boolean signed = op == SseOp.PACKSSWB;
                low = packWords(x[a], signed) | packWords(x[a + 1], signed) << 32;
                high = packWords(x[b], signed) | packWords(x[b + 1], signed) << 32;
            }
            case SseOp.PACKSSDW, SseOp.PACKUSDW -> {
                boolean signed = op == SseOp.PACKSSDW;
                low = packDoubles(x[a], signed) | packDoubles(x[a + 1], signed) << 32;
                high = packDoubles(x[b], signed) | packDoubles(x[b + 1], signed) << 32;
            }
            case SseOp.PHADDW, SseOp.PHADDSW, SseOp.PHSUBW, SseOp.PHSUBSW -> {
                low = horizontalWords(op, x[a]) | horizontalWords(op, x[a + 1]) << 32;
                high = horizontalWords(op, x[b]) | horizontalWords(op, x[b + 1]) << 32;
            }
            case SseOp.PHADDD, SseOp.PHSUBD -> {
                low = horizontalDouble(op, x[a]) | horizontalDouble(op, x[a + 1]) << 32;
                high = horizontalDouble(op, x[b]) | horizontalDouble(op, x[b + 1]) << 32;
            }
            case SseOp.PHMINPOSUW -> {
                low = minimumPosition(x[b], x[b + 1]);
                high = 0;
            }
            case SseOp.MPSADBW -> {
                int start = (imm >> 2 & 1) << 5;
                long w0 = x[a];
                long w1 = x[a + 1];
                long first = start == 0 ? w0 : w0 >>> 32 | w1 << 32;
                long second = start == 0 ? w1 : w1 >>> 32;
                int block = (int) (x[b + (imm >> 1 & 1)] >>> ((imm & 1) << 5));
                low = differences(first, second, block);
                high = differences(first >>> 32 | second << 32, second >>> 32, block);
            }
            default -> {
                widen(op, x, a, x[b]);
                return;
            }
        }
        x[a] = low;
        x[a + 1] = high;
    }

    private static long packWords(long a, boolean signed) {
        long result = 0;
        for (int i = 0; i < 4; i++) {
            int value = (short) (a >>> (i << 4));
            int packed = signed ? Math.clamp(value, -128, 127) : Math.clamp(value, 0, 255);
            result |= (packed & 0xFFL) << (i << 3);
        }
        return result;
    }

    private static long packDoubles(long a, boolean signed) {
        return packDouble((int) a, signed) | packDouble((int) (a >>> 32), signed) << 16;
    }

    private static long packDouble(int value, boolean signed) {
        return (signed ? Math.clamp(value, Short.MIN_VALUE, Short.MAX_VALUE) : Math.clamp(value, 0, 0xFFFF)) & 0xFFFFL;
    }

    private static long horizontalWords(int op, long a) {
        return horizontalWord(op, (short) a, (short) (a >>> 16)) | horizontalWord(op, (short) (a >>> 32), (short) (a >>> 48)) << 16;
    }

    private static long horizontalWord(int op, int first, int second) {
        int value = switch (op) {
            case SseOp.PHADDW -> first + second;
            case SseOp.PHSUBW -> first - second;
            case SseOp.PHADDSW -> Math.clamp(first + second, Short.MIN_VALUE, Short.MAX_VALUE);
            default -> Math.clamp(first - second, Short.MIN_VALUE, Short.MAX_VALUE);
        };
        return value & 0xFFFFL;
    }

    private static long horizontalDouble(int op, long a) {
        int first = (int) a;
        int second = (int) (a >>> 32);
        return (op == SseOp.PHADDD ? first + second : first - second) & 0xFFFF_FFFFL;
    }

    private static long minimumPosition(long low, long high) {
        int best = 0x10000;
        int at = 0;
        for (int i = 0; i < 8; i++) {
            int value = (int) ((i < 4 ? low : high) >>> ((i & 3) << 4)) & 0xFFFF;
            if (value < best) {
                best = value;
                at = i;
            }
        }
        return at << 16 | best;
    }

    /** Four sums of absolute differences of the block and successive four bytes of the 11 that begin at {@code first}. */
    private static long differences(long first, long second, int block) {
        long result = 0;
        for (int i = 0; i < 4; i++) {
            int from = (int) (i == 0 ? first : first >>> (i << 3) | second << 64 - (i << 3));
            int sum = 0;
            for (int k = 0; k < 32; k += 8) {
                sum += Math.abs((from >>> k & 0xFF) - (block >>> k & 0xFF));
            }
            result |= (long) sum << (i << 4);
        }
        return result;
    }

    /** PMOVSX and PMOVZX. */
    private static void widen(int op, long[] x, int a, long from) {
        boolean signed = op < SseOp.PMOVZXBW;
        int inBits;
        int outBits;
        switch (signed ? op - SseOp.PMOVSXBW : op - SseOp.PMOVZXBW) {
            case 0 -> {
                inBits = 8;
                outBits = 16;
            }
            case 1 -> {
                inBits = 8;
                outBits = 32;
            }
            case 2 -> {
                inBits = 8;
                outBits = 64;
            }
            case 3 -> {
                inBits = 16;
                outBits = 32;
            }
            case 4 -> {
                inBits = 16;
                outBits = 64;
            }
            default -> {
                inBits = 32;
                outBits = 64;
            }
        }
        int perHalf = 64 / outBits;
        x[a] = widenHalf(from, inBits, outBits, perHalf, signed);
        x[a + 1] = widenHalf(from >>> perHalf * inBits, inBits, outBits, perHalf, signed);
    }

    private static long widenHalf(long from, int inBits, int outBits, int count, boolean signed) {
        long result = 0;
        for (int i = 0; i < count; i++) {
            long value = from >>> i * inBits << 64 - inBits;
            value = signed ? value >> 64 - inBits : value >>> 64 - inBits;
            result |= (value & -1L >>> 64 - outBits) << i * outBits;
        }
        return result;
    }
}
