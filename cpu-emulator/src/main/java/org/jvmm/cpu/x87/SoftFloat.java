package org.jvmm.cpu.x87;

/**
 * Binary floating-point arithmetic in integers (IEEE 754-2019 §4 and §5), with the exceptions as x86 reports them. Operands are finite and nonzero:
 * a sign, an exponent and a 64-bit significand with its top bit set, worth 1.0 to 2.0. A result stands in the fields, first exact (128 bits, the
 * lowest one sticky), then rounded by {@link #round}. SSE and the x87 share it; they treat zeros, infinities and NaNs themselves.
 */
public final class SoftFloat {
    /** Invalid operation; the flag bits are those of MXCSR and of the x87 status word. */
    public static final int INVALID = 1;
    /** Denormal operand. */
    public static final int DENORMAL = 2;
    /** Division by zero. */
    public static final int ZERO_DIVIDE = 4;
    /** Overflow. */
    public static final int OVERFLOW = 8;
    /** Underflow. */
    public static final int UNDERFLOW = 0x10;
    /** Inexact result. */
    public static final int PRECISION = 0x20;

    /** Rounding control: to nearest, ties to even (SDM vol. 1, table 4-8). */
    public static final int NEAREST = 0;
    /** Rounding control: towards minus infinity. */
    public static final int DOWN = 1;
    /** Rounding control: towards plus infinity. */
    public static final int UP = 2;
    /** Rounding control: towards zero. */
    public static final int TRUNCATE = 3;

    /** Exceptions raised since they were last cleared. */
    public int flags;
    /** Sign of the result. */
    public boolean sign;
    /** Exponent of the result; without bias. */
    public int exp;
    /** Significand, high half; zero when the result is. */
    public long hi;
    /** Significand, low half, with the sticky bit; zero after rounding. */
    public long lo;
    /** After rounding: overflowed to infinity. */
    public boolean infinite;
    /** After rounding: the last rounding was away from zero. */
    public boolean roundedUp;

    /** An engine with no exceptions. */
    public SoftFloat() {}

    /** Sets an exact value. */
    public void set(boolean newSign, int newExp, long significand) {
        sign = newSign;
        exp = newExp;
        hi = significand;
        lo = 0;
    }

    /** Sets an integer, by its sign and its magnitude (unsigned). */
    public void setInteger(boolean newSign, long magnitude) {
        int shift = Long.numberOfLeadingZeros(magnitude);
        set(newSign, 63 - shift, magnitude == 0 ? 0 : magnitude << shift);
    }

    /** a + b. A zero result has {@code hi == 0} and the caller chooses its sign. */
    public void add(boolean signA, int expA, long a, boolean signB, int expB, long b) {
        if (expA < expB || expA == expB && Long.compareUnsigned(a, b) < 0) {
            add(signB, expB, b, signA, expA, a);
            return;
        }
        set(false, 0, b);
        shiftRight(expA - expB);
        sign = signA;
        exp = expA;
        if (signA == signB) {
            long sum = a + hi;
            boolean carry = Long.compareUnsigned(sum, a) < 0;
            hi = sum;
            if (carry) {
                shiftRight(1);
                hi |= Long.MIN_VALUE;
                exp++;
            }
        } else {
            hi = a - hi - (lo != 0 ? 1 : 0);
            lo = -lo;
            normalize();
        }
    }

    /** a * b. */
    public void multiply(boolean signA, int expA, long a, boolean signB, int expB, long b) {
        sign = signA != signB;
        exp = expA + expB + 1;
        hi = Math.unsignedMultiplyHigh(a, b);
        lo = a * b;
        normalize();
    }

