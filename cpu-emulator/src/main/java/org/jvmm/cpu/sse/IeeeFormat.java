package org.jvmm.cpu.sse;

import org.jvmm.cpu.x87.SoftFloat;

/**
 * Binary32 or binary64 arithmetic by way of {@link SoftFloat}: every rounding mode, flushing, all exceptions, NaNs by the rules of SSE. Numbers travel
 * as their bits in a long. The slow path: {@link SseFloat} comes here when plain Java arithmetic could give something else.
 */
final class IeeeFormat {
    static final IeeeFormat HALF = new IeeeFormat(11, 5);
    static final IeeeFormat SINGLE = new IeeeFormat(24, 8);
    static final IeeeFormat DOUBLE = new IeeeFormat(53, 11);

    static final int ADD = 0;
    static final int SUB = 1;
    static final int MUL = 2;
    static final int DIV = 3;

    final int precision;
    final int maxExp;
    final int minExp;
    final long signBit;
    final long infinity;
    final long quietBit;
    /** The default NaN is negative (SDM vol. 1, table 4-3). */
    final long defaultNan;
    private final int fractionBits;
    private final long fractionMask;

    private IeeeFormat(int precision, int exponentBits) {
        this.precision = precision;
        maxExp = (1 << exponentBits - 1) - 1;
        minExp = 1 - maxExp;
        fractionBits = precision - 1;
        fractionMask = (1L << fractionBits) - 1;
        signBit = 1L << fractionBits + exponentBits;
        infinity = signBit - 1 & ~fractionMask;
        quietBit = 1L << fractionBits - 1;
        defaultNan = signBit | infinity | quietBit;
    }

    boolean isNan(long a) {
        return (a & signBit - 1) > infinity;
    }

    boolean isSignalling(long a) {
        return isNan(a) && (a & quietBit) == 0;
    }

    boolean isZero(long a) {
        return (a & signBit - 1) == 0;
    }

    boolean isInfinite(long a) {
        return (a & signBit - 1) == infinity;
    }

    boolean isDenormal(long a) {
        return (a & infinity) == 0 && (a & fractionMask) != 0;
    }

    boolean isNegative(long a) {
        return (a & signBit) != 0;
    }

    /** Denormals are zeros when MXCSR says so (SDM vol. 1 §10.2.3.4). */
    long flush(SseState s, long a) {
        return (s.mxcsr & SseState.DAZ) != 0 && isDenormal(a) ? a & signBit : a;
    }

    int exponent(long a) {
        int biased = (int) ((a & infinity) >>> fractionBits);
        return biased != 0 ? biased - maxExp : minExp - (Long.numberOfLeadingZeros(a & fractionMask) - (63 - fractionBits));
    }

    /** The significand with its top bit set. */
    long significand(long a) {
        long fraction = a & fractionMask;
        return (a & infinity) != 0 ? (fraction | fractionMask + 1) << 63 - fractionBits : fraction << Long.numberOfLeadingZeros(fraction);
    }

    /** Addition to division; the operation is {@link #ADD} to {@link #DIV}. */
    long binary(int operation, SseState s, long first, long second) {
        SoftFloat f = s.soft;
        if (isNan(first) || isNan(second)) {
            return nan(f, first, second);
        }
        long a = flush(s, first);
        long b = flush(s, second);
        if (operation == SUB) {
            b ^= signBit;
        }
        boolean negative = ((a ^ b) & signBit) != 0;
        if (isInfinite(a) || isInfinite(b) || isZero(a) || isZero(b)) {
            return special(operation, s, a, b, negative);
        }
        denormals(f, a, b);
        boolean signA = isNegative(a);
        boolean signB = isNegative(b);
        switch (operation) {
            case MUL -> f.multiply(signA, exponent(a), significand(a), signB, exponent(b), significand(b));
            case DIV -> f.divide(signA, exponent(a), significand(a), signB, exponent(b), significand(b));
            default -> {
                f.add(signA, exponent(a), significand(a), signB, exponent(b), significand(b));
                if (f.hi == 0) {
                    return s.rounding() == SoftFloat.DOWN ? signBit : 0;
                }
            }
        }
        return round(s);
    }

