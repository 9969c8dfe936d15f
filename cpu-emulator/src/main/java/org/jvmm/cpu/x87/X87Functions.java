package org.jvmm.cpu.x87;

import static org.jvmm.cpu.x87.X87Arithmetic.denormals;
import static org.jvmm.cpu.x87.X87Arithmetic.isInfinite;
import static org.jvmm.cpu.x87.X87Arithmetic.nan;
import static org.jvmm.cpu.x87.X87Arithmetic.negative;
import static org.jvmm.cpu.x87.X87Unary.deliver;
import static org.jvmm.cpu.x87.X87Unary.operand;

/**
 * The transcendental instructions: special cases by the tables of SDM vol. 2, the rest by {@link WideMath} and rounded once. Processors promise an
 * error below one unit in the last place and differ from one another there. Angles are reduced by a 66-bit pi, as processors do (SDM vol. 1
 * §8.3.8), or else sines near multiples of pi would differ in more than the last place.
 */
final class X87Functions {
    private static final int ONE = 0x3FFF;
    /** 66 bits of pi: the low half of a divisor for {@link #reduce}. */
    private static final long PI_HIGH = 0xC90FDAA22168C234L;
    private static final long PI_LOW = 0xC000_0000_0000_0000L;

    private X87Functions() {}

    static void execute(X87State s, int modrm) {
        switch (modrm) {
            case 0xF0 -> {
                if (operand(s, 0)) {
                    powerMinusOne(s, s.se(0), s.sig(0));
                    deliver(s);
                }
            }
            case 0xF1, 0xF3, 0xF9 -> binary(s, modrm);
            case 0xF2 -> tangent(s);
            case 0xFB -> sineCosine(s);
            case 0xFE, 0xFF -> {
                s.status &= ~X87State.C2;
                if (operand(s, 0)) {
                    if (outOfRange(s, s.se(0), s.sig(0))) {
                        return;
                    }
                    boolean sine = modrm == 0xFE;
                    trigonometric(s, s.se(0), s.sig(0), sine);
                    deliver(s);
                }
            }
            default -> {
                // Undefined encodings, which the interpreter rejects.
            }
        }
    }

    private static Wide wide(int se, long sig) {
        if (sig == 0) {
            return Wide.ZERO;
        }
        return new Wide(negative(se), X87Arithmetic.exponent(se, sig), X87Arithmetic.normalized(sig), 0);
    }

    /** Rounds an inexact value into the result. */
    private static void inexact(X87State s, Wide value) {
        SoftFloat f = s.soft;
        f.sign = value.negative();
        f.exp = value.exp();
        f.hi = value.hi();
        f.lo = value.lo() | 1;
        X87Arithmetic.round(s, 64);
    }

    /** Rounds a value that may be exact, though processors flag it inexact all the same. */
    private static void rounded(X87State s, Wide value) {
        SoftFloat f = s.soft;
        f.sign = value.negative();
        f.exp = value.exp();
        f.hi = value.hi();
        f.lo = value.lo();
        X87Arithmetic.round(s, 64);
        f.flags |= SoftFloat.PRECISION;
    }

    /** FYL2X, FPATAN, FYL2XP1: the result replaces ST(1), and ST(0) is popped. */
    private static void binary(X87State s, int modrm) {
        if (s.empty(0) || s.empty(1)) {
            if (!s.stackFault(false)) {
                return;
            }
            s.resultNan();
        } else {
            int se = s.se(0);
            long sig = s.sig(0);
            int seY = s.se(1);
            long y = s.sig(1);
            if (!nan(s, se, sig, seY, y)) {
                switch (modrm) {
                    case 0xF1 -> logarithm(s, se, sig, seY, y);
                    case 0xF3 -> arcTangent(s, se, sig, seY, y);
                    default -> logarithmPlusOne(s, se, sig, seY, y);
                }
            }
            if (!s.accept()) {
                return;
            }
        }
        s.set(1, s.resultSignExponent, s.resultSignificand);
        s.pop();
    }

    /** F2XM1 (SDM vol. 2); outside -1 to 1, where the result is undefined, the operand comes back. */
    private static void powerMinusOne(X87State s, int se, long sig) {
        if (nan(s, se, sig, 0, 0)) {
            return;
        }
        if (sig == 0) {
            s.result(se, sig);
            return;
        }
        if (isInfinite(se, sig)) {
            if (negative(se)) {
                s.result(0x8000 | ONE, X87State.INTEGER_BIT);
            } else {
                s.result(se, sig);
            }
            return;
        }
        denormals(s, se, sig, 0, 0);
        int biased = se & 0x7FFF;
        if (biased >= ONE) {
            boolean minusOne = se == (0x8000 | ONE) && sig == X87State.INTEGER_BIT;
            s.result(minusOne ? se - 1 : se, sig);
            if (biased > ONE || sig != X87State.INTEGER_BIT) {
                beyond(s, se, sig);
            }
            return;
        }
        inexact(s, WideMath.exponentialMinusOne(wide(se, sig).multiply(WideMath.LN2)));
    }

