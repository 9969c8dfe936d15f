package org.jvmm.cpu.x87;

import static org.jvmm.cpu.x87.X87Arithmetic.exponent;
import static org.jvmm.cpu.x87.X87Arithmetic.isInfinite;
import static org.jvmm.cpu.x87.X87Arithmetic.nan;
import static org.jvmm.cpu.x87.X87Arithmetic.negative;
import static org.jvmm.cpu.x87.X87Arithmetic.normalized;

/** D9 E0 to D9 FF: signs, examination, constants, remainders, and the way to the transcendental functions. */
final class X87Unary {
    /** Significands of 1, log2 10, log2 e, pi, log10 2, ln 2 and 0, rounded down, and their biased exponents (SDM vol. 2, FLD1). */
    private static final long[] CONSTANTS = { 0x8000000000000000L, 0xD49A784BCD1B8AFEL, 0xB8AA3B295C17F0BBL, 0xC90FDAA22168C234L,
        0x9A209A84FBCFF798L,
        0xB17217F7D1CF79ABL, 0 };
    private static final int[] CONSTANT_EXPONENTS = { 0x3FFF, 0x4000, 0x3FFF, 0x4000, 0x3FFD, 0x3FFE, 0 };
    /** Which of them are nearer to the number above. */
    private static final int NEARER_ABOVE = 0b0111100;
    /** Which of them are not exact. */
    private static final int INEXACT = 0b0111110;

    private X87Unary() {}

    static void execute(X87State s, int modrm) {
        switch (modrm) {
            case 0xE0, 0xE1 -> sign(s, modrm == 0xE0);
            case 0xE4 -> test(s);
            case 0xE5 -> examine(s);
            case 0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xED, 0xEE -> constant(s, modrm - 0xE8);
            case 0xF6 -> {
                s.status &= ~X87State.C1;
                s.top = s.top - 1 & 7;
            }
            case 0xF7 -> {
                s.status &= ~X87State.C1;
                s.top = s.top + 1 & 7;
            }
            case 0xF4 -> extract(s);
            case 0xF5, 0xF8 -> remainder(s, modrm == 0xF5);
            case 0xFA, 0xFC -> {
                if (operand(s, 0)) {
                    if (modrm == 0xFA) {
                        X87Arithmetic.squareRoot(s, s.se(0), s.sig(0));
                    } else {
                        X87Arithmetic.roundToInteger(s, s.se(0), s.sig(0));
                    }
                    deliver(s);
                }
            }
            case 0xFD -> {
                if (operand(s, 1)) {
                    X87Arithmetic.scale(s, s.se(0), s.sig(0), s.se(1), s.sig(1));
                    deliver(s);
                }
            }
            default -> X87Functions.execute(s, modrm);
        }
    }