    /** a * b + c, or -(a * b) + c with {@code negate}, - c with {@code subtract}; one rounding (SDM vol. 1 §14.5). */
    long fused(SseState s, long first, long second, long third, boolean negate, boolean subtract) {
        SoftFloat f = s.soft;
        boolean indefinite = isInfinite(first) && zeroFor(s, second) || isInfinite(second) && zeroFor(s, first);
        if (isNan(first) || isNan(second) || isNan(third)) {
            if (isSignalling(first) || isSignalling(second) || isSignalling(third)) {
                f.flags |= SoftFloat.INVALID;
            }
            return (isNan(first) ? first : isNan(second) ? second : third) | quietBit;
        }
        if (indefinite) {
            return invalid(f);
        }
        long a = flush(s, first);
        long b = flush(s, second);
        long c = flush(s, third);
        if (subtract) {
            c ^= signBit;
        }
        boolean sign = isNegative(a) != isNegative(b) != negate;
        long signed = sign ? signBit : 0;
        boolean infinite = isInfinite(a) || isInfinite(b);
        if (infinite && isInfinite(c) && isNegative(c) != sign) {
            return invalid(f);
        }
        denormals(f, a, b);
        denormals(f, c, c);
        if (infinite) {
            return signed | infinity;
        }
        if (isInfinite(c)) {
            return c;
        }
        if (isZero(a) || isZero(b)) {
            if (isZero(c)) {
                return isNegative(c) == sign ? c : s.rounding() == SoftFloat.DOWN ? signBit : 0;
            }
            f.set(isNegative(c), exponent(c), significand(c));
            return round(s);
        }
        f.multiply(sign, exponent(a), significand(a), false, exponent(b), significand(b));
        if (!isZero(c)) {
            f.addExact(isNegative(c), exponent(c), significand(c));
            if ((f.hi | f.lo) == 0) {
                return s.rounding() == SoftFloat.DOWN ? signBit : 0;
            }
        }
        return round(s);
    }

    private boolean zeroFor(SseState s, long a) {
        return isZero(flush(s, a));
    }

    private long special(int operation, SseState s, long a, long b, boolean negative) {
        SoftFloat f = s.soft;
        long sign = negative ? signBit : 0;
        switch (operation) {
            case MUL -> {
                if (isInfinite(a) || isInfinite(b)) {
                    if (isZero(a) || isZero(b)) {
                        return invalid(f);
                    }
                    denormals(f, a, b);
                    return sign | infinity;
                }
                denormals(f, a, b);
                return sign;
            }
            case DIV -> {
                if (isInfinite(a)) {
                    if (isInfinite(b)) {
                        return invalid(f);
                    }
                    denormals(f, a, b);
                    return sign | infinity;
                }
                if (isZero(b)) {
                    if (isZero(a)) {
                        return invalid(f);
                    }
                    f.flags |= SoftFloat.ZERO_DIVIDE;
                    return sign | infinity;
                }
                denormals(f, a, b);
                return sign;
            }
            default -> {
                if (isInfinite(a)) {
                    if (isInfinite(b) && negative) {
                        return invalid(f);
                    }
                    denormals(f, a, b);
                    return a;
                }
                denormals(f, a, b);
                if (isInfinite(b)) {
                    return b;
                }
                if (isZero(a) && isZero(b)) {
                    return negative ? s.rounding() == SoftFloat.DOWN ? signBit : 0 : a;
                }
                long rest = isZero(a) ? b : a;
                f.set(isNegative(rest), exponent(rest), significand(rest));
                return round(s);
            }
        }
    }

    long squareRoot(SseState s, long operand) {
        SoftFloat f = s.soft;
        if (isNan(operand)) {
            return nan(f, operand, operand);
        }
        long a = flush(s, operand);
        if (isZero(a)) {
            return a;
        }
        if (isNegative(a)) {
            return invalid(f);
        }
        if (isInfinite(a)) {
            return a;
        }
        denormals(f, a, a);
        f.squareRoot(exponent(a), significand(a));
        return round(s);
    }

