package org.jvmm.cpu.sse;

import static org.jvmm.cpu.sse.IeeeFormat.DOUBLE;
import static org.jvmm.cpu.sse.IeeeFormat.SINGLE;

/**
 * Floating-point arithmetic on XMM registers. Java's float and double operations are IEEE 754 to nearest, so they do when {@link SseState#fast} holds
 * and when operands and result are plainly normal; otherwise {@link IeeeFormat} computes in integers. A destination is written only after
 * {@link SseState#finish}, which may throw.
 */
final class SseFloat {
    private static final long SIGN64 = Long.MIN_VALUE;
    private static final int SIGN32 = Integer.MIN_VALUE;
    private static final long LOW = 0xFFFF_FFFFL;

    private SseFloat() {}

    /** The first group: the form in the low two bits, the operation above. */
    static void arithmetic(int op, SseState s, int d, int r, int imm) {
        long[] x = s.x;
        int a = d << 1;
        int b = r << 1;
        int operation = op >> 2;
        switch (op & 3) {
            case 0 -> {
                long low = singles(operation, s, x[a], x[b], imm);
                long high = singles(operation, s, x[a + 1], x[b + 1], imm);
                s.finish();
                x[a] = low;
                x[a + 1] = high;
            }
            case 1 -> {
                long low = real64(operation, s, x[a], x[b], imm);
                long high = real64(operation, s, x[a + 1], x[b + 1], imm);
                s.finish();
                x[a] = low;
                x[a + 1] = high;
            }
            case 2 -> {
                int low = real32(operation, s, (int) x[a], (int) x[b], imm);
                s.finish();
                x[a] = x[a] & ~LOW | low & LOW;
            }
            default -> {
                long low = real64(operation, s, x[a], x[b], imm);
                s.finish();
                x[a] = low;
            }
        }
    }

    private static long singles(int operation, SseState s, long a, long b, int imm) {
        long low = real32(operation, s, (int) a, (int) b, imm) & LOW;
        return (long) real32(operation, s, (int) (a >>> 32), (int) (b >>> 32), imm) << 32 | low;
    }

    private static long real64(int operation, SseState s, long a, long b, int imm) {
        return switch (operation) {
            case 0 -> add(s, a, b);
            case 1 -> subtract(s, a, b);
            case 2 -> multiply(s, a, b);
            case 3 -> divide(s, a, b);
            case 4 -> minMax(s, a, b, false);
            case 5 -> minMax(s, a, b, true);
            case 6 -> squareRoot(s, b);
            default -> compare(DOUBLE, s, a, b, imm) ? -1 : 0;
        };
    }

    private static int real32(int operation, SseState s, int a, int b, int imm) {
        return switch (operation) {
            case 0 -> add(s, a, b);
            case 1 -> subtract(s, a, b);
            case 2 -> multiply(s, a, b);
            case 3 -> divide(s, a, b);
            case 4 -> minMax(s, a, b, false);
            case 5 -> minMax(s, a, b, true);
            case 6 -> squareRoot(s, b);
            default -> compare(SINGLE, s, a & LOW, b & LOW, imm) ? -1 : 0;
        };
    }

    // A result with its exponent neither 0 or 1 (it may have been tiny) nor the highest (overflow, NaN) needs no care, if no operand is denormal.

    private static boolean normal(long a) {
        return (a & 0x7FF0_0000_0000_0000L) - 0x0020_0000_0000_0000L >= 0 && (a & 0x7FF0_0000_0000_0000L) != 0x7FF0_0000_0000_0000L;
    }

    private static boolean normal(int a) {
        return (a & 0x7F80_0000) - 0x0100_0000 >= 0 && (a & 0x7F80_0000) != 0x7F80_0000;
    }

    private static boolean notDenormal(long a) {
        return (a & 0x7FF0_0000_0000_0000L) != 0 || a << 1 == 0;
    }

    private static boolean notDenormal(int a) {
        return (a & 0x7F80_0000) != 0 || a << 1 == 0;
    }

