package org.jvmm.cpu.exec;

import org.jvmm.cpu.state.CpuState;

/**
 * Integer arithmetic with flags (SDM vol. 1 §3.4.3.1). Operands of the sized forms may carry rubbish above their size; results are zero-extended.
 * {@link FlagWords} says how the flags are made.
 */
final class Alu {
    private static final long TOP_BITS = 0xC000_0000_0000_0000L;

    private Alu() {}

    static long add64(CpuState s, long a, long b) {
        long x = a + b;
        s.flagResult = x;
        s.flagAux = FlagWords.add64(a, b, x);
        return x;
    }

    static long sub64(CpuState s, long a, long b) {
        long x = a - b;
        s.flagResult = x;
        s.flagAux = FlagWords.sub64(a, b, x);
        return x;
    }

    static long add32(CpuState s, long a, long b) {
        int x = (int) a + (int) b;
        s.flagResult = x;
        s.flagAux = FlagWords.add32(a, b, x);
        return x & 0xFFFF_FFFFL;
    }

    static long sub32(CpuState s, long a, long b) {
        int x = (int) a - (int) b;
        s.flagResult = x;
        s.flagAux = FlagWords.sub32(a, b, x);
        return x & 0xFFFF_FFFFL;
    }

    /** A register whose low byte is written. */
    static long low8(long x, long value) {
        return x & ~0xFFL | value & 0xFF;
    }

    /** A register whose low 16 bits are written. */
    static long low16(long x, long value) {
        return x & ~0xFFFFL | value & 0xFFFF;
    }

    /** Rubbish above the 16 bits of the result, as above those of the operands. */
    static long add16(CpuState s, long a, long b) {
        long x = a + b;
        s.flagResult = (short) x;
        s.flagAux = FlagWords.add16(a, b, x);
        return x;
    }

    /** Flags of CMP on 16 bits. */
    static void sub16(CpuState s, long a, long b) {
        long x = a - b;
        s.flagResult = (short) x;
        s.flagAux = FlagWords.sub16(a, b, x);
    }

    /** Flags of CMP on 8 bits. */
    static void sub8(CpuState s, long a, long b) {
        long x = a - b;
        s.flagResult = (byte) x;
        s.flagAux = FlagWords.sub8(a, b, x);
    }

    /** INC: CF stays. */
    static long increment64(CpuState s, long a) {
        long x = a + 1;
        s.flagResult = x;
        s.flagAux = FlagWords.increment64(s.flagAux, a, x);
        return x;
    }

    static long increment32(CpuState s, long a) {
        int x = (int) a + 1;
        s.flagResult = x;
        s.flagAux = FlagWords.increment32(s.flagAux, a, x);
        return x & 0xFFFF_FFFFL;
    }

    /** DEC: CF stays. */
    static long decrement64(CpuState s, long a) {
        long x = a - 1;
        s.flagResult = x;
        s.flagAux = FlagWords.decrement64(s.flagAux, a, x);
        return x;
    }

    static long decrement32(CpuState s, long a) {
        int x = (int) a - 1;
        s.flagResult = x;
        s.flagAux = FlagWords.decrement32(s.flagAux, a, x);
        return x & 0xFFFF_FFFFL;
    }

    /** Flags of AND, OR, XOR, TEST on 64 bits. */
    static long logic64(CpuState s, long x) {
        s.flagResult = x;
        s.flagAux = 0;
        return x;
    }

    /** Flags of AND, OR, XOR, TEST on 32 bits. */
    static long logic32(CpuState s, long x) {
        s.flagResult = (int) x;
        s.flagAux = 0;
        return x & 0xFFFF_FFFFL;
    }

    /** Sign-extends the low {@code size} bytes. */
    static long signExtend(long value, int size) {
        int shift = 64 - 8 * size;
        return value << shift >> shift;
    }

    /** Zero-extends the low {@code size} bytes. */
    static long zeroExtend(long value, int size) {
        int shift = 64 - 8 * size;
        return value << shift >>> shift;
    }

    /** ADD or ADC of any size. */
    static long add(CpuState s, long a, long b, int carryIn, int size) {
        long x = a + b + carryIn;
        long carries = a & b | (a | b) & ~x;
        s.flagResult = signExtend(x, size);
        s.flagAux = carries << 64 - 8 * size & TOP_BITS | carries & 8;
        return zeroExtend(x, size);
    }

    /** SUB or SBB or CMP of any size. */
    static long sub(CpuState s, long a, long b, int borrowIn, int size) {
        long x = a - b - borrowIn;
        long borrows = ~a & b | (~a | b) & x;
        s.flagResult = signExtend(x, size);
        s.flagAux = borrows << 64 - 8 * size & TOP_BITS | borrows & 8;
        return zeroExtend(x, size);
    }

    static long logic(CpuState s, long x, int size) {
        s.flagResult = signExtend(x, size);
        s.flagAux = 0;
        return zeroExtend(x, size);
    }

    /** INC (delta 1) or DEC (delta -1): CF stays. */
    static long step(CpuState s, long a, int delta, int size) {
        boolean carry = s.cf();
        long x = delta > 0 ? add(s, a, 1, 0, size) : sub(s, a, 1, 0, size);
        s.setCarry(carry);
        return x;
    }

    /**
     * The two-operand operations numbered in {@link Ops}: ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST. The result of CMP and TEST is not to be
     * stored.
     */
    static long binary(CpuState s, int op, long a, long b, int size) {
        return switch (op) {
            case Ops.ADD -> add(s, a, b, 0, size);
            case Ops.OR -> logic(s, a | b, size);
            case Ops.ADC -> add(s, a, b, s.carry(), size);
            case Ops.SBB -> sub(s, a, b, s.carry(), size);
            case Ops.AND, Ops.TEST -> logic(s, a & b, size);
            case Ops.SUB, Ops.CMP -> sub(s, a, b, 0, size);
            default -> logic(s, a ^ b, size);
        };
    }

    /** NEG: CF is set unless the operand is zero. */
    static long negate(CpuState s, long a, int size) {
        return sub(s, 0, a, 0, size);
    }

    static long imul64(CpuState s, long a, long b) {
        long x = a * b;
        s.flagResult = x;
        s.flagAux = FlagWords.imul64(a, b, x);
        return x;
    }

    static long imul32(CpuState s, long a, long b) {
        int x = (int) a * (int) b;
        s.flagResult = x;
        s.flagAux = FlagWords.imul32(a, b);
        return x & 0xFFFF_FFFFL;
    }

    /** Low half of a signed product; CF and OF tell that it does not fit. */
    static long imul(CpuState s, long a, long b, int size) {
        long x = signExtend(a, size);
        long y = signExtend(b, size);
        long product = x * y;
        long low = signExtend(product, size);
        boolean overflow = size == 8 ? Math.multiplyHigh(x, y) != product >> 63 : low != product;
        s.setFlags(low, overflow, overflow);
        return zeroExtend(product, size);
    }
}
