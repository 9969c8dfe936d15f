package org.jvmm.cpu.sse;

/** Arithmetic on the 8, 16 or 32-bit lanes of a long, without carries between them (Warren, Hacker's Delight §2-18). */
final class Lanes {
    private static final long B_TOP = 0x8080_8080_8080_8080L;
    private static final long W_TOP = 0x8000_8000_8000_8000L;
    private static final long D_TOP = 0x8000_0000_8000_0000L;
    private static final long B_ONE = 0x0101_0101_0101_0101L;
    private static final long LOW = 0xFFFF_FFFFL;

    private Lanes() {}

    static long spreadBytes(int value) {
        long v = value & LOW;
        v = (v | v << 16) & 0x0000_FFFF_0000_FFFFL;
        return (v | v << 8) & 0x00FF_00FF_00FF_00FFL;
    }

    static long spreadWords(int value) {
        return value & 0xFFFFL | (value & 0xFFFF_0000L) << 16;
    }

    private static long add(long a, long b, long top) {
        return (a & ~top) + (b & ~top) ^ (a ^ b) & top;
    }

    private static long subtract(long a, long b, long top) {
        return (a | top) - (b & ~top) ^ (a ^ ~b) & top;
    }

    /** All ones in the lanes whose top bit is set. */
    private static long fill(long bits, long top, int width) {
        long ones = (bits & top) >>> width - 1;
        return (ones << width) - ones;
    }

    private static long equal(long a, long b, long top, int width) {
        long difference = a ^ b;
        long notZero = (difference & ~top) + ~top | difference;
        return fill(~notZero, top, width);
    }

    /** Lanes where a is less than b, unsigned. */
    private static long below(long a, long b, long top, int width) {
        long borrow = ~a & b | ~(a ^ b) & subtract(a, b, top);
        return fill(borrow, top, width);
    }

    private static long select(long mask, long yes, long no) {
        return yes & mask | no & ~mask;
    }