    static long add(SseState s, long a, long b) {
        if (s.fast() && notDenormal(a) && notDenormal(b)) {
            long bits = Double.doubleToRawLongBits(Double.longBitsToDouble(a) + Double.longBitsToDouble(b));
            if (normal(bits) || bits << 1 == 0) {
                return bits;
            }
        }
        return DOUBLE.binary(IeeeFormat.ADD, s, a, b);
    }

    static int add(SseState s, int a, int b) {
        if (s.fast() && notDenormal(a) && notDenormal(b)) {
            int bits = Float.floatToRawIntBits(Float.intBitsToFloat(a) + Float.intBitsToFloat(b));
            if (normal(bits) || bits << 1 == 0) {
                return bits;
            }
        }
        return (int) SINGLE.binary(IeeeFormat.ADD, s, a & LOW, b & LOW);
    }

    static long subtract(SseState s, long a, long b) {
        if (s.fast() && notDenormal(a) && notDenormal(b)) {
            long bits = Double.doubleToRawLongBits(Double.longBitsToDouble(a) - Double.longBitsToDouble(b));
            if (normal(bits) || bits << 1 == 0) {
                return bits;
            }
        }
        return DOUBLE.binary(IeeeFormat.SUB, s, a, b);
    }

    static int subtract(SseState s, int a, int b) {
        if (s.fast() && notDenormal(a) && notDenormal(b)) {
            int bits = Float.floatToRawIntBits(Float.intBitsToFloat(a) - Float.intBitsToFloat(b));
            if (normal(bits) || bits << 1 == 0) {
                return bits;
            }
        }
        return (int) SINGLE.binary(IeeeFormat.SUB, s, a & LOW, b & LOW);
    }

    static long multiply(SseState s, long a, long b) {
        if (s.fast() && notDenormal(a) && notDenormal(b)) {
            long bits = Double.doubleToRawLongBits(Double.longBitsToDouble(a) * Double.longBitsToDouble(b));
            if (normal(bits) || bits << 1 == 0 && (a << 1 == 0 || b << 1 == 0)) {
                return bits;
            }
        }
        return DOUBLE.binary(IeeeFormat.MUL, s, a, b);
    }

    static int multiply(SseState s, int a, int b) {
        if (s.fast() && notDenormal(a) && notDenormal(b)) {
            int bits = Float.floatToRawIntBits(Float.intBitsToFloat(a) * Float.intBitsToFloat(b));
            if (normal(bits) || bits << 1 == 0 && (a << 1 == 0 || b << 1 == 0)) {
                return bits;
            }
        }
        return (int) SINGLE.binary(IeeeFormat.MUL, s, a & LOW, b & LOW);
    }

    private static long divide(SseState s, long a, long b) {
        if (s.fast() && notDenormal(a) && notDenormal(b)) {
            long bits = Double.doubleToRawLongBits(Double.longBitsToDouble(a) / Double.longBitsToDouble(b));
            if (normal(bits)) {
                return bits;
            }
        }
        return DOUBLE.binary(IeeeFormat.DIV, s, a, b);
    }

    private static int divide(SseState s, int a, int b) {
        if (s.fast() && notDenormal(a) && notDenormal(b)) {
            int bits = Float.floatToRawIntBits(Float.intBitsToFloat(a) / Float.intBitsToFloat(b));
            if (normal(bits)) {
                return bits;
            }
        }
        return (int) SINGLE.binary(IeeeFormat.DIV, s, a & LOW, b & LOW);
    }

    private static long squareRoot(SseState s, long a) {
        if (s.fast() && a >= 0 && normal(a)) {
            return Double.doubleToRawLongBits(Math.sqrt(Double.longBitsToDouble(a)));
        }
        return DOUBLE.squareRoot(s, a);
    }

    private static int squareRoot(SseState s, int a) {
        if (s.fast() && a >= 0 && normal(a)) {
            // Exact: a double has more than twice a float's digits, so rounding twice does no harm.
            return Float.floatToRawIntBits((float) Math.sqrt(Float.intBitsToFloat(a)));
        }
        return (int) SINGLE.squareRoot(s, a & LOW);
    }