    /** Adds a number to the exact product that {@link #multiply} left. A zero result has {@code hi} and {@code lo} 0. */
    public void addExact(boolean signB, int expB, long b) {
        boolean signA = sign;
        long otherHi;
        long otherLo;
        if (expB > exp || expB == exp && Long.compareUnsigned(b, hi) > 0) {
            // The product is the smaller: shift it.
            int distance = expB - exp;
            shiftRight(distance);
            otherHi = b;
            otherLo = 0;
            exp = expB;
            sign = signB;
        } else {
            long productHi = hi;
            long productLo = lo;
            int distance = exp - expB;
            hi = b;
            lo = 0;
            shiftRight(distance);
            otherHi = productHi;
            otherLo = productLo;
        }
        if (signA == signB) {
            long low = otherLo + lo;
            long carry = Long.compareUnsigned(low, otherLo) < 0 ? 1 : 0;
            long high = otherHi + hi + carry;
            boolean out = Long.compareUnsigned(high, otherHi) < 0 || carry != 0 && high == otherHi;
            hi = high;
            lo = low;
            if (out) {
                shiftRight(1);
                hi |= Long.MIN_VALUE;
                exp++;
            }
        } else {
            long low = otherLo - lo;
            long borrow = Long.compareUnsigned(otherLo, lo) < 0 ? 1 : 0;
            hi = otherHi - hi - borrow;
            lo = low;
            if (hi < 0 && Long.compareUnsigned(otherHi, hi) < 0) {
                // Equal high halves, and the product's low half was the smaller one's.
                lo = -lo;
                hi = ~hi + (lo == 0 ? 1 : 0);
                sign = !sign;
            }
            normalize();
        }
    }

    /** a / b. */
    public void divide(boolean signA, int expA, long a, boolean signB, int expB, long b) {
        sign = signA != signB;
        exp = expA - expB;
        long high;
        long low;
        if (Long.compareUnsigned(a, b) >= 0) {
            high = a >>> 1;
            low = a << 63;
        } else {
            high = a;
            low = 0;
            exp--;
        }
        hi = divideWide(high, low, b);
        long rest = low - hi * b;
        // One more quotient bit, then what is left is sticky. 2 * rest may leave 64 bits.
        boolean half = rest < 0 || Long.compareUnsigned(rest << 1, b) >= 0;
        lo = (half ? Long.MIN_VALUE : 0) | ((half ? (rest << 1) - b : rest) != 0 ? 1 : 0);
    }

    /** The square root of a positive number. */
    public void squareRoot(int expA, long a) {
        sign = false;
        exp = expA >> 1;
        // 1.0 <= a < 2.0, or < 4.0 with an odd exponent; two bits a step, 64 result bits.
        long remHi = 0;
        long rem = 0;
        long root = 0;
        boolean odd = (expA & 1) != 0;
        long high = odd ? a : a >>> 1;
        long low = odd ? 0 : a << 63;
        for (int i = 0; i < 65; i++) {
            remHi = remHi << 2 | rem >>> 62;
            rem = rem << 2 | high >>> 62;
            high = high << 2 | low >>> 62;
            low <<= 2;
            long tryHi = root >>> 62;
            long trial = root << 2 | 1;
            boolean fits = Long.compareUnsigned(remHi, tryHi) > 0 || remHi == tryHi && Long.compareUnsigned(rem, trial) >= 0;
            if (fits) {
                remHi -= tryHi + (Long.compareUnsigned(rem, trial) < 0 ? 1 : 0);
                rem -= trial;
            }
            if (i == 64) {
                lo = (fits ? Long.MIN_VALUE : 0) | ((remHi | rem) != 0 ? 1 : 0);
            } else {
                root = root << 1 | (fits ? 1 : 0);
            }
        }
        hi = root;
    }

    /** A 128-bit number divided by a 64-bit one with its top bit set; the high half is less than the divisor. */
    static long divideWide(long high, long low, long divisor) {
        long d1 = divisor >>> 32;
        long d0 = divisor & 0xFFFF_FFFFL;
        long q1 = step(high, low >>> 32, divisor, d1, d0);
        long rest = (high << 32 | low >>> 32) - q1 * divisor;
        long q0 = step(rest, low & 0xFFFF_FFFFL, divisor, d1, d0);
        return (q1 << 32) + q0;
    }

    /** One 32-bit quotient digit (Knuth, The Art of Computer Programming vol. 2 §4.3.1, algorithm D). */
    private static long step(long high, long next, long divisor, long d1, long d0) {
        long q = Long.divideUnsigned(high, d1);
        long rest = high - q * d1;
        while (q >>> 32 != 0 || Long.compareUnsigned(q * d0, rest << 32 | next) > 0) {
            q--;
            rest += d1;
            if (rest >>> 32 != 0) {
                break;
            }
        }
        return q;
    }