    private static int saturate16(int value) {
        return Math.clamp(value, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    /** One 64-bit half of an operation of the LANES group. */
    static long apply(int op, long a, long b) {
        return switch (op) {
            case SseOp.PADDB -> add(a, b, B_TOP);
            case SseOp.PADDW -> add(a, b, W_TOP);
            case SseOp.PADDD -> add(a, b, D_TOP);
            case SseOp.PADDQ -> a + b;
            case SseOp.PSUBB -> subtract(a, b, B_TOP);
            case SseOp.PSUBW -> subtract(a, b, W_TOP);
            case SseOp.PSUBD -> subtract(a, b, D_TOP);
            case SseOp.PSUBQ -> a - b;
            case SseOp.PADDSB -> addSigned(a, b, B_TOP, 8);
            case SseOp.PADDSW -> addSigned(a, b, W_TOP, 16);
            case SseOp.PSUBSB -> subtractSigned(a, b, B_TOP, 8);
            case SseOp.PSUBSW -> subtractSigned(a, b, W_TOP, 16);
            case SseOp.PADDUSB -> add(a, b, B_TOP) | below(~a, b, B_TOP, 8);
            case SseOp.PADDUSW -> add(a, b, W_TOP) | below(~a, b, W_TOP, 16);
            case SseOp.PSUBUSB -> subtract(a, b, B_TOP) & ~below(a, b, B_TOP, 8);
            case SseOp.PSUBUSW -> subtract(a, b, W_TOP) & ~below(a, b, W_TOP, 16);
            case SseOp.PCMPEQB -> equal(a, b, B_TOP, 8);
            case SseOp.PCMPEQW -> equal(a, b, W_TOP, 16);
            case SseOp.PCMPEQD -> equal(a, b, D_TOP, 32);
            case SseOp.PCMPEQQ -> a == b ? -1 : 0;
            // Signed order is unsigned order with the top bits turned.
            case SseOp.PCMPGTB -> below(b ^ B_TOP, a ^ B_TOP, B_TOP, 8);
            case SseOp.PCMPGTW -> below(b ^ W_TOP, a ^ W_TOP, W_TOP, 16);
            case SseOp.PCMPGTD -> below(b ^ D_TOP, a ^ D_TOP, D_TOP, 32);
            case SseOp.PCMPGTQ -> a > b ? -1 : 0;
            case SseOp.PMINUB -> select(below(a, b, B_TOP, 8), a, b);
            case SseOp.PMINUW -> select(below(a, b, W_TOP, 16), a, b);
            case SseOp.PMINUD -> select(below(a, b, D_TOP, 32), a, b);
            case SseOp.PMAXUB -> select(below(a, b, B_TOP, 8), b, a);
            case SseOp.PMAXUW -> select(below(a, b, W_TOP, 16), b, a);
            case SseOp.PMAXUD -> select(below(a, b, D_TOP, 32), b, a);
            case SseOp.PMINSB -> select(below(a ^ B_TOP, b ^ B_TOP, B_TOP, 8), a, b);
            case SseOp.PMINSW -> select(below(a ^ W_TOP, b ^ W_TOP, W_TOP, 16), a, b);
            case SseOp.PMINSD -> select(below(a ^ D_TOP, b ^ D_TOP, D_TOP, 32), a, b);
            case SseOp.PMAXSB -> select(below(a ^ B_TOP, b ^ B_TOP, B_TOP, 8), b, a);
            case SseOp.PMAXSW -> select(below(a ^ W_TOP, b ^ W_TOP, W_TOP, 16), b, a);
            case SseOp.PMAXSD -> select(below(a ^ D_TOP, b ^ D_TOP, D_TOP, 32), b, a);
            // (a + b + 1) >> 1 is (a | b) - ((a ^ b) >> 1).
            case SseOp.PAVGB -> subtract(a | b, (a ^ b) >>> 1 & ~B_TOP, B_TOP);
            case SseOp.PAVGW -> subtract(a | b, (a ^ b) >>> 1 & ~W_TOP, W_TOP);
            case SseOp.PMULUDQ -> (a & LOW) * (b & LOW);
            case SseOp.PMULDQ -> (long) (int) a * (int) b;
            case SseOp.PMULLD -> (long) ((int) (a >>> 32) * (int) (b >>> 32)) << 32 | (int) a * (int) b & LOW;
            case SseOp.PSADBW -> sumOfDifferences(a, b);
            case SseOp.PSIGNB -> sign(a, b, B_TOP, 8);
            case SseOp.PSIGNW -> sign(a, b, W_TOP, 16);
            case SseOp.PSIGND -> sign(a, b, D_TOP, 32);
            case SseOp.PABSB -> sign(b, b, B_TOP, 8);
            case SseOp.PABSW -> sign(b, b, W_TOP, 16);
            case SseOp.PABSD -> sign(b, b, D_TOP, 32);
            default -> words(op, a, b);
        };
    }

    private static long addSigned(long a, long b, long top, int width) {
        long sum = add(a, b, top);
        long overflow = fill(~(a ^ b) & (a ^ sum), top, width);
        return select(overflow, saturated(a, top, width), sum);
    }

    private static long subtractSigned(long a, long b, long top, int width) {
        long difference = subtract(a, b, top);
        long overflow = fill((a ^ b) & (a ^ difference), top, width);
        return select(overflow, saturated(a, top, width), difference);
    }

    /** The largest number of a's sign, in every lane. */
    private static long saturated(long a, long top, int width) {
        return fill(a, top, width) ^ ~top;
    }

    /** b's sign put on a: negated, kept or zero. */
    private static long sign(long a, long b, long top, int width) {
        long negative = fill(b, top, width);
        long signed = subtract(a ^ negative, negative, top);
        return signed & ~equal(b, 0, top, width);
    }

    private static long sumOfDifferences(long a, long b) {
        long less = below(a, b, B_TOP, 8);
        long d = subtract(select(less, b, a), select(less, a, b), B_TOP);
        return ((d & 0x00FF_00FF_00FF_00FFL) + (d >>> 8 & 0x00FF_00FF_00FF_00FFL)) * 0x0001_0001_0001_0001L >>> 48;
    }

    /** The multiplications of 16-bit lanes. */
    private static long words(int op, long a, long b) {
        long result = 0;
        if (op == SseOp.PMADDWD) {
            for (int i = 0; i < 64; i += 32) {
                int sum = (short) (a >>> i) * (short) (b >>> i) + (short) (a >>> i + 16) * (short) (b >>> i + 16);
                result |= (sum & LOW) << i;
            }
            return result;
        }
        for (int i = 0; i < 64; i += 16) {
            int p = (short) (a >>> i);
            int q = (short) (b >>> i);
            int product = switch (op) {
                case SseOp.PMULLW -> p * q;
                case SseOp.PMULHW -> p * q >> 16;
                case SseOp.PMULHUW -> (p & 0xFFFF) * (q & 0xFFFF) >>> 16;
                case SseOp.PMULHRSW -> (p * q >> 14) + 1 >> 1;
                // PMADDUBSW: unsigned bytes of a by signed ones of b
                default -> saturate16((p & 0xFF) * (byte) q + (p >> 8 & 0xFF) * (q >> 8));
            };
            result |= (product & 0xFFFFL) << i;
        }
        return result;
    }

    /** Shifts by more than a lane is wide give zeros, or signs; {@code count} is unsigned. */
    static long shift(int op, long a, long count) {
        boolean out = count < 0 || count > 63;
        int n = out ? 64 : (int) count;
        return switch (op) {
            case SseOp.PSRLW -> n > 15 ? 0 : a >>> n & (0xFFFF >>> n) * 0x0001_0001_0001_0001L;
            case SseOp.PSRLD -> n > 31 ? 0 : a >>> n & (LOW >>> n) * 0x0000_0001_0000_0001L;
            case SseOp.PSRLQ -> n > 63 ? 0 : a >>> n;
            case SseOp.PSLLW -> n > 15 ? 0 : a << n & (0xFFFF << n & 0xFFFF) * 0x0001_0001_0001_0001L;
            case SseOp.PSLLD -> n > 31 ? 0 : a << n & (LOW << n & LOW) * 0x0000_0001_0000_0001L;
            case SseOp.PSLLQ -> n > 63 ? 0 : a << n;
            case SseOp.PSRAW -> {
                int m = Math.min(n, 15);
                yield a >>> m & (0xFFFF >>> m) * 0x0001_0001_0001_0001L
                        | fill(a, W_TOP, 16) & (0xFFFF & ~(0xFFFF >>> m)) * 0x0001_0001_0001_0001L;
            }
            default -> {
                int m = Math.min(n, 31);
                yield (long) ((int) (a >>> 32) >> m) << 32 | (int) a >> m & LOW;
            }
        };
    }

    /** The top bits of the eight bytes. */
    static int byteMask(long a) {
        return (int) ((a >>> 7 & B_ONE) * 0x0102_0408_1020_4080L >>> 56);
    }
}