    /** Outside what is defined, the operand comes back flagged inexact. */
    private static void beyond(X87State s, int se, long sig) {
        s.soft.flags |= SoftFloat.PRECISION;
        s.soft.roundedUp = false;
        s.result(se, sig);
    }

    /** FYL2X: y * log2 x (SDM vol. 2, table 3-53). */
    private static void logarithm(X87State s, int se, long x, int seY, long y) {
        boolean infiniteY = isInfinite(seY, y);
        if (x == 0) {
            if (y == 0) {
                s.invalid();
                return;
            }
            if (infiniteY) {
                s.result(seY ^ 0x8000, y);
                return;
            }
            s.soft.flags |= SoftFloat.ZERO_DIVIDE;
            s.result((seY ^ 0x8000) & 0x8000 | 0x7FFF, X87State.INTEGER_BIT);
            return;
        }
        if (negative(se)) {
            s.invalid();
            return;
        }
        if (isInfinite(se, x)) {
            if (y == 0) {
                s.invalid();
                return;
            }
            denormals(s, seY, y, 0, 0);
            s.result(seY & 0x8000 | 0x7FFF, X87State.INTEGER_BIT);
            return;
        }
        boolean one = se == ONE && x == X87State.INTEGER_BIT;
        boolean below = (se & 0x7FFF) < ONE;
        if (infiniteY) {
            if (one) {
                s.invalid();
                return;
            }
            denormals(s, se, x, 0, 0);
            s.result(below ? seY ^ 0x8000 : seY, y);
            return;
        }
        denormals(s, se, x, seY, y);
        if (y == 0 || one) {
            s.result((below ? seY ^ 0x8000 : seY) & 0x8000, 0);
            return;
        }
        Wide product = WideMath.logarithm2(wide(se, x)).multiply(wide(seY, y));
        if (X87Arithmetic.normalized(x) == X87State.INTEGER_BIT) {
            rounded(s, product);
        } else {
            inexact(s, product);
        }
    }

    /** FYL2XP1: y * log2(x + 1) (SDM vol. 2, table 3-54). */
    private static void logarithmPlusOne(X87State s, int se, long x, int seY, long y) {
        boolean infiniteY = isInfinite(seY, y);
        int sign = (se ^ seY) & 0x8000;
        if (isInfinite(se, x)) {
            if (negative(se) || y == 0) {
                s.invalid();
                return;
            }
            denormals(s, seY, y, 0, 0);
            s.result(seY & 0x8000 | 0x7FFF, X87State.INTEGER_BIT);
            return;
        }
        if (infiniteY) {
            if (x == 0) {
                s.invalid();
                return;
            }
            denormals(s, se, x, 0, 0);
            s.result(sign | 0x7FFF, X87State.INTEGER_BIT);
            return;
        }
        denormals(s, se, x, seY, y);
        if (x == 0 || y == 0) {
            s.result(sign, 0);
            return;
        }
        Wide operand = wide(se, x);
        Wide log;
        if ((se & 0x7FFF) < ONE - 1) {
            log = WideMath.logarithmOnePlus(operand).multiply(WideMath.LOG2_E);
        } else {
            // Beyond what is defined (|x| at most 1 - sqrt(1/2)): still the logarithm where there is one.
            Wide whole = operand.add(Wide.ONE);
            if (whole.isZero() || whole.negative()) {
                beyond(s, se, x);
                return;
            }
            log = WideMath.logarithm2(whole);
        }
        inexact(s, log.multiply(wide(seY, y)));
    }

    /** FPATAN: the angle of the point (x, y) (SDM vol. 2, table 3-30). */
    private static void arcTangent(X87State s, int se, long x, int seY, long y) {
        boolean infiniteX = isInfinite(se, x);
        boolean infiniteY = isInfinite(seY, y);
        boolean left = negative(se);
        Wide angle;
        denormals(s, se, x, seY, y);
        if (infiniteY) {
            angle = infiniteX ? WideMath.PI.scale(-2) : WideMath.PI.scale(-1);
            if (infiniteX && left) {
                angle = WideMath.PI.subtract(angle);
            }
        } else if (y == 0 || infiniteX) {
            if (!left) {
                s.result(seY & 0x8000, 0);
                return;
            }
            angle = WideMath.PI;
        } else if (x == 0) {
            angle = WideMath.PI.scale(-1);
        } else {
            angle = angle(wide(se & 0x7FFF, x), wide(seY & 0x7FFF, y), left);
        }
        inexact(s, negative(seY) ? angle.negate() : angle);
    }

    private static Wide angle(Wide x, Wide y, boolean left) {
        Wide ratio = y.divide(x);
        Wide angle = ratio.exp() >= 0 ? WideMath.PI.scale(-1).subtract(WideMath.arcTangent(x.divide(y))) : WideMath.arcTangent(ratio);
        return left ? WideMath.PI.subtract(angle) : angle;
    }

    /** An angle of 2^63 or more is refused: C2 is set and nothing else changes. */
    private static boolean outOfRange(X87State s, int se, long sig) {
        int biased = se & 0x7FFF;
        if (biased != 0x7FFF && sig < 0 && biased >= X87Arithmetic.BIAS + 63) {
            s.status = s.status & ~X87State.C1 | X87State.C2;
            return true;
        }
        return false;
    }

