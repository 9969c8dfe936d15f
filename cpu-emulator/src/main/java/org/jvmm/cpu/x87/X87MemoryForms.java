package org.jvmm.cpu.x87;

import org.jvmm.cpu.x87.X87Exec.X87Memory;

/** The memory forms: arithmetic with memory operands, loads, stores, control words. Loads come before any change of state, stores before a pop. */
final class X87MemoryForms {
    private X87MemoryForms() {}

    static void execute(int opcode, int digit, long address, X87State s, X87Memory m, boolean operand16) {
        switch (opcode) {
            case 0xD8, 0xDC, 0xDA, 0xDE -> arithmetic(s, opcode, digit, address, m);
            case 0xD9 -> {
                switch (digit) {
                    case 0 -> loadReal(s, m.load(address, 4), 4);
                    case 2, 3 -> storeReal(s, m, address, 4, digit == 3);
                    case 4 -> X87Image.loadEnvironment(s, address, m, operand16);
                    case 5 -> s.setControlWord((int) m.load(address, 2));
                    case 6 -> X87Image.storeEnvironment(s, address, m, operand16);
                    default -> m.store(address, 2, s.control);
                }
            }
            case 0xDB -> {
                switch (digit) {
                    case 0 -> loadInteger(s, (int) m.load(address, 4));
                    case 1 -> storeInteger(s, m, address, 4, SoftFloat.TRUNCATE, true);
                    case 2, 3 -> storeInteger(s, m, address, 4, s.rounding(), digit == 3);
                    case 5 -> loadExtended(s, m, address);
                    default -> storeExtended(s, m, address);
                }
            }
            case 0xDD -> {
                switch (digit) {
                    case 0 -> loadReal(s, m.load(address, 8), 8);
                    case 1 -> storeInteger(s, m, address, 8, SoftFloat.TRUNCATE, true);
                    case 2, 3 -> storeReal(s, m, address, 8, digit == 3);
                    case 4 -> X87Image.restore(s, address, m, operand16);
                    case 6 -> X87Image.save(s, address, m, operand16);
                    default -> m.store(address, 2, s.status());
                }
            }
            default -> {
                switch (digit) {
                    case 0 -> loadInteger(s, (short) m.load(address, 2));
                    case 1 -> storeInteger(s, m, address, 2, SoftFloat.TRUNCATE, true);
                    case 2, 3 -> storeInteger(s, m, address, 2, s.rounding(), digit == 3);
                    case 4 -> X87Decimal.load(s, m, address);
                    case 5 -> loadInteger(s, m.load(address, 8));
                    case 6 -> X87Decimal.store(s, m, address);
                    default -> storeInteger(s, m, address, 8, s.rounding(), true);
                }
            }
        }
    }

