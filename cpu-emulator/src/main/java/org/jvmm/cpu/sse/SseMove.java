package org.jvmm.cpu.sse;

/** Moves, logic, shuffles, unpacking and blends. */
final class SseMove {
    private static final long LOW = 0xFFFF_FFFFL;
    private static final long HIGH = ~LOW;

    private SseMove() {}

    static void exec(int op, SseState s, int d, int r, int imm) {
        long[] x = s.x;
        int a = d << 1;
        int b = r << 1;
        switch (op) {
            case SseOp.MOVSS -> moveScalar(x, a, b, LOW);
            case SseOp.MOVSD -> moveScalar(x, a, b, -1);
            case SseOp.MOVQ -> {
                x[a] = x[b];
                x[a + 1] = 0;
            }
            case SseOp.MOVLPS, SseOp.MOVLPD -> x[a] = x[b];
            case SseOp.MOVHPS, SseOp.MOVHPD, SseOp.MOVLHPS, SseOp.UNPCKLPD, SseOp.PUNPCKLQDQ -> x[a + 1] = x[b];
            case SseOp.MOVHLPS -> x[a] = x[b + 1];
            case SseOp.MOVSLDUP -> {
                x[a] = x[b] & LOW | x[b] << 32;
                x[a + 1] = x[b + 1] & LOW | x[b + 1] << 32;
            }
            case SseOp.MOVSHDUP -> {
                x[a] = x[b] & HIGH | x[b] >>> 32;
                x[a + 1] = x[b + 1] & HIGH | x[b + 1] >>> 32;
            }
            case SseOp.MOVDDUP -> {
                x[a] = x[b];
                x[a + 1] = x[b];
            }
            case SseOp.ANDPS, SseOp.ANDPD, SseOp.PAND -> {
                x[a] &= x[b];
                x[a + 1] &= x[b + 1];
            }
            case SseOp.ANDNPS, SseOp.ANDNPD, SseOp.PANDN -> {
                x[a] = ~x[a] & x[b];
                x[a + 1] = ~x[a + 1] & x[b + 1];
            }
            case SseOp.ORPS, SseOp.ORPD, SseOp.POR -> {
                x[a] |= x[b];
                x[a + 1] |= x[b + 1];
            }
            case SseOp.XORPS, SseOp.XORPD, SseOp.PXOR -> {
                x[a] ^= x[b];
                x[a + 1] ^= x[b + 1];
            }
            case SseOp.UNPCKHPD, SseOp.PUNPCKHQDQ -> {
                x[a] = x[a + 1];
                x[a + 1] = x[b + 1];
            }
            case SseOp.UNPCKLPS, SseOp.PUNPCKLDQ -> unpackDoubles(x, a, x[a], x[b]);
            case SseOp.UNPCKHPS, SseOp.PUNPCKHDQ -> unpackDoubles(x, a, x[a + 1], x[b + 1]);
            case SseOp.PUNPCKLBW -> unpackBytes(x, a, x[a], x[b]);
            case SseOp.PUNPCKHBW -> unpackBytes(x, a, x[a + 1], x[b + 1]);
            case SseOp.PUNPCKLWD -> unpackWords(x, a, x[a], x[b]);
            case SseOp.PUNPCKHWD -> unpackWords(x, a, x[a + 1], x[b + 1]);
            case SseOp.SHUFPS -> set(x, a, pair(x, a, imm), pair(x, b, imm >> 4));
            case SseOp.SHUFPD -> set(x, a, x[a + (imm & 1)], x[b + (imm >> 1 & 1)]);
            case SseOp.PSHUFD -> set(x, a, pair(x, b, imm), pair(x, b, imm >> 4));
            case SseOp.PSHUFHW -> set(x, a, x[b], words(x[b + 1], imm));
            case SseOp.PSHUFLW -> set(x, a, words(x[b], imm), x[b + 1]);
            case SseOp.PSHUFB -> {
                long low = x[a];
                long high = x[a + 1];
                set(x, a, pick(low, high, x[b]), pick(low, high, x[b + 1]));
            }
            case SseOp.PALIGNR -> alignRight(x, a, b, imm);
            case SseOp.PBLENDVB -> blend(x, a, b, bytes(x[0]), bytes(x[1]));
            case SseOp.BLENDVPS -> blend(x, a, b, doubles(x[0]), doubles(x[1]));
            case SseOp.BLENDVPD -> blend(x, a, b, x[0] >> 63, x[1] >> 63);
            case SseOp.BLENDPS ->
                blend(x, a, b, doubles((long) imm << 31 | (long) imm << 62), doubles((long) imm << 29 | (long) imm << 60));
            case SseOp.BLENDPD -> blend(x, a, b, -(imm & 1), -(imm >> 1 & 1));
            case SseOp.PBLENDW -> blend(x, a, b, spread(imm), spread(imm >> 4));
            case SseOp.INSERTPS -> insert(x, a, b, imm);
            // MOVUPS, MOVDQA and all other whole copies
            default -> {
                x[a] = x[b];
                x[a + 1] = x[b + 1];
            }
        }
    }