    /** Shifts the significand right, the bits that leave collecting in the lowest. */
    public void shiftRight(int count) {
        if (count == 0) {
            return;
        }
        if (count >= 128) {
            lo = (hi | lo) != 0 ? 1 : 0;
            hi = 0;
        } else if (count >= 64) {
            int rest = count - 64;
            boolean lost = lo != 0 || rest != 0 && hi << 64 - rest != 0;
            lo = (rest == 0 ? hi : hi >>> rest) | (lost ? 1 : 0);
            hi = 0;
        } else {
            boolean lost = lo << 64 - count != 0;
            lo = hi << 64 - count | lo >>> count | (lost ? 1 : 0);
            hi >>>= count;
        }
    }

    /** Moves the leading one to the top. */
    public void normalize() {
        if (hi == 0) {
            if (lo == 0) {
                return;
            }
            hi = lo;
            lo = 0;
            exp -= 64;
        }
        int shift = Long.numberOfLeadingZeros(hi);
        if (shift != 0) {
            hi = hi << shift | lo >>> 64 - shift;
            lo <<= shift;
            exp -= shift;
        }
    }

    /**
     * Rounds the exact nonzero result to a format, masked responses (SDM vol. 1 §4.9.1). Afterwards {@code hi} has its top bit clear for a denormal
     * (then {@code exp} is {@code minExp}) and is 0 for zero.
     *
     * @param precision significand bits, 24, 53 or 64
     * @param minExp smallest normal exponent
     * @param maxExp largest exponent
     * @param rounding rounding control
     */
    public void round(int precision, int minExp, int maxExp, int rounding) {
        infinite = false;
        if (exp < minExp) {
            boolean tiny = isTiny(precision, minExp, rounding);
            shiftRight(minExp - exp);
            exp = minExp;
            boolean inexact = roundBits(precision, rounding);
            if (tiny && inexact) {
                flags |= UNDERFLOW;
            }
        } else {
            roundBits(precision, rounding);
            if (exp > maxExp) {
                overflow(precision, maxExp, rounding);
            }
        }
    }

    /** Whether the result, rounded as if exponents had no bounds, is below the normal range: x86 detects tininess after rounding. */
    public boolean isTiny(int precision, int minExp, int rounding) {
        if (exp != minExp - 1) {
            return exp < minExp;
        }
        long ones = -1L << 64 - precision;
        if ((hi & ones) != ones) {
            return true;
        }
        return !up(precision, rounding);
    }

    private void overflow(int precision, int maxExp, int rounding) {
        flags |= OVERFLOW | PRECISION;
        boolean toInfinity = rounding == NEAREST || rounding == (sign ? DOWN : UP);
        roundedUp = toInfinity;
        if (toInfinity) {
            infinite = true;
        } else {
            exp = maxExp;
            hi = -1L << 64 - precision;
        }
    }

    /** Rounds the significand alone. Returns whether it was inexact, and flags it. */
    public boolean roundBits(int precision, int rounding) {
        long mask = precision == 64 ? 0 : -1L >>> precision;
        if ((hi & mask | lo) == 0) {
            roundedUp = false;
            return false;
        }
        flags |= PRECISION;
        roundedUp = up(precision, rounding);
        hi &= ~mask;
        lo = 0;
        if (roundedUp) {
            hi += mask + 1;
            if (hi == 0) {
                hi = Long.MIN_VALUE;
                exp++;
            }
        }
        return true;
    }

    private boolean up(int precision, int rounding) {
        long rest;
        boolean below;
        if (precision == 64) {
            rest = lo;
            below = false;
        } else {
            rest = hi << precision;
            below = lo != 0;
        }
        if (rest == 0 && !below) {
            return false;
        }
        return switch (rounding) {
            case NEAREST -> rest < 0 && (rest != Long.MIN_VALUE || below || (hi >>> 64 - precision & 1) != 0);
            case DOWN -> sign;
            case UP -> !sign;
            default -> false;
        };
    }
}
