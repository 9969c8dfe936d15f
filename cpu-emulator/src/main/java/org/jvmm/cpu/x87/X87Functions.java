package org.jvmm.cpu.x87;

/**
 * The transcendental functions (SDM vol. 1 §8.3.7): F2XM1, FYL2X, FPTAN, FPATAN, FYL2XP1, FSINCOS, FSIN, FCOS. They are computed in double precision, which
 * is less than the extended accuracy a processor has; results are flagged inexact.
 */
final class X87Functions {
    private static final double LOG2_E = 1 / Math.log(2);
    /** Arguments of the trigonometric functions from 2^63 on are out of range (SDM vol. 2, FSIN). */
    private static final double TRIG_LIMIT = 0x1p63;
    private static final int ONE_EXPONENT = 0x3FFF;
    private static final int BIAS = 16383;

    private X87Functions() {}

    static void execute(X87State s, int modrm) {
        if (!X87Unary.operand(s, modrm == 0xF1 || modrm == 0xF3 || modrm == 0xF9 ? 1 : 0)) {
            return;
        }
        double x = value(s.se(0), s.sig(0));
        s.status &= ~(X87State.C1 | X87State.C2);
        switch (modrm) {
            case 0xF0 -> store(s, 0, Math.expm1(x / LOG2_E));
            case 0xF1 -> storePop(s, value(s.se(1), s.sig(1)) * Math.log(x) * LOG2_E);
            case 0xF3 -> storePop(s, Math.atan2(value(s.se(1), s.sig(1)), x));
            case 0xF9 -> storePop(s, value(s.se(1), s.sig(1)) * Math.log1p(x) * LOG2_E);
            case 0xF2, 0xFB, 0xFE, 0xFF -> trigonometric(s, modrm, x);
            default -> {
                // Reserved encodings do nothing.
            }
        }
    }

    private static void trigonometric(X87State s, int modrm, double x) {
        if (Math.abs(x) >= TRIG_LIMIT && !Double.isInfinite(x)) {
            s.status |= X87State.C2;
            return;
        }
        switch (modrm) {
            case 0xF2 -> {
                store(s, 0, Math.tan(x));
                s.push(ONE_EXPONENT, X87State.INTEGER_BIT);
            }
            case 0xFB -> {
                store(s, 0, Math.sin(x));
                s.push(0, 0);
                store(s, 0, Math.cos(x));
            }
            case 0xFE -> store(s, 0, Math.sin(x));
            default -> store(s, 0, Math.cos(x));
        }
    }

    private static void storePop(X87State s, double result) {
        store(s, 1, result);
        s.pop();
    }

    private static void store(X87State s, int register, double result) {
        if (Double.isNaN(result)) {
            s.status |= X87State.IE;
            s.set(register, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
        } else {
            s.status |= X87State.PE;
            s.set(register, signExponent(result), significand(result));
        }
        s.updateSummary();
    }

    private static double value(int signExponent, long significand) {
        int exponent = signExponent & 0x7FFF;
        double magnitude;
        if (exponent == 0x7FFF) {
            magnitude = significand << 1 == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        } else {
            double high = (significand >>> 11) * 0x1p11 + (significand & 0x7FF);
            magnitude = Math.scalb(high, Math.max(-5000, Math.min(5000, exponent - BIAS - 63)));
        }
        return (signExponent & 0x8000) != 0 ? -magnitude : magnitude;
    }

    private static int signExponent(double value) {
        int sign = value < 0 || 1 / value < 0 ? 0x8000 : 0;
        if (value == 0) {
            return sign;
        }
        return sign | (Double.isInfinite(value) ? 0x7FFF : Math.getExponent(normal(value)) - (isSubnormal(value) ? 64 : 0) + BIAS);
    }

    private static long significand(double value) {
        if (value == 0) {
            return 0;
        }
        long fraction = Double.doubleToRawLongBits(normal(value)) & 0xF_FFFF_FFFF_FFFFL;
        return Double.isInfinite(value) ? X87State.INTEGER_BIT : X87State.INTEGER_BIT | fraction << 11;
    }

    private static boolean isSubnormal(double value) {
        return Math.abs(value) < Double.MIN_NORMAL;
    }

    private static double normal(double value) {
        return isSubnormal(value) ? value * 0x1p64 : value;
    }
}