    /** Whether ST(0), and ST(i) too, hold something; if not and masked, ST(0) becomes the default NaN. */
    static boolean operand(X87State s, int i) {
        if (!s.empty(0) && !s.empty(i)) {
            return true;
        }
        if (s.stackFault(false)) {
            s.set(0, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
        }
        return false;
    }

    static boolean deliver(X87State s) {
        boolean accepted = s.accept();
        if (accepted) {
            s.set(0, s.resultSignExponent, s.resultSignificand);
        }
        return accepted;
    }

    private static void sign(X87State s, boolean change) {
        if (operand(s, 0)) {
            s.status &= ~X87State.C1;
            s.set(0, change ? s.se(0) ^ 0x8000 : s.se(0) & 0x7FFF, s.sig(0));
        }
    }

    private static void test(X87State s) {
        if (s.empty(0)) {
            s.stackFault(false);
            X87Exec.conditions(s, 2);
            return;
        }
        int order = X87Arithmetic.compare(s, s.se(0), s.sig(0), 0, 0, false);
        s.accept();
        X87Exec.conditions(s, order);
    }

    /** FXAM (SDM vol. 2, table 3-39). */
    private static void examine(X87State s) {
        int se = s.se(0);
        long sig = s.sig(0);
        int kind;
        if (s.empty(0)) {
            kind = X87State.C3 | X87State.C0;
        } else if (X87Arithmetic.isUnsupported(se, sig)) {
            kind = 0;
        } else if (X87Arithmetic.isNan(se, sig)) {
            kind = X87State.C0;
        } else if (isInfinite(se, sig)) {
            kind = X87State.C2 | X87State.C0;
        } else if (sig == 0) {
            kind = X87State.C3;
        } else {
            kind = (se & 0x7FFF) == 0 ? X87State.C3 | X87State.C2 : X87State.C2;
        }
        s.status = s.status & ~X87State.CONDITIONS | kind | (negative(se) ? X87State.C1 : 0);
    }

    private static void constant(X87State s, int which) {
        s.status &= ~X87State.C1;
        int rounding = s.rounding();
        boolean above = rounding == SoftFloat.NEAREST && (NEARER_ABOVE >> which & 1) != 0
                || rounding == SoftFloat.UP && (INEXACT >> which & 1) != 0;
        s.push(CONSTANT_EXPONENTS[which], CONSTANTS[which] + (above ? 1 : 0));
    }

    /** FXTRACT: the exponent stays, the significand is pushed. */
    private static void extract(X87State s) {
        if (s.empty(0) || !s.empty(7)) {
            boolean overflow = !s.empty(0);
            if (s.stackFault(overflow)) {
                s.set(0, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
                s.top = s.top - 1 & 7;
                s.set(0, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
            }
            return;
        }
        int se = s.se(0);
        long sig = s.sig(0);
        int exponentSe;
        long exponentSig = X87State.INTEGER_BIT;
        int partSe = se;
        long part = sig;
        if (nan(s, se, sig, se, sig)) {
            exponentSe = s.resultSignExponent;
            exponentSig = s.resultSignificand;
            partSe = exponentSe;
            part = exponentSig;
        } else if (sig == 0) {
            s.soft.flags |= SoftFloat.ZERO_DIVIDE;
            exponentSe = 0xFFFF;
        } else if (isInfinite(se, sig)) {
            exponentSe = 0x7FFF;
        } else {
            X87Arithmetic.denormals(s, se, sig, 0, 0);
            int exp = exponent(se, sig);
            s.soft.setInteger(exp < 0, Math.abs(exp));
            exponentSig = s.soft.hi;
            exponentSe = exp == 0 ? 0 : (exp < 0 ? 0x8000 : 0) | s.soft.exp + X87Arithmetic.BIAS;
            partSe = se & 0x8000 | X87Arithmetic.BIAS;
            part = normalized(sig);
        }
        if (s.accept()) {
            s.set(0, exponentSe, exponentSig);
            s.push(partSe, part);
        }
    }

    /** FPREM and FPREM1 (SDM vol. 2): exact; at most 63 quotient bits at a time. */
    private static void remainder(X87State s, boolean nearest) {
        s.status &= ~X87State.C2;
        if (!operand(s, 1)) {
            return;
        }
        int se = s.se(0);
        long sig = s.sig(0);
        int seB = s.se(1);
        long b = s.sig(1);
        // Without a quotient, C0 and C3 stay.
        int conditions = s.status & (X87State.C0 | X87State.C3);
        if (!nan(s, se, sig, seB, b)) {
            if (isInfinite(se, sig) || b == 0) {
                s.invalid();
            } else {
                conditions = 0;
                X87Arithmetic.denormals(s, se, sig, seB, b);
                if (sig == 0 || isInfinite(seB, b)) {
                    finite(s, se, sig);
                } else {
                    conditions = divide(s, se, sig, seB, b, nearest);
                }
            }
        }
        if (deliver(s)) {
            s.status = s.status & ~X87State.CONDITIONS | conditions;
        }
    }

    /** An operand as a result: a denormal may underflow when that is unmasked. */
    private static void finite(X87State s, int se, long sig) {
        if (sig == 0) {
            s.result(se, sig);
        } else {
            X87Arithmetic.setAndRound(s, se, sig, 64);
        }
    }

    private static int divide(X87State s, int se, long sig, int seB, long b, boolean nearest) {
        int expB = exponent(seB, b);
        int difference = exponent(se, sig) - expB;
        long rest = normalized(sig);
        long divisor = normalized(b);
        boolean sign = negative(se);
        if (difference < -1 || difference < 0 && !nearest) {
            finite(s, se, sig);
            return 0;
        }
        boolean partial = difference >= 64;
        // A partial step reduces the exponent by 32 to 63 (SDM vol. 2, FPREM).
        int bits = partial ? 32 + (difference & 31) : difference;
        long quotient = 0;
        // rest and divisor are at the same scale when bits is 0; rest may need a 65th bit, which carry stands for.
        boolean carry = false;
        for (int i = 0; i <= bits; i++) {
            quotient <<= 1;
            if (carry || Long.compareUnsigned(rest, divisor) >= 0) {
                rest -= divisor;
                quotient |= 1;
            }
            carry = false;
            if (i < bits) {
                carry = rest < 0;
                rest <<= 1;
            }
        }
        int exp = expB + (partial ? difference - bits : 0);
        if (nearest && !partial) {
            boolean up;
            if (difference < 0) {
                // rest is half a unit up: sig / 2 against b / 2.
                rest = normalized(sig);
                exp = expB - 1;
                quotient = 0;
                up = Long.compareUnsigned(rest, divisor) > 0;
                if (up) {
                    // |a - b| with a = rest / 2: 2b - rest at half scale.
                    rest = (divisor << 1) - rest;
                }
            } else {
                long other = divisor - rest;
                int order = Long.compareUnsigned(rest, other);
                up = order > 0 || order == 0 && (quotient & 1) != 0;
                if (up) {
                    rest = other;
                }
            }
            if (up) {
                quotient++;
                sign = !sign;
            }
        }
        if (rest == 0) {
            s.result(se & 0x8000, 0);
        } else {
            int zeros = Long.numberOfLeadingZeros(rest);
            s.soft.set(sign, exp - zeros, rest << zeros);
            X87Arithmetic.round(s, 64);
        }
        if (partial) {
            return X87State.C2;
        }
        return ((quotient & 4) != 0 ? X87State.C0 : 0) | ((quotient & 2) != 0 ? X87State.C3 : 0) | ((quotient & 1) != 0 ? X87State.C1 : 0);
    }
}
