package org.jvmm.cpu.x87;

/** Extended-precision arithmetic: from two operands to a result in the state, exceptions in its engine. */
final class X87Arithmetic {
    static final int MIN_EXP = -16382;
    static final int MAX_EXP = 16383;
    static final int BIAS = 16383;
    static final int INFINITE = 0x7FFF;
    /** By how much an unmasked overflow or underflow moves the exponent (SDM vol. 1 §8.5.4). */
    private static final int WRAP = 24576;
    private static final long QUIET = 0x4000_0000_0000_0000L;

    private X87Arithmetic() {}

    static boolean isZero(int se, long sig) {
        return sig == 0 && (se & 0x7FFF) == 0;
    }

    /** Encodings the 80387 gave up: unnormals, pseudo-infinities, pseudo-NaNs (SDM vol. 1 §8.2.2). */
    static boolean isUnsupported(int se, long sig) {
        return sig >= 0 && (se & 0x7FFF) != 0;
    }

    static boolean isNan(int se, long sig) {
        return (se & 0x7FFF) == INFINITE && sig << 1 != 0;
    }

    static boolean isSignalling(int se, long sig) {
        return isNan(se, sig) && (sig & QUIET) == 0;
    }

    static boolean isInfinite(int se, long sig) {
        return (se & 0x7FFF) == INFINITE && sig << 1 == 0;
    }

    static boolean isDenormal(int se, long sig) {
        return (se & 0x7FFF) == 0 && sig != 0;
    }

    static boolean negative(int se) {
        return (se & 0x8000) != 0;
    }

    /** The exponent of a finite nonzero number once its significand has its top bit set. */
    static int exponent(int se, long sig) {
        int biased = se & 0x7FFF;
        return (biased == 0 ? MIN_EXP : biased - BIAS) - Long.numberOfLeadingZeros(sig);
    }

    static long normalized(long sig) {
        return sig << Long.numberOfLeadingZeros(sig);
    }

    /** Notes denormal operands. */
    static void denormals(X87State s, int seA, long a, int seB, long b) {
        if (isDenormal(seA, a) || isDenormal(seB, b)) {
            s.soft.flags |= SoftFloat.DENORMAL;
        }
    }

    /** If an operand is a NaN or unsupported, the result is settled here. */
    static boolean nan(X87State s, int seA, long a, int seB, long b) {
        if (isUnsupported(seA, a) || isUnsupported(seB, b)) {
            s.invalid();
            return true;
        }
        boolean nanA = isNan(seA, a);
        boolean nanB = isNan(seB, b);
        if (!nanA && !nanB) {
            return false;
        }
        s.soft.flags &= ~SoftFloat.DENORMAL;
        boolean signallingA = isSignalling(seA, a);
        boolean signallingB = isSignalling(seB, b);
        if (signallingA || signallingB) {
            s.soft.flags |= SoftFloat.INVALID;
        }
        boolean first;
        if (!nanA || !nanB) {
            first = nanA;
        } else if (signallingA != signallingB) {
            // The quiet one of two (SDM vol. 1, table 4-7).
            first = signallingB;
        } else {
            int order = Long.compareUnsigned(a, b);
            first = order != 0 ? order > 0 : !negative(seA);
        }
        s.result(first ? seA : seB, (first ? a : b) | QUIET);
        return true;
    }

    /**
     * A binary operation.
     *
     * @param digit that of the opcode's ModRM: 0 add, 1 multiply, 4 subtract, 5 subtract reversed, 6 divide, 7 divide reversed
     */
    static void binary(X87State s, int digit, int seA, long a, int seB, long b) {
        if ((digit & 5) == 5) {
            operate(s, digit - 1, seB, b, seA, a);
        } else {
            operate(s, digit, seA, a, seB, b);
        }
    }