    private static void arithmetic(X87State s, int opcode, int digit, long address, X87Memory m) {
        switch (opcode) {
            case 0xD8 -> widen(s, m.load(address, 4), 4);
            case 0xDC -> widen(s, m.load(address, 8), 8);
            case 0xDA -> integer(s, (int) m.load(address, 4));
            default -> integer(s, (short) m.load(address, 2));
        }
        boolean comparison = digit == 2 || digit == 3;
        if (s.empty(0)) {
            s.soft.flags = 0;
            boolean masked = s.stackFault(false);
            if (comparison) {
                X87Exec.conditions(s, 2);
            } else if (masked) {
                s.set(0, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
            }
            if (masked && digit == 3) {
                s.pop();
            }
            return;
        }
        int se = s.resultSignExponent;
        long sig = s.resultSignificand;
        if (!comparison) {
            X87Arithmetic.binary(s, digit, s.se(0), s.sig(0), se, sig);
            X87Unary.deliver(s);
            return;
        }
        int order = X87Arithmetic.compare(s, s.se(0), s.sig(0), se, sig, false);
        boolean accepted = s.accept();
        X87Exec.conditions(s, order);
        if (accepted && digit == 3) {
            s.pop();
        }
    }

    /** A float or double as an extended number in the result fields, exactly; a signalling NaN stays one, a denormal is noted. */
    private static void widen(X87State s, long bits, int size) {
        int fractionBits = size == 4 ? 23 : 52;
        int maxBiased = size == 4 ? 0xFF : 0x7FF;
        int sign = (bits >>> (size * 8 - 1) & 1) != 0 ? 0x8000 : 0;
        int biased = (int) (bits >>> fractionBits) & maxBiased;
        long fraction = bits << 63 - fractionBits & Long.MAX_VALUE;
        int bias = maxBiased >> 1;
        if (biased == maxBiased) {
            s.result(sign | 0x7FFF, fraction | X87State.INTEGER_BIT);
        } else if (biased != 0) {
            s.result(sign | biased - bias + X87Arithmetic.BIAS, fraction | X87State.INTEGER_BIT);
        } else if (fraction == 0) {
            s.result(sign, 0);
        } else {
            s.soft.flags |= SoftFloat.DENORMAL;
            int zeros = Long.numberOfLeadingZeros(fraction);
            s.result(sign | 1 - zeros - bias + X87Arithmetic.BIAS, fraction << zeros);
        }
    }

    private static void integer(X87State s, long value) {
        if (value == 0) {
            s.result(0, 0);
        } else {
            int zeros = Long.numberOfLeadingZeros(Math.abs(value));
            s.result((value < 0 ? 0x8000 : 0) | 63 - zeros + X87Arithmetic.BIAS, Math.abs(value) << zeros);
        }
    }

    /** FLD m32fp, m64fp. A full stack comes before what is wrong with the operand. */
    private static void loadReal(X87State s, long bits, int size) {
        if (!s.empty(7)) {
            s.push(0, 0);
            return;
        }
        widen(s, bits, size);
        // A NaN is made quiet on the way.
        X87Arithmetic.nan(s, s.resultSignExponent, s.resultSignificand, 0, 0);
        int denormal = s.soft.flags & SoftFloat.DENORMAL;
        s.soft.flags &= ~SoftFloat.DENORMAL;
        if (s.accept()) {
            s.push(s.resultSignExponent, s.resultSignificand);
            // A denormal is loaded whether its exception is masked or not.
            s.status |= denormal;
            s.updateSummary();
        }
    }

    private static void loadInteger(X87State s, long value) {
        s.status &= ~X87State.C1;
        integer(s, value);
        s.push(s.resultSignExponent, s.resultSignificand);
    }

    private static void loadExtended(X87State s, X87Memory m, long address) {
        long sig = m.load(address, 8);
        int se = (int) m.load(address + 8, 2);
        s.status &= ~X87State.C1;
        s.push(se, sig);
    }

    private static void storeExtended(X87State s, X87Memory m, long address) {
        if (s.empty(0)) {
            if ((s.control & X87State.IE) != 0) {
                m.store(address, 8, X87State.NAN_SIGNIFICAND);
                m.store(address + 8, 2, X87State.NAN_SIGN_EXPONENT);
            }
            if (s.stackFault(false)) {
                s.pop();
            }
            return;
        }
        m.store(address, 8, s.sig(0));
        m.store(address + 8, 2, s.se(0));
        s.status &= ~X87State.C1;
        s.pop();
    }

    /** FST, FSTP m32fp, m64fp. */
    private static void storeReal(X87State s, X87Memory m, long address, int size, boolean pop) {
        long bits;
        boolean deliver;
        if (s.empty(0)) {
            bits = size == 4 ? 0xFFC0_0000L : 0xFFF8_0000_0000_0000L;
            deliver = (s.control & X87State.IE) != 0;
            if (deliver) {
                m.store(address, size, bits);
            }
            s.stackFault(false);
        } else {
            bits = narrow(s, s.se(0), s.sig(0), size);
            // An unmasked overflow or underflow keeps the value in the register (SDM vol. 1 §8.5.4).
            int preventing = SoftFloat.INVALID | SoftFloat.OVERFLOW | SoftFloat.UNDERFLOW;
            deliver = (s.soft.flags & ~s.control & preventing) == 0;
            if (deliver) {
                storeOrForget(s, m, address, size, bits);
            }
            s.accept();
        }
        if (deliver && pop) {
            s.pop();
        }
    }

    /** A store that may fault must leave no exceptions behind in the engine. */
    static void storeOrForget(X87State s, X87Memory m, long address, int size, long value) {
        int flags = s.soft.flags;
        s.soft.flags = 0;
        m.store(address, size, value);
        s.soft.flags = flags;
    }

    private static long narrow(X87State s, int se, long sig, int size) {
        SoftFloat f = s.soft;
        int precision = size == 4 ? 24 : 53;
        int maxExp = size == 4 ? 127 : 1023;
        int fractionBits = precision - 1;
        long sign = X87Arithmetic.negative(se) ? 1L << size * 8 - 1 : 0;
        long infinity = (2L * maxExp + 1) << fractionBits;
        if (X87Arithmetic.nan(s, se, sig, 0, 0)) {
            long payload = s.resultSignificand << 1 >>> 64 - fractionBits;
            return (X87Arithmetic.negative(s.resultSignExponent) ? 1L << size * 8 - 1 : 0) | infinity | payload;
        }
        if (sig == 0) {
            return sign;
        }
        if (X87Arithmetic.isInfinite(se, sig)) {
            return sign | infinity;
        }
        f.set(X87Arithmetic.negative(se), X87Arithmetic.exponent(se, sig), X87Arithmetic.normalized(sig));
        int minExp = 1 - maxExp;
        boolean tiny = f.isTiny(precision, minExp, s.rounding());
        if (tiny && (s.control & X87State.UE) == 0) {
            // Nothing is stored, so nothing was rounded.
            f.flags |= SoftFloat.UNDERFLOW;
            return 0;
        }
        if (f.exp >= maxExp && (s.control & X87State.OE) == 0) {
            f.roundBits(precision, s.rounding());
            if (f.exp > maxExp) {
                f.flags = f.flags & ~SoftFloat.PRECISION | SoftFloat.OVERFLOW;
                return 0;
            }
        } else {
            f.round(precision, minExp, maxExp, s.rounding());
        }
        if (f.infinite) {
            return sign | infinity;
        }
        long biased = f.hi < 0 ? f.exp + maxExp : 0;
        return sign | biased << fractionBits | f.hi << 1 >>> 64 - fractionBits;
    }

    /** FIST, FISTP, FISTTP. */
    private static void storeInteger(X87State s, X87Memory m, long address, int size, int rounding, boolean pop) {
        boolean deliver;
        if (s.empty(0)) {
            deliver = (s.control & X87State.IE) != 0;
            if (deliver) {
                m.store(address, size, 1L << size * 8 - 1);
            }
            s.stackFault(false);
        } else {
            long value = toInteger(s, s.se(0), s.sig(0), size * 8, rounding);
            deliver = (s.soft.flags & ~s.control & SoftFloat.INVALID) == 0;
            if (deliver) {
                storeOrForget(s, m, address, size, value);
            }
            s.accept();
        }
        if (deliver && pop) {
            s.pop();
        }
    }

    /** A number as a signed integer of so many bits, or the integer indefinite with the invalid flag (SDM vol. 1 §8.2.1). */
    static long toInteger(X87State s, int se, long sig, int bits, int rounding) {
        long indefinite = -1L << bits - 1;
        SoftFloat f = s.soft;
        boolean special = (se & 0x7FFF) == 0x7FFF || X87Arithmetic.isUnsupported(se, sig);
        if (sig == 0 && !special) {
            return 0;
        }
        int exp = X87Arithmetic.exponent(se, sig);
        if (special || exp >= 64) {
            f.flags |= SoftFloat.INVALID;
            return indefinite;
        }
        f.set(X87Arithmetic.negative(se), exp, X87Arithmetic.normalized(sig));
        f.shiftRight(63 - exp);
        int flags = f.flags;
        f.roundBits(64, rounding);
        boolean wrapped = f.exp != exp;
        if (wrapped || Long.compareUnsigned(f.hi, f.sign ? -indefinite : ~indefinite) > 0) {
            f.flags = flags | SoftFloat.INVALID;
            return indefinite;
        }
        return f.sign ? -f.hi : f.hi;
    }
}