    private static long minMax(SseState s, long a, long b, boolean max) {
        if (normal(a) && normal(b)) {
            double first = Double.longBitsToDouble(a);
            double second = Double.longBitsToDouble(b);
            return (max ? first > second : first < second) ? a : b;
        }
        return DOUBLE.minMax(s, a, b, max);
    }

    private static int minMax(SseState s, int a, int b, boolean max) {
        if (normal(a) && normal(b)) {
            float first = Float.intBitsToFloat(a);
            float second = Float.intBitsToFloat(b);
            return (max ? first > second : first < second) ? a : b;
        }
        return (int) SINGLE.minMax(s, a & LOW, b & LOW, max);
    }

    /** Marks a predicate as one of AVX's thirty-two; SSE knows the first eight. */
    static final int AVX_PREDICATE = 0x100;
    /** For each of sixteen predicates, the orders for which it holds: bits less, equal, greater, unordered. */
    private static final long PREDICATES = 0xF465_0B9A_7CED_8312L;

    /**
     * The predicate of CMPPS and its kin (SDM vol. 2, table 3-1). Equality and order as such are quiet, less and less or equal signal on quiet NaNs too;
     * bit 4 turns that round.
     */
    private static boolean compare(IeeeFormat format, SseState s, long a, long b, int predicate) {
        int which = predicate & ((predicate & AVX_PREDICATE) != 0 ? 31 : 7);
        boolean quiet = (which & 3) == 0 || (which & 3) == 3;
        int order = format.compare(s, a, b, quiet != (which > 15));
        return (PREDICATES >>> ((which & 15) << 2) >>> order + 1 & 1) != 0;
    }

    /** The second group. */
    static void other(int op, SseState s, int d, int r, int imm) {
        long[] x = s.x;
        int a = d << 1;
        int b = r << 1;
        long low = x[a];
        long high = x[a + 1];
        long low2 = x[b];
        long high2 = x[b + 1];
        switch (op) {
            case SseOp.RCPPS -> {
                low = pair(reciprocal((int) low2), reciprocal((int) (low2 >>> 32)));
                high = pair(reciprocal((int) high2), reciprocal((int) (high2 >>> 32)));
            }
            case SseOp.RCPSS -> low = low & ~LOW | reciprocal((int) low2) & LOW;
            case SseOp.RSQRTPS -> {
                low = pair(reciprocalRoot((int) low2), reciprocalRoot((int) (low2 >>> 32)));
                high = pair(reciprocalRoot((int) high2), reciprocalRoot((int) (high2 >>> 32)));
            }
            case SseOp.RSQRTSS -> low = low & ~LOW | reciprocalRoot((int) low2) & LOW;
            case SseOp.ADDSUBPS -> {
                low = pair(subtract(s, (int) low, (int) low2), add(s, (int) (low >>> 32), (int) (low2 >>> 32)));
                high = pair(subtract(s, (int) high, (int) high2), add(s, (int) (high >>> 32), (int) (high2 >>> 32)));
            }
            case SseOp.ADDSUBPD -> {
                low = subtract(s, low, low2);
                high = add(s, high, high2);
            }
            case SseOp.HADDPS -> {
                low = pair(add(s, (int) low, (int) (low >>> 32)), add(s, (int) high, (int) (high >>> 32)));
                high = pair(add(s, (int) low2, (int) (low2 >>> 32)), add(s, (int) high2, (int) (high2 >>> 32)));
            }
            case SseOp.HADDPD -> {
                low = add(s, low, high);
                high = add(s, low2, high2);
            }
            case SseOp.HSUBPS -> {
                low = pair(subtract(s, (int) low, (int) (low >>> 32)), subtract(s, (int) high, (int) (high >>> 32)));
                high = pair(subtract(s, (int) low2, (int) (low2 >>> 32)), subtract(s, (int) high2, (int) (high2 >>> 32)));
            }
            case SseOp.HSUBPD -> {
                low = subtract(s, low, high);
                high = subtract(s, low2, high2);
            }
            case SseOp.ROUNDPS -> {
                low = pair(SseConvert.roundToIntegral(s, (int) low2, imm), SseConvert.roundToIntegral(s, (int) (low2 >>> 32), imm));
                high = pair(SseConvert.roundToIntegral(s, (int) high2, imm), SseConvert.roundToIntegral(s, (int) (high2 >>> 32), imm));
            }
            case SseOp.ROUNDPD -> {
                low = SseConvert.roundToIntegral(s, low2, imm);
                high = SseConvert.roundToIntegral(s, high2, imm);
            }
            case SseOp.ROUNDSS -> low = low & ~LOW | SseConvert.roundToIntegral(s, (int) low2, imm) & LOW;
            case SseOp.ROUNDSD -> low = SseConvert.roundToIntegral(s, low2, imm);
            case SseOp.DPPS -> {
                int sum = dotProduct(s, low, high, low2, high2, imm);
                low = pair((imm & 1) != 0 ? sum : 0, (imm & 2) != 0 ? sum : 0);
                high = pair((imm & 4) != 0 ? sum : 0, (imm & 8) != 0 ? sum : 0);
            }
            default -> {
                long first = (imm & 0x10) != 0 ? multiply(s, low, low2) : 0;
                long second = (imm & 0x20) != 0 ? multiply(s, high, high2) : 0;
                checkStep(s);
                long sum = add(s, first, second);
                low = (imm & 1) != 0 ? sum : 0;
                high = (imm & 2) != 0 ? sum : 0;
            }
        }
        s.finish();
        x[a] = low;
        x[a + 1] = high;
    }