    private static void operate(X87State s, int digit, int seA, long a, int second, long b) {
        if (nan(s, seA, a, second, b)) {
            return;
        }
        int seB = digit == 4 ? second ^ 0x8000 : second;
        boolean infiniteA = isInfinite(seA, a);
        boolean infiniteB = isInfinite(seB, b);
        if (infiniteA || infiniteB || a == 0 || b == 0) {
            special(s, digit, seA, a, seB, b, infiniteA, infiniteB);
            return;
        }
        denormals(s, seA, a, seB, b);
        SoftFloat f = s.soft;
        int expA = exponent(seA, a);
        int expB = exponent(seB, b);
        switch (digit) {
            case 1 -> f.multiply(negative(seA), expA, normalized(a), negative(seB), expB, normalized(b));
            case 6 -> f.divide(negative(seA), expA, normalized(a), negative(seB), expB, normalized(b));
            default -> {
                f.add(negative(seA), expA, normalized(a), negative(seB), expB, normalized(b));
                if (f.hi == 0) {
                    s.result(s.rounding() == SoftFloat.DOWN ? 0x8000 : 0, 0);
                    return;
                }
            }
        }
        round(s, s.precision());
    }

    private static void special(X87State s, int digit, int seA, long a, int seB, long b, boolean infiniteA, boolean infiniteB) {
        int sign = (seA ^ seB) & 0x8000;
        switch (digit) {
            case 1 -> {
                if (infiniteA && b == 0 || infiniteB && a == 0) {
                    s.invalid();
                    return;
                }
                denormals(s, seA, a, seB, b);
                resultSpecial(s, sign, infiniteA || infiniteB);
            }
            case 6 -> {
                if (infiniteA && infiniteB || a == 0 && b == 0) {
                    s.invalid();
                    return;
                }
                if (b == 0 && !infiniteA) {
                    s.soft.flags = s.soft.flags & ~SoftFloat.DENORMAL | SoftFloat.ZERO_DIVIDE;
                } else {
                    denormals(s, seA, a, seB, b);
                }
                resultSpecial(s, sign, infiniteA || b == 0);
            }
            default -> {
                if (infiniteA && infiniteB && sign != 0) {
                    s.invalid();
                    return;
                }
                denormals(s, seA, a, seB, b);
                if (infiniteA || infiniteB) {
                    s.result(infiniteA ? seA : seB, X87State.INTEGER_BIT);
                } else if (a == 0 && b == 0) {
                    s.result(sign == 0 ? seA : s.rounding() == SoftFloat.DOWN ? 0x8000 : 0, 0);
                } else {
                    setAndRound(s, a == 0 ? seB : seA, a == 0 ? b : a, s.precision());
                }
            }
        }
    }

    private static void resultSpecial(X87State s, int sign, boolean infinite) {
        if (infinite) {
            s.result(sign | INFINITE, X87State.INTEGER_BIT);
        } else {
            s.result(sign, 0);
        }
    }

    /** Rounds a finite nonzero number as if it had been computed. */
    static void setAndRound(X87State s, int se, long sig, int precision) {
        s.soft.set(negative(se), exponent(se, sig), normalized(sig));
        round(s, precision);
    }

    /** Rounds the engine's exact result to a register; overflow and underflow with their masked and unmasked responses. */
    static void round(X87State s, int precision) {
        SoftFloat f = s.soft;
        int rounding = s.rounding();
        if (f.exp < MIN_EXP && (s.control & X87State.UE) == 0 && f.isTiny(precision, MIN_EXP, rounding)) {
            f.flags |= SoftFloat.UNDERFLOW;
            f.roundBits(precision, rounding);
            f.exp += WRAP;
            if (f.exp < MIN_EXP) {
                // Too small even so.
                f.exp = MIN_EXP;
                f.hi = 0;
                f.flags |= SoftFloat.PRECISION;
                f.roundedUp = false;
            }
        } else if (f.exp >= MAX_EXP && (s.control & X87State.OE) == 0) {
            f.roundBits(precision, rounding);
            if (f.exp > MAX_EXP) {
                f.flags |= SoftFloat.OVERFLOW;
                f.exp -= WRAP;
                if (f.exp > MAX_EXP) {
                    // Too large even so.
                    f.flags |= SoftFloat.PRECISION;
                    f.roundedUp = true;
                    pack(s, true);
                    return;
                }
            }
        } else {
            f.round(precision, MIN_EXP, MAX_EXP, rounding);
            if (f.infinite) {
                pack(s, true);
                return;
            }
        }
        pack(s, false);
    }