    /**
     * -1, 0, 1 or 2 for unordered.
     *
     * @param quiet whether a quiet NaN raises nothing
     */
    int compare(SseState s, long first, long second, boolean quiet) {
        if (isNan(first) || isNan(second)) {
            if (!quiet || isSignalling(first) || isSignalling(second)) {
                s.soft.flags |= SoftFloat.INVALID;
            }
            return 2;
        }
        long a = flush(s, first);
        long b = flush(s, second);
        denormals(s.soft, a, b);
        return Long.compare(order(a), order(b));
    }

    /** A number that orders as the value does; both zeros are 0. */
    private long order(long a) {
        return isNegative(a) ? -(a & signBit - 1) : a;
    }

    /** MIN or MAX: the second operand unless the first is truly less or greater (SDM vol. 2, MINPD). */
    long minMax(SseState s, long first, long second, boolean max) {
        int order = compare(s, first, second, false);
        return flush(s, order == (max ? 1 : -1) ? first : second);
    }

    /** Another format's number in this one. */
    long convert(SseState s, IeeeFormat from, long operand) {
        SoftFloat f = s.soft;
        long sign = from.isNegative(operand) ? signBit : 0;
        if (from.isNan(operand)) {
            if (from.isSignalling(operand)) {
                f.flags |= SoftFloat.INVALID;
            }
            int shift = fractionBits - from.fractionBits;
            long fraction = operand & from.fractionMask;
            return sign | infinity | quietBit | (shift > 0 ? fraction << shift : fraction >>> -shift);
        }
        long a = from.flush(s, operand);
        if (from.isZero(a)) {
            return sign;
        }
        if (from.isInfinite(a)) {
            return sign | infinity;
        }
        from.denormals(f, a, a);
        f.set(from.isNegative(a), from.exponent(a), from.significand(a));
        return round(s);
    }

    /** A signed integer in this format. */
    long fromInteger(SseState s, long value) {
        if (value == 0) {
            return 0;
        }
        s.soft.setInteger(value < 0, Math.abs(value));
        return round(s);
    }

    /** Rounds what stands in the engine, and packs it. */
    private long round(SseState s) {
        SoftFloat f = s.soft;
        int rounding = s.rounding();
        long sign = f.sign ? signBit : 0;
        boolean masked = (s.mxcsr & SoftFloat.UNDERFLOW << 7) != 0;
        if (f.exp < minExp && (!masked || (s.mxcsr & SseState.FTZ) != 0) && f.isTiny(precision, minExp, rounding)) {
            if (masked) {
                // Flush to zero (SDM vol. 1 §10.2.3.3).
                f.flags |= SoftFloat.UNDERFLOW | SoftFloat.PRECISION;
                return sign;
            }
            f.flags |= SoftFloat.UNDERFLOW;
            // It will trap: inexact only if it were so without bounds on the exponent. The result goes nowhere.
            f.roundBits(precision, rounding);
            return sign;
        }
        if ((s.mxcsr & SoftFloat.OVERFLOW << 7) == 0 && f.exp >= maxExp) {
            f.roundBits(precision, rounding);
            if (f.exp > maxExp) {
                f.flags |= SoftFloat.OVERFLOW;
                return sign;
            }
        }
        f.round(precision, minExp, maxExp, rounding);
        if (f.infinite) {
            return sign | infinity;
        }
        int biased = f.hi < 0 ? f.exp + maxExp : 0;
        return sign | (long) biased << fractionBits | f.hi >>> 63 - fractionBits & fractionMask;
    }

    /** The NaN of two operands at least one of which is one (SDM vol. 1, table 4-7): the first, made quiet. */
    long nan(SoftFloat f, long a, long b) {
        if (isSignalling(a) || isSignalling(b)) {
            f.flags |= SoftFloat.INVALID;
        }
        return (isNan(a) ? a : b) | quietBit;
    }

    private long invalid(SoftFloat f) {
        f.flags |= SoftFloat.INVALID;
        return defaultNan;
    }

    private void denormals(SoftFloat f, long a, long b) {
        if (isDenormal(a) || isDenormal(b)) {
            f.flags |= SoftFloat.DENORMAL;
        }
    }
}