    private static void trigonometric(X87State s, int se, long sig, boolean sine) {
        if (nan(s, se, sig, 0, 0)) {
            return;
        }
        if (isInfinite(se, sig)) {
            s.invalid();
            return;
        }
        if (sig == 0) {
            s.result(sine ? se : ONE, sine ? 0 : X87State.INTEGER_BIT);
            return;
        }
        denormals(s, se, sig, 0, 0);
        Angle angle = reduce(se, sig);
        inexact(s, sine ? angle.sine() : angle.cosine());
    }

    private static void sineCosine(X87State s) {
        if (!pushable(s) || outOfRange(s, s.se(0), s.sig(0))) {
            return;
        }
        int se = s.se(0);
        long sig = s.sig(0);
        trigonometric(s, se, sig, false);
        int cosineSe = s.resultSignExponent;
        long cosine = s.resultSignificand;
        trigonometric(s, se, sig, true);
        if (deliver(s)) {
            int c1 = s.status & X87State.C1;
            s.push(cosineSe, cosine);
            s.status |= c1;
        }
    }

    private static void tangent(X87State s) {
        if (!pushable(s) || outOfRange(s, s.se(0), s.sig(0))) {
            return;
        }
        int se = s.se(0);
        long sig = s.sig(0);
        boolean number = !nan(s, se, sig, 0, 0);
        if (number) {
            if (isInfinite(se, sig)) {
                s.invalid();
                number = false;
            } else if (sig == 0) {
                s.result(se, sig);
            } else {
                denormals(s, se, sig, 0, 0);
                Angle angle = reduce(se, sig);
                inexact(s, angle.sine().divide(angle.cosine()));
            }
        }
        int pushSe = number ? ONE : s.resultSignExponent;
        long push = number ? X87State.INTEGER_BIT : s.resultSignificand;
        if (deliver(s)) {
            s.push(pushSe, push);
        }
    }

    /** Whether ST(0) holds something and there is room above it; masked faults give NaNs in both. */
    private static boolean pushable(X87State s) {
        s.status &= ~X87State.C2;
        boolean empty = s.empty(0);
        if (!empty && s.empty(7)) {
            return true;
        }
        if (s.stackFault(!empty)) {
            s.set(0, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
            s.top = s.top - 1 & 7;
            s.set(0, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
        }
        return false;
    }

    /** An angle as a multiple of a quarter turn and a rest of at most an eighth. */
    private record Angle(int quarter, Wide rest) {
        Wide sine() {
            return value(quarter);
        }

        Wide cosine() {
            return value(quarter + 1);
        }

        private Wide value(int q) {
            Wide v = (q & 1) == 0 ? WideMath.sine(rest) : WideMath.cosine(rest);
            return (q & 2) == 0 ? v : v.negate();
        }
    }

    private static Angle reduce(int se, long sig) {
        Wide x = wide(se & 0x7FFF, sig);
        int quarter = 0;
        if (x.exp() >= -1) {
            // x modulo half of pi, bit by bit. Both are of the size of 2^0 at the end; the divisor's 66 bits leave room for the shifts.
            long high = x.hi() >>> 1;
            long low = x.hi() << 63;
            long divisorHigh = PI_HIGH >>> 1;
            long divisorLow = PI_HIGH << 63 | PI_LOW >>> 1;
            int steps = x.exp();
            if (steps < 0) {
                low = low >>> 1 | high << 63;
                high >>>= 1;
                steps = 0;
            }
            for (int i = 0; i <= steps; i++) {
                if (i > 0) {
                    high = high << 1 | low >>> 63;
                    low <<= 1;
                }
                quarter <<= 1;
                int order = Long.compareUnsigned(high, divisorHigh);
                if (order > 0 || order == 0 && Long.compareUnsigned(low, divisorLow) >= 0) {
                    high = high - divisorHigh - (Long.compareUnsigned(low, divisorLow) < 0 ? 1 : 0);
                    low -= divisorLow;
                    quarter |= 1;
                }
            }
            Wide halfPi = new Wide(false, 0, PI_HIGH, PI_LOW);
            // The remainder is high:low / 2^126.
            x = Wide.ZERO;
            if (high != 0 || low != 0) {
                int zeros = high != 0 ? Long.numberOfLeadingZeros(high) : 64 + Long.numberOfLeadingZeros(low);
                long top = zeros == 0 ? high : zeros < 64 ? high << zeros | low >>> 64 - zeros : low << zeros - 64;
                x = new Wide(false, 1 - zeros, top, zeros < 64 ? low << zeros : 0);
            }
            if (x.subtract(halfPi.scale(-1)).hi() != 0 && !x.subtract(halfPi.scale(-1)).negative()) {
                x = x.subtract(halfPi);
                quarter++;
            }
        }
        boolean flip = negative(se);
        return new Angle((flip ? -quarter : quarter) & 3, flip ? x.negate() : x);
    }
}
