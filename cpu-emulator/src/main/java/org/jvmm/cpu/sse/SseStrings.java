package org.jvmm.cpu.sse;

/** The string comparisons of SSE4.2 (SDM vol. 2 §4.1). */
final class SseStrings {
    private SseStrings() {}

    static long exec(int op, SseState s, int d, int r, int imm, long lengthA, long lengthB) {
        long[] x = s.x;
        boolean words = (imm & 1) != 0;
        int count = words ? 8 : 16;
        boolean explicit = op == SseOp.PCMPESTRM || op == SseOp.PCMPESTRI;
        int validA = explicit ? explicitLength(lengthA, count) : implicitLength(x, d << 1, words, count);
        int validB = explicit ? explicitLength(lengthB, count) : implicitLength(x, r << 1, words, count);
        int result = aggregate(x, d << 1, r << 1, imm, validA, validB, count);
        int all = (1 << count) - 1;
        if ((imm & 0x10) != 0) {
            // Negative polarity, for the valid elements only when masked (SDM vol. 2 §4.1.5).
            result ^= (imm & 0x20) != 0 ? (1 << validB) - 1 : all;
        }
        int flags = (result != 0 ? 1 : 0) | (validB < count ? 0x40 : 0) | (validA < count ? 0x80 : 0) | ((result & 1) != 0 ? 0x800 : 0);
        if (op == SseOp.PCMPESTRI || op == SseOp.PCMPISTRI) {
            int index;
            if (result == 0) {
                index = count;
            } else {
                index = (imm & 0x40) != 0 ? 31 - Integer.numberOfLeadingZeros(result) : Integer.numberOfTrailingZeros(result);
            }
            return (long) index << 32 | flags;
        }
        if ((imm & 0x40) != 0) {
            x[0] = expand(words ? result & 15 : result & 255, words);
            x[1] = expand(words ? result >> 4 : result >> 8, words);
        } else {
            x[0] = result;
            x[1] = 0;
        }
        return flags;
    }

    private static int explicitLength(long length, int count) {
        // The absolute value, saturated; that of the most negative number is too large anyway.
        return length == Long.MIN_VALUE ? count : (int) Math.min(Math.abs(length), count);
    }

    private static int implicitLength(long[] x, int at, boolean words, int count) {
        for (int i = 0; i < count; i++) {
            if (element(x, at, i, words, false) == 0) {
                return i;
            }
        }
        return count;
    }

    private static int element(long[] x, int at, int index, boolean words, boolean signed) {
        if (words) {
            short value = (short) (x[at + (index >> 2)] >>> ((index & 3) << 4));
            return signed ? value : value & 0xFFFF;
        }
        byte value = (byte) (x[at + (index >> 3)] >>> ((index & 7) << 3));
        return signed ? value : value & 0xFF;
    }

    /** Compares all with all and aggregates (SDM vol. 2 §4.1.3 and table 4-7 for elements beyond the lengths). */
    private static int aggregate(long[] x, int a, int b, int imm, int validA, int validB, int count) {
        boolean words = (imm & 1) != 0;
        boolean signed = (imm & 2) != 0;
        int mode = imm >> 2 & 3;
        int result = 0;
        for (int j = 0; j < count; j++) {
            boolean hit = switch (mode) {
                case 0 -> j < validB && any(x, a, element(x, b, j, words, signed), words, signed, validA);
                case 1 -> j < validB && inRange(x, a, element(x, b, j, words, signed), words, signed, validA);
                case 2 -> j < validA && j < validB
                        ? element(x, a, j, words, signed) == element(x, b, j, words, signed)
                        : j >= validA && j >= validB;
                default -> substring(x, a, b, j, words, validA, validB, count);
            };
            if (hit) {
                result |= 1 << j;
            }
        }
        return result;
    }

    private static boolean any(long[] x, int a, int value, boolean words, boolean signed, int validA) {
        for (int i = 0; i < validA; i++) {
            if (element(x, a, i, words, signed) == value) {
                return true;
            }
        }
        return false;
    }

    private static boolean inRange(long[] x, int a, int value, boolean words, boolean signed, int validA) {
        for (int i = 0; i + 1 < validA; i += 2) {
            if (element(x, a, i, words, signed) <= value && value <= element(x, a, i + 1, words, signed)) {
                return true;
            }
        }
        return false;
    }

    private static boolean substring(long[] x, int a, int b, int j, boolean words, int validA, int validB, int count) {
        for (int i = 0; i < validA && i + j < count; i++) {
            if (i + j >= validB || element(x, a, i, words, false) != element(x, b, i + j, words, false)) {
                return false;
            }
        }
        return true;
    }

    private static long expand(int bits, boolean words) {
        long result = 0;
        int width = words ? 16 : 8;
        for (int i = 0; i < 64 / width; i++) {
            if ((bits >> i & 1) != 0) {
                result |= (-1L >>> 64 - width) << i * width;
            }
        }
        return result;
    }
}