    /** DPPS rounds after every multiplication and addition, and an unmasked exception ends it there (SDM vol. 2, DPPS). */
    private static int dotProduct(SseState s, long low, long high, long low2, long high2, int imm) {
        int p0 = (imm & 0x10) != 0 ? multiply(s, (int) low, (int) low2) : 0;
        int p1 = (imm & 0x20) != 0 ? multiply(s, (int) (low >>> 32), (int) (low2 >>> 32)) : 0;
        int p2 = (imm & 0x40) != 0 ? multiply(s, (int) high, (int) high2) : 0;
        int p3 = (imm & 0x80) != 0 ? multiply(s, (int) (high >>> 32), (int) (high2 >>> 32)) : 0;
        checkStep(s);
        int first = add(s, p0, p1);
        int second = add(s, p2, p3);
        checkStep(s);
        return add(s, first, second);
    }

    /** VDPPS on 256 bits: every step is made in both lanes before the next. */
    static void dotProducts(SseState s, int d, int r, int imm) {
        long[] x = s.x;
        long[] y = s.upper.x;
        int a = d << 1;
        int b = r << 1;
        long low = products(s, x[a], x[b], imm >> 4);
        long high = products(s, x[a + 1], x[b + 1], imm >> 6);
        long low2 = products(s, y[a], y[b], imm >> 4);
        long high2 = products(s, y[a + 1], y[b + 1], imm >> 6);
        checkStep(s);
        int first = add(s, (int) low, (int) (low >>> 32));
        int second = add(s, (int) high, (int) (high >>> 32));
        int first2 = add(s, (int) low2, (int) (low2 >>> 32));
        int second2 = add(s, (int) high2, (int) (high2 >>> 32));
        checkStep(s);
        int sum = add(s, first, second);
        int sum2 = add(s, first2, second2);
        checkStep(s);
        x[a] = pair((imm & 1) != 0 ? sum : 0, (imm & 2) != 0 ? sum : 0);
        x[a + 1] = pair((imm & 4) != 0 ? sum : 0, (imm & 8) != 0 ? sum : 0);
        y[a] = pair((imm & 1) != 0 ? sum2 : 0, (imm & 2) != 0 ? sum2 : 0);
        y[a + 1] = pair((imm & 4) != 0 ? sum2 : 0, (imm & 8) != 0 ? sum2 : 0);
    }

