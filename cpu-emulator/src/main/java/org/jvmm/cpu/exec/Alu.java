package org.jvmm.cpu.exec;

import org.jvmm.cpu.state.CpuState;

/**
 * Integer arithmetic with flags (SDM vol. 1 §3.4.3.1). Operands of the sized forms may carry rubbish above their size; results are zero-extended.
 *
 * <p>The carries out of every bit of {@code x = a + b} are {@code a & b | (a | b) & ~x}, of {@code x = a - b} the borrows are
 * {@code ~a & b | (~a | b) & x}; with a carry in they hold as well. {@link CpuState#flagAux} wants those of bits 63 and 62, which for
 * narrower operands are shifted up, and of bit 3 where it is.
 */
final class Alu {
    private static final long MASK = CpuState.AUX_MASK;
    private static final long TOP_BITS = 0xC000_0000_0000_0000L;

    private Alu() {}

    static long add64(CpuState s, long a, long b) {
        long x = a + b;
        s.flagResult = x;
        s.flagAux = (a & b | (a | b) & ~x) & MASK;
        return x;
    }

    static long sub64(CpuState s, long a, long b) {
        long x = a - b;
        s.flagResult = x;
        s.flagAux = (~a & b | (~a | b) & x) & MASK;
        return x;
    }

    static long add32(CpuState s, long a, long b) {
        int x = (int) a + (int) b;
        int carries = (int) a & (int) b | ((int) a | (int) b) & ~x;
        s.flagResult = x;
        s.flagAux = (long) carries << 32 & TOP_BITS | carries & 8;
        return x & 0xFFFF_FFFFL;
    }

    static long sub32(CpuState s, long a, long b) {
        int x = (int) a - (int) b;
        int borrows = ~(int) a & (int) b | (~(int) a | (int) b) & x;
        s.flagResult = x;
        s.flagAux = (long) borrows << 32 & TOP_BITS | borrows & 8;
        return x & 0xFFFF_FFFFL;
    }

    /** Flags of CMP on 8 bits. */
    static void sub8(CpuState s, long a, long b) {
        int x = (int) a - (int) b;
        int borrows = ~(int) a & (int) b | (~(int) a | (int) b) & x;
        s.flagResult = (byte) x;
        s.flagAux = (long) borrows << 56 & TOP_BITS | borrows & 8;
    }

    /** INC: CF stays, so the carry into the sign bit is what OF, which is new, and CF make of it. */
    static long increment64(CpuState s, long a) {
        long x = a + 1;
        s.flagResult = x;
        s.flagAux = keepCarry(s.flagAux, (~a & x) >>> 63, (a & ~x) & 8);
        return x;
    }

    static long increment32(CpuState s, long a) {
        int x = (int) a + 1;
        s.flagResult = x;
        s.flagAux = keepCarry(s.flagAux, (~(int) a & x) >>> 31, ((int) a & ~x) & 8);
        return x & 0xFFFF_FFFFL;
    }

    /** DEC: CF stays. */
    static long decrement64(CpuState s, long a) {
        long x = a - 1;
        s.flagResult = x;
        s.flagAux = keepCarry(s.flagAux, (a & ~x) >>> 63, (~a & x) & 8);
        return x;
    }

    static long decrement32(CpuState s, long a) {
        int x = (int) a - 1;
        s.flagResult = x;
        s.flagAux = keepCarry(s.flagAux, ((int) a & ~x) >>> 31, (~(int) a & x) & 8);
        return x & 0xFFFF_FFFFL;
    }

    /** The auxiliary word with the CF of {@code old}, OF as given (0 or 1), and AF as given (0 or 8). */
    private static long keepCarry(long old, long overflow, long auxiliary) {
        long carry = old & Long.MIN_VALUE;
        return carry | (carry >>> 1 ^ overflow << 62) | auxiliary;
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
        boolean overflow = Math.multiplyHigh(a, b) != x >> 63;
        s.flagResult = x;
        // CF and OF alike: the carry into the sign bit is 0.
        s.flagAux = overflow ? Long.MIN_VALUE : 0;
        return x;
    }

    static long imul32(CpuState s, long a, long b) {
        long product = (long) (int) a * (int) b;
        s.flagResult = (int) product;
        s.flagAux = product != (int) product ? Long.MIN_VALUE : 0;
        return product & 0xFFFF_FFFFL;
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