    private static void set(long[] x, int a, long low, long high) {
        x[a] = low;
        x[a + 1] = high;
    }

    /** A load clears the rest of the register, a move between registers keeps it (SDM vol. 2, MOVSD). */
    private static void moveScalar(long[] x, int a, int b, long mask) {
        if (b == SseState.TEMP << 1) {
            x[a] = x[b] & mask;
            x[a + 1] = 0;
        } else {
            x[a] = x[a] & ~mask | x[b] & mask;
        }
    }

    private static void unpackDoubles(long[] x, int a, long first, long second) {
        x[a] = first & LOW | second << 32;
        x[a + 1] = first >>> 32 | second & HIGH;
    }

    private static void unpackBytes(long[] x, int a, long first, long second) {
        x[a] = Lanes.spreadBytes((int) first) | Lanes.spreadBytes((int) second) << 8;
        x[a + 1] = Lanes.spreadBytes((int) (first >>> 32)) | Lanes.spreadBytes((int) (second >>> 32)) << 8;
    }

    private static void unpackWords(long[] x, int a, long first, long second) {
        x[a] = Lanes.spreadWords((int) first) | Lanes.spreadWords((int) second) << 16;
        x[a + 1] = Lanes.spreadWords((int) (first >>> 32)) | Lanes.spreadWords((int) (second >>> 32)) << 16;
    }

    /** Two of the register's four 32-bit lanes, by two bits of the selector each. */
    static long pair(long[] x, int at, int selector) {
        return lane(x, at, selector & 3) | lane(x, at, selector >> 2 & 3) << 32;
    }

    private static long lane(long[] x, int at, int index) {
        return x[at + (index >> 1)] >>> (index << 5) & LOW;
    }

    static long words(long from, int imm) {
        return from >>> ((imm & 3) << 4) & 0xFFFF | (from >>> ((imm >> 2 & 3) << 4) & 0xFFFF) << 16
                | (from >>> ((imm >> 4 & 3) << 4) & 0xFFFF) << 32 | from >>> ((imm >> 6 & 3) << 4) << 48;
    }

    private static long pick(long low, long high, long control) {
        long result = 0;
        for (int i = 0; i < 64; i += 8) {
            int index = (int) (control >>> i);
            if ((index & 0x80) == 0) {
                long from = (index & 8) == 0 ? low : high;
                result |= (from >>> ((index & 7) << 3) & 0xFF) << i;
            }
        }
        return result;
    }

    private static void alignRight(long[] x, int a, int b, int imm) {
        int count = (imm & 0xFF) << 3;
        long w0 = x[b];
        long w1 = x[b + 1];
        long w2 = x[a];
        long w3 = x[a + 1];
        if (count >= 256) {
            set(x, a, 0, 0);
            return;
        }
        if ((count & 128) != 0) {
            w0 = w2;
            w1 = w3;
            w2 = 0;
            w3 = 0;
        }
        if ((count & 64) != 0) {
            w0 = w1;
            w1 = w2;
            w2 = w3;
        }
        int rest = count & 63;
        if (rest == 0) {
            set(x, a, w0, w1);
        } else {
            set(x, a, w0 >>> rest | w1 << 64 - rest, w1 >>> rest | w2 << 64 - rest);
        }
    }

    private static void blend(long[] x, int a, int b, long lowMask, long highMask) {
        x[a] = x[a] & ~lowMask | x[b] & lowMask;
        x[a + 1] = x[a + 1] & ~highMask | x[b + 1] & highMask;
    }

    /** The top bit of every byte, over the byte. */
    private static long bytes(long mask) {
        return (mask >>> 7 & 0x0101_0101_0101_0101L) * 0xFF;
    }

    /** The mask that the variable blends make of sign bits. */
    static long signs(int op, long mask) {
        return switch (op) {
            case SseOp.PBLENDVB -> bytes(mask);
            case SseOp.BLENDVPS -> doubles(mask);
            default -> mask >> 63;
        };
    }

    private static long doubles(long mask) {
        return (mask >>> 31 & 0x0000_0001_0000_0001L) * LOW;
    }

    /** Bits 0 to 3 over four words. */
    private static long spread(int imm) {
        long bits = imm & 1 | (imm & 2L) << 15 | (imm & 4L) << 30 | (imm & 8L) << 45;
        return bits * 0xFFFF;
    }

    private static void insert(long[] x, int a, int b, int imm) {
        long value = lane(x, b, b == SseState.TEMP << 1 ? 0 : imm >> 6 & 3);
        int to = imm >> 4 & 3;
        int shift = to << 5;
        int half = a + (to >> 1);
        x[half] = x[half] & ~(LOW << shift) | value << shift;
        x[a] &= ~doubles((long) imm << 31 | (long) imm << 62);
        x[a + 1] &= ~doubles((long) imm << 29 | (long) imm << 60);
    }
}
