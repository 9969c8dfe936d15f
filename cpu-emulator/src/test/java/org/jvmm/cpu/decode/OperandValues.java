package org.jvmm.cpu.decode;

import org.jvmm.cpu.testing.MachineState;

/** Random operands in which the edges are frequent: zeros, ones, sign bits, NaNs, denormals, infinities, and their neighbours. */
final class OperandValues {
    private static final long[] INTEGERS = { 0, 1, 2, -1, -2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFFL, 0x8000_0000L,
        0xFFFF_FFFFL, Long.MAX_VALUE, Long.MIN_VALUE, 0x0123_4567_89AB_CDEFL };
    private static final int[] SINGLES = { 0, 0x3F80_0000, 0x7F80_0000, 0x7FC0_0001, 0x7F80_0001, 0x7FA0_0123, 1, 0x007F_FFFF, 0x0080_0000,
        0x7F7F_FFFF, 0x4EFF_FFFF, 0x4F00_0000, 0x5F00_0000, 0x3F00_0000, 0x3FC0_0000, 0x4B00_0001, 0x3380_0000, 0x4780_0000, 0x3880_0000,
        0x477F_E000, 0x477F_F000, 0x3300_0000 };
    private static final long[] DOUBLES = { 0, 0x3FF0_0000_0000_0000L, 0x7FF0_0000_0000_0000L, 0x7FF8_0000_0000_0001L,
        0x7FF0_0000_0000_0001L, 0x7FF4_0000_0000_0123L, 1, 0x000F_FFFF_FFFF_FFFFL, 0x0010_0000_0000_0000L, 0x7FEF_FFFF_FFFF_FFFFL,
        0x41DF_FFFF_FFC0_0000L, 0x41E0_0000_0000_0000L, 0x43E0_0000_0000_0000L, 0x3FE0_0000_0000_0000L, 0x3FF8_0000_0000_0000L,
        0x4330_0000_0000_0001L, 0x3CA0_0000_0000_0000L, 0x47EF_FFFF_E000_0000L, 0x3810_0000_0000_0000L, 0x36A0_0000_0000_0000L };
    private static final byte[] BYTES = { 0, 1, 0x7F, (byte) 0x80, (byte) 0x81, -1, -2 };
    private static final int[] EXTENDED_EXPONENTS = { 0, 0, 1, 0x7FFE, 0x7FFF, 0x7FFF, 0x3FFF, 0x3FFF, 0x4000, 0x3FFE, 0x400D, 0x401D,
        0x401E, 0x403D,
        0x403E, 0x43FE, 0x407E, 0x3C00, 0x3F81 };
    private static final long[] EXTENDED_SIGNIFICANDS = { 0, 1, 1L << 63, 3L << 62, 1L << 63 | 1, 0xA000_0000_0000_0123L, -1, 1L << 62,
        Long.MAX_VALUE, 0xC90F_DAA2_2168_C235L, 0xFFFF_FFFF_0000_0000L, 0xFFFF_FFFF_FFFF_FC00L };

    private long seed;

    OperandValues(long seed) {
        this.seed = seed * 0x9E37_79B9_7F4A_7C15L | 1;
    }

    /** A random number (xorshift64*). */
    long next() {
        seed ^= seed << 13;
        seed ^= seed >>> 7;
        seed ^= seed << 17;
        return seed * 0x2545_F491_4F6C_DD1DL;
    }

    int below(int bound) {
        return (int) ((next() >>> 33) % bound);
    }

    boolean oneIn(int n) {
        return below(n) == 0;
    }

    long integer() {
        return switch (below(4)) {
            case 0 -> next();
            case 1 -> next() >> below(64);
            default -> INTEGERS[below(INTEGERS.length)];
        };
    }

    private int single() {
        int sign = below(2) << 31;
        return switch (below(4)) {
            case 0 -> (int) next();
            case 1 -> sign | 0x3F80_0000 + (below(48) - 24 << 23) + (int) (next() >>> 41);
            default -> sign | SINGLES[below(SINGLES.length)];
        };
    }

    private long real() {
        long sign = (long) below(2) << 63;
        return switch (below(4)) {
            case 0 -> next();
            case 1 -> sign | 0x3FF0_0000_0000_0000L + ((long) below(140) - 70 << 52) + (next() >>> 12);
            default -> sign | DOUBLES[below(DOUBLES.length)];
        };
    }

    /** 64 bits for a vector register or memory, by a kind from {@link #kind}. */
    long lanes(int kind) {
        return switch (kind) {
            case 0 -> next();
            case 1, 2 -> single() & 0xFFFF_FFFFL | (long) single() << 32;
            case 3, 4 -> real();
            case 5 -> {
                long value = 0;
                for (int i = 0; i < 8; i++) {
                    value = value << 8 | BYTES[below(BYTES.length)] & 0xFF;
                }
                yield value;
            }
            default -> integer();
        };
    }

    /** What the lanes of a case are. */
    int kind() {
        return below(7);
    }

    /** A random extended number, near another one now and then, so that they cancel. */
    void extended(MachineState s, int i, int near, long nearSignificand) {
        int sign = below(2) << 15;
        long random = next() | Long.MIN_VALUE;
        switch (below(7)) {
            case 0, 1 -> s.st(i, sign | EXTENDED_EXPONENTS[below(EXTENDED_EXPONENTS.length)],
                    EXTENDED_SIGNIFICANDS[below(EXTENDED_SIGNIFICANDS.length)]);
            case 2 -> s.st(i, near ^ sign, nearSignificand + below(16) - 8);
            case 3 -> s.st(i, sign | (near & 0x7FFF) + below(80) - 40 & 0x7FFF, random);
            case 4 -> s.st(i, sign | 0x3FFF + below(70) - 4, Long.MIN_VALUE | next() & -1L << below(64));
            case 5 -> s.st(i, (int) next() & 0xFFFF, oneIn(4) ? next() : random);
            default -> s.st(i, sign | 0x3FFF + below(40) - 20, random);
        }
    }
}