    private static long products(SseState s, long a, long b, int which) {
        return pair((which & 1) != 0 ? multiply(s, (int) a, (int) b) : 0,
                (which & 2) != 0 ? multiply(s, (int) (a >>> 32), (int) (b >>> 32)) : 0);
    }

    private static void checkStep(SseState s) {
        s.finish();
    }

    private static long pair(int low, int high) {
        return (long) high << 32 | low & LOW;
    }

    /**
     * RCPPS: 1/x to 12 fraction bits, a relative error below 1.5 * 2^-12 as promised; each maker's table differs in what is left. Denormals count as
     * zeros, tiny results are zero, nothing is flagged (SDM vol. 2, RCPPS).
     */
    private static int reciprocal(int a) {
        int magnitude = a & ~SIGN32;
        if (magnitude > 0x7F80_0000) {
            return a | 0x0040_0000;
        }
        if (magnitude < 0x0080_0000) {
            return a & SIGN32 | 0x7F80_0000;
        }
        if (magnitude == 0x7F80_0000) {
            return a & SIGN32;
        }
        float exact = (float) (1.0 / Float.intBitsToFloat(a));
        // A tiny result is flushed before it could be rounded up to a normal number.
        return Math.abs(exact) < Float.MIN_NORMAL ? a & SIGN32 : truncate(exact);
    }

    private static int reciprocalRoot(int a) {
        int magnitude = a & ~SIGN32;
        if (magnitude > 0x7F80_0000) {
            return a | 0x0040_0000;
        }
        if (magnitude < 0x0080_0000) {
            return a & SIGN32 | 0x7F80_0000;
        }
        if (a < 0) {
            return 0xFFC0_0000;
        }
        return truncate((float) (1.0 / Math.sqrt(Float.intBitsToFloat(a))));
    }

    /** To the nearest of the numbers with 12 fraction bits. */
    private static int truncate(float value) {
        return Float.floatToRawIntBits(value) + 0x400 & ~0x7FF;
    }

    /** Fused multiply and add; see {@link IeeeFormat#fused}. */
    static long fma(SseState s, long a, long b, long c, boolean negate, boolean subtract) {
        if (s.fast() && notDenormal(a) && notDenormal(b) && notDenormal(c)) {
            long bits = Double.doubleToRawLongBits(
                    Math.fma(Double.longBitsToDouble(negate ? a ^ SIGN64 : a), Double.longBitsToDouble(b),
                            Double.longBitsToDouble(subtract ? c ^ SIGN64 : c)));
            if (normal(bits)) {
                return bits;
            }
        }
        return DOUBLE.fused(s, a, b, c, negate, subtract);
    }

    /** Fused multiply and add; see {@link IeeeFormat#fused}. */
    static int fma(SseState s, int a, int b, int c, boolean negate, boolean subtract) {
        if (s.fast() && notDenormal(a) && notDenormal(b) && notDenormal(c)) {
            int bits = Float.floatToRawIntBits(Math.fma(Float.intBitsToFloat(negate ? a ^ SIGN32 : a), Float.intBitsToFloat(b),
                    Float.intBitsToFloat(subtract ? c ^ SIGN32 : c)));
            if (normal(bits)) {
                return bits;
            }
        }
        return (int) SINGLE.fused(s, a & LOW, b & LOW, c & LOW, negate, subtract);
    }

    /** UCOMISS to COMISD into ZF, PF and CF (SDM vol. 2, COMISD). */
    static int flags(int op, SseState s, long a, long b) {
        int order = switch (op) {
            case SseOp.UCOMISS -> SINGLE.compare(s, a & LOW, b & LOW, true);
            case SseOp.COMISS -> SINGLE.compare(s, a & LOW, b & LOW, false);
            case SseOp.UCOMISD -> DOUBLE.compare(s, a, b, true);
            default -> DOUBLE.compare(s, a, b, false);
        };
        s.finish();
        return switch (order) {
            case 2 -> 0x45;
            case 1 -> 0;
            case -1 -> 1;
            default -> 0x40;
        };
    }
}
