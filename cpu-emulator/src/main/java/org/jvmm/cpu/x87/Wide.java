package org.jvmm.cpu.x87;

/**
 * Floating-point numbers with a 128-bit significand, for series whose sum shall be good to more than 64 bits. Immutable; results are truncated with an
 * error below 2^-125 of their size. The value is hi:lo / 2^127 * 2^exp; hi is 0 for zero.
 */
record Wide(boolean negative, int exp, long hi, long lo) {
    static final Wide ZERO = new Wide(false, 0, 0, 0);
    static final Wide ONE = of(1);

    /** An integer. */
    static Wide of(long value) {
        if (value == 0) {
            return ZERO;
        }
        int zeros = Long.numberOfLeadingZeros(Math.abs(value));
        return new Wide(value < 0, 63 - zeros, Math.abs(value) << zeros, 0);
    }

    /** A finite double. */
    static Wide of(double value) {
        long bits = Double.doubleToRawLongBits(value);
        long fraction = bits & (1L << 52) - 1;
        int biased = (int) (bits >>> 52) & 0x7FF;
        if (biased == 0) {
            return ZERO;
        }
        return new Wide(bits < 0, biased - 1023, (fraction | 1L << 52) << 11, 0);
    }

    boolean isZero() {
        return hi == 0;
    }

    Wide negate() {
        return new Wide(!negative, exp, hi, lo);
    }

    /** Times a power of two. */
    Wide scale(int by) {
        return hi == 0 ? this : new Wide(negative, exp + by, hi, lo);
    }

    /** To the nearest double or one beside it. */
    double toDouble() {
        if (hi == 0) {
            return 0;
        }
        double magnitude = Math.scalb((double) (hi >>> 11), Math.max(exp, -1000) - 52);
        return negative ? -magnitude : magnitude;
    }

    Wide subtract(Wide b) {
        return add(b.negate());
    }

    Wide add(Wide b) {
        if (hi == 0) {
            return b;
        }
        if (b.hi == 0) {
            return this;
        }
        if (exp < b.exp || exp == b.exp && magnitudeBelow(b)) {
            return b.add(this);
        }
        int shift = exp - b.exp;
        long bh = b.hi;
        long bl = b.lo;
        if (shift >= 128) {
            bh = 0;
            bl = 1;
        } else if (shift >= 64) {
            bl = bh >>> shift | 1;
            bh = 0;
        } else if (shift > 0) {
            boolean lost = bl << 64 - shift != 0;
            bl = bl >>> shift | bh << 64 - shift | (lost ? 1 : 0);
            bh >>>= shift;
        }
        return negative == b.negative ? plus(bh, bl) : minus(bh, bl);
    }

    private boolean magnitudeBelow(Wide b) {
        int order = Long.compareUnsigned(hi, b.hi);
        return order < 0 || order == 0 && Long.compareUnsigned(lo, b.lo) < 0;
    }

    private Wide plus(long bh, long bl) {
        long low = lo + bl;
        long carry = Long.compareUnsigned(low, lo) < 0 ? 1 : 0;
        long high = hi + bh;
        boolean out = Long.compareUnsigned(high, hi) < 0;
        high += carry;
        out |= carry != 0 && high == 0;
        if (out) {
            return new Wide(negative, exp + 1, high >>> 1 | Long.MIN_VALUE, low >>> 1 | high << 63 | low & 1);
        }
        return new Wide(negative, exp, high, low);
    }

    private Wide minus(long bh, long bl) {
        long low = lo - bl;
        long high = hi - bh - (Long.compareUnsigned(lo, bl) < 0 ? 1 : 0);
        return normalized(negative, exp, high, low);
    }

    private static Wide normalized(boolean negative, int exp, long high, long low) {
        if (high == 0) {
            if (low == 0) {
                return ZERO;
            }
            int shift = Long.numberOfLeadingZeros(low);
            return new Wide(negative, exp - 64 - shift, low << shift, 0);
        }
        int shift = Long.numberOfLeadingZeros(high);
        return shift == 0
                ? new Wide(negative, exp, high, low)
                : new Wide(negative, exp - shift, high << shift | low >>> 64 - shift, low << shift);
    }

    Wide multiply(Wide b) {
        if (hi == 0 || b.hi == 0) {
            return ZERO;
        }
        // The product of the low halves is below the 128 bits kept; so are the low halves of the cross products, but for their carry.
        long cross1 = Math.unsignedMultiplyHigh(hi, b.lo);
        long cross2 = Math.unsignedMultiplyHigh(lo, b.hi);
        long low = hi * b.hi;
        long high = Math.unsignedMultiplyHigh(hi, b.hi);
        long sum = low + cross1;
        high += Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
        low = sum + cross2;
        high += Long.compareUnsigned(low, sum) < 0 ? 1 : 0;
        return normalized(negative != b.negative, exp + b.exp + 1, high, low);
    }

    /** Divided by a small positive integer, below 2^31. */
    Wide divide(int divisor) {
        if (hi == 0) {
            return this;
        }
        long high = Long.divideUnsigned(hi, divisor);
        long rest = hi - high * divisor;
        long part1 = rest << 32 | lo >>> 32;
        long q1 = Long.divideUnsigned(part1, divisor);
        long part0 = part1 - q1 * divisor << 32 | lo & 0xFFFF_FFFFL;
        long q0 = Long.divideUnsigned(part0, divisor);
        long left = part0 - q0 * divisor;
        // The quotient lost leading bits; another 32 at the end make up for them.
        long q2 = Long.divideUnsigned(left << 32, divisor);
        int shift = Long.numberOfLeadingZeros(high);
        long low = q1 << 32 | q0;
        if (shift == 0) {
            return new Wide(negative, exp, high, low);
        }
        return new Wide(negative, exp - shift, high << shift | low >>> 64 - shift, low << shift | q2 << 32 >>> 64 - shift);
    }

    /** Divided by a number: Newton's iteration from a 64-bit reciprocal. */
    Wide divide(Wide b) {
        SoftFloat f = new SoftFloat();
        f.divide(false, 0, Long.MIN_VALUE, b.negative, b.exp, b.hi);
        Wide reciprocal = new Wide(f.sign, f.exp, f.hi, 0);
        Wide error = ONE.subtract(b.multiply(reciprocal));
        // Two terms of 1 / (1 - error); the third is below 2^-180.
        Wide better = reciprocal.add(reciprocal.multiply(error)).add(reciprocal.multiply(error).multiply(error));
        return multiply(better);
    }
}