    private static void pack(X87State s, boolean infinite) {
        SoftFloat f = s.soft;
        int sign = f.sign ? 0x8000 : 0;
        if (infinite) {
            s.result(sign | INFINITE, X87State.INTEGER_BIT);
        } else {
            s.result(sign | (f.hi < 0 ? f.exp + BIAS : 0), f.hi);
        }
    }

    static void squareRoot(X87State s, int se, long sig) {
        if (nan(s, se, sig, 0, 0)) {
            return;
        }
        if (sig == 0) {
            s.result(se, sig);
        } else if (negative(se)) {
            s.invalid();
        } else if (isInfinite(se, sig)) {
            s.result(se, sig);
        } else {
            denormals(s, se, sig, 0, 0);
            s.soft.squareRoot(exponent(se, sig), normalized(sig));
            round(s, s.precision());
        }
    }

    /**
     * Compares: -1, 0, 1, or 2 for unordered.
     *
     * @param quiet whether quiet NaNs raise nothing (FUCOM)
     */
    static int compare(X87State s, int seA, long a, int seB, long b, boolean quiet) {
        boolean unsupported = isUnsupported(seA, a) || isUnsupported(seB, b);
        if (unsupported || isNan(seA, a) || isNan(seB, b)) {
            s.soft.flags &= ~SoftFloat.DENORMAL;
            if (unsupported || !quiet || isSignalling(seA, a) || isSignalling(seB, b)) {
                s.soft.flags |= SoftFloat.INVALID;
            }
            return 2;
        }
        denormals(s, seA, a, seB, b);
        if (a == 0 && b == 0) {
            return 0;
        }
        if (a == 0 || b == 0 || negative(seA) != negative(seB)) {
            return a == 0 ? negative(seB) ? 1 : -1 : negative(seA) ? -1 : 1;
        }
        // A pseudo-denormal's exponent of 0 means 1.
        int order = Integer.compare(Math.max(seA & 0x7FFF, 1), Math.max(seB & 0x7FFF, 1));
        if (order == 0) {
            order = Long.compareUnsigned(a, b);
        }
        return Integer.signum(negative(seA) ? -order : order);
    }

    /** FRNDINT. */
    static void roundToInteger(X87State s, int se, long sig) {
        if (nan(s, se, sig, 0, 0)) {
            return;
        }
        int exp = exponent(se, sig);
        if (sig == 0 || isInfinite(se, sig) || exp >= 63) {
            s.result(se, sig);
            return;
        }
        denormals(s, se, sig, 0, 0);
        SoftFloat f = s.soft;
        f.set(negative(se), exp, normalized(sig));
        f.shiftRight(63 - exp);
        f.roundBits(64, s.rounding());
        if (f.hi == 0) {
            s.result(se & 0x8000, 0);
        } else {
            int zeros = Long.numberOfLeadingZeros(f.hi);
            s.result(se & 0x8000 | 63 - zeros + BIAS, f.hi << zeros);
        }
    }

    /** FSCALE: ST(0) times two to the integer part of ST(1) (SDM vol. 2, table 3-31). */
    static void scale(X87State s, int se, long sig, int seB, long b) {
        if (nan(s, se, sig, seB, b)) {
            return;
        }
        if (isInfinite(seB, b)) {
            boolean down = negative(seB);
            if (down ? isInfinite(se, sig) : sig == 0) {
                s.invalid();
                return;
            }
            denormals(s, se, sig, 0, 0);
            resultSpecial(s, se & 0x8000, !down);
            return;
        }
        if (isInfinite(se, sig) || sig == 0) {
            denormals(s, se, sig, seB, b);
            s.result(se, sig);
            return;
        }
        denormals(s, se, sig, seB, b);
        int exp = b == 0 ? -1 : exponent(seB, b);
        int by = 0;
        if (exp >= 16) {
            by = 0x10000;
        } else if (exp >= 0) {
            by = (int) (normalized(b) >>> 63 - exp);
        }
        s.soft.set(negative(se), exponent(se, sig) + (negative(seB) ? -by : by), normalized(sig));
        round(s, 64);
    }
}
