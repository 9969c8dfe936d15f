package org.jvmm.cpu.sse;

import static org.jvmm.cpu.sse.IeeeFormat.DOUBLE;
import static org.jvmm.cpu.sse.IeeeFormat.SINGLE;

import org.jvmm.cpu.x87.SoftFloat;

/** Conversions between floating-point formats and integers (SDM vol. 1 §11.4.1.6). */
final class SseConvert {
    private static final long LOW = 0xFFFF_FFFFL;

    private SseConvert() {}

    /** XMM to XMM. */
    static void exec(int op, SseState s, int d, int r) {
        long[] x = s.x;
        int a = d << 1;
        long low = x[r << 1];
        long high = x[(r << 1) + 1];
        long newLow;
        long newHigh = 0;
        switch (op) {
            case SseOp.CVTPS2PD -> {
                newLow = widen(s, (int) low);
                newHigh = widen(s, (int) (low >>> 32));
            }
            case SseOp.CVTPD2PS -> newLow = pair(narrow(s, low), narrow(s, high));
            case SseOp.CVTSS2SD -> {
                newLow = widen(s, (int) low);
                newHigh = x[a + 1];
            }
            case SseOp.CVTSD2SS -> {
                newLow = x[a] & ~LOW | narrow(s, low) & LOW;
                newHigh = x[a + 1];
            }
            case SseOp.CVTDQ2PS -> {
                newLow = pair(toSingle(s, (int) low), toSingle(s, (int) (low >>> 32)));
                newHigh = pair(toSingle(s, (int) high), toSingle(s, (int) (high >>> 32)));
            }
            case SseOp.CVTPS2DQ, SseOp.CVTTPS2DQ -> {
                int mode = op == SseOp.CVTPS2DQ ? s.rounding() : SoftFloat.TRUNCATE;
                newLow = pair(single32(s, (int) low, mode), single32(s, (int) (low >>> 32), mode));
                newHigh = pair(single32(s, (int) high, mode), single32(s, (int) (high >>> 32), mode));
            }
            case SseOp.CVTPD2DQ, SseOp.CVTTPD2DQ -> {
                int mode = op == SseOp.CVTPD2DQ ? s.rounding() : SoftFloat.TRUNCATE;
                newLow = pair((int) toInteger(s, low, mode, false), (int) toInteger(s, high, mode, false));
            }
            default -> {
                newLow = Double.doubleToRawLongBits((int) low);
                newHigh = Double.doubleToRawLongBits((int) (low >>> 32));
            }
        }
        s.finish();
        x[a] = newLow;
        x[a + 1] = newHigh;
    }

    private static long pair(int low, int high) {
        return (long) high << 32 | low & LOW;
    }

    private static long widen(SseState s, int a) {
        int exponent = a & 0x7F80_0000;
        if (exponent != 0 && exponent != 0x7F80_0000 || a << 1 == 0) {
            return Double.doubleToRawLongBits(Float.intBitsToFloat(a));
        }
        return DOUBLE.convert(s, SINGLE, a & LOW);
    }

    private static int narrow(SseState s, long a) {
        if (s.fast()) {
            int bits = Float.floatToRawIntBits((float) Double.longBitsToDouble(a));
            int exponent = bits & 0x7F80_0000;
            if (exponent > 0x0080_0000 && exponent != 0x7F80_0000) {
                return bits;
            }
        }
        return (int) SINGLE.convert(s, DOUBLE, a);
    }

    /** A signed integer as a float. */
    static int toSingle(SseState s, long value) {
        float near = value;
        if (s.fast() || Math.abs(value) < 1 << 24) {
            return Float.floatToRawIntBits(near);
        }
        return (int) SINGLE.fromInteger(s, value);
    }

    /** A signed integer as a double. */
    static long toDouble(SseState s, long value) {
        if (s.fast() || Math.abs(value) < 1L << 53 && value != Long.MIN_VALUE) {
            return Double.doubleToRawLongBits(value);
        }
        return DOUBLE.fromInteger(s, value);
    }

    private static int single32(SseState s, int a, int mode) {
        return (int) singleToInteger(s, a, mode, false);
    }

    /** A float as a signed integer; see {@link #toInteger}. */
    static long singleToInteger(SseState s, int a, int mode, boolean wide) {
        // Widening is exact and keeps NaNs NaNs; a denormal becomes normal, so it must be flushed before.
        long bits = SINGLE.flush(s, a & LOW);
        return toInteger(s, Double.doubleToRawLongBits(Float.intBitsToFloat((int) bits)), mode, wide);
    }

    /** A double as a signed 32- or 64-bit integer, or the integer indefinite, 80...0, with the invalid flag (SDM vol. 1, table 4-6). */
    static long toInteger(SseState s, long a, int mode, boolean wide) {
        double value = Double.longBitsToDouble(DOUBLE.flush(s, a));
        double integral = round(value, mode);
        double limit = wide ? 0x1p63 : 0x1p31;
        if (!(integral >= -limit && integral < limit)) {
            s.soft.flags |= SoftFloat.INVALID;
            return wide ? Long.MIN_VALUE : Integer.MIN_VALUE;
        }
        if (integral != value) {
            s.soft.flags |= SoftFloat.PRECISION;
        }
        return (long) integral;
    }

    private static double round(double value, int mode) {
        return switch (mode) {
            case SoftFloat.NEAREST -> Math.rint(value);
            case SoftFloat.DOWN -> Math.floor(value);
            case SoftFloat.UP -> Math.ceil(value);
            default -> value < 0 ? Math.ceil(value) : Math.floor(value);
        };
    }

    /** ROUNDPD: the immediate gives the mode, or bit 2 leaves it to MXCSR; bit 3 keeps the precision flag down (SDM vol. 2, table 4-18). */
    static long roundToIntegral(SseState s, long operand, int imm) {
        if (DOUBLE.isNan(operand)) {
            return DOUBLE.nan(s.soft, operand, operand);
        }
        long a = DOUBLE.flush(s, operand);
        double value = Double.longBitsToDouble(a);
        double integral = round(value, (imm & 4) != 0 ? s.rounding() : imm & 3);
        if (integral != value && (imm & 8) == 0) {
            s.soft.flags |= SoftFloat.PRECISION;
        }
        return Double.doubleToRawLongBits(integral) & Long.MAX_VALUE | a & Long.MIN_VALUE;
    }

    /** ROUNDPS. */
    static int roundToIntegral(SseState s, int operand, int imm) {
        if (SINGLE.isNan(operand & LOW)) {
            return (int) SINGLE.nan(s.soft, operand & LOW, operand & LOW);
        }
        int a = (int) SINGLE.flush(s, operand & LOW);
        float value = Float.intBitsToFloat(a);
        float integral = (float) round(value, (imm & 4) != 0 ? s.rounding() : imm & 3);
        if (integral != value && (imm & 8) == 0) {
            s.soft.flags |= SoftFloat.PRECISION;
        }
        return Float.floatToRawIntBits(integral) & Integer.MAX_VALUE | a & Integer.MIN_VALUE;
    }
}
