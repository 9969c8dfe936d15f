package org.jvmm.cpu.exec;

import org.jvmm.cpu.state.CpuState;

/**
 * What arithmetic makes of {@link CpuState#flagAux}, as pure functions: the interpreter stores their result, compiled code keeps it in a local. Operands
 * may carry rubbish above their size.
 *
 * <p>The carries out of every bit of {@code x = a + b} are {@code a & b | (a | b) & ~x}, of {@code x = a - b} the borrows are
 * {@code ~a & b | (~a | b) & x}; with a carry in they hold as well. The word wants those of bits 63 and 62, which for narrower operands are shifted up,
 * and of bit 3 where it is.
 */
final class FlagWords {
    private static final long MASK = CpuState.AUX_MASK;
    private static final long TOP_BITS = 0xC000_0000_0000_0000L;
    private static final long SIGN = Long.MIN_VALUE;

    private FlagWords() {}

    static long add64(long a, long b, long x) {
        return (a & b | (a | b) & ~x) & MASK;
    }

    static long sub64(long a, long b, long x) {
        return (~a & b | (~a | b) & x) & MASK;
    }

    static long add32(long a, long b, long x) {
        int carries = (int) a & (int) b | ((int) a | (int) b) & ~(int) x;
        return (long) carries << 32 & TOP_BITS | carries & 8;
    }

    static long sub32(long a, long b, long x) {
        int borrows = ~(int) a & (int) b | (~(int) a | (int) b) & (int) x;
        return (long) borrows << 32 & TOP_BITS | borrows & 8;
    }

    static long add16(long a, long b, long x) {
        int carries = (int) a & (int) b | ((int) a | (int) b) & ~(int) x;
        return (long) carries << 48 & TOP_BITS | carries & 8;
    }

    static long sub16(long a, long b, long x) {
        int borrows = ~(int) a & (int) b | (~(int) a | (int) b) & (int) x;
        return (long) borrows << 48 & TOP_BITS | borrows & 8;
    }

    static long sub8(long a, long b, long x) {
        int borrows = ~(int) a & (int) b | (~(int) a | (int) b) & (int) x;
        return (long) borrows << 56 & TOP_BITS | borrows & 8;
    }

    /** INC: CF stays, so the carry into the sign bit is what OF, which is new, and CF make of it. */
    static long increment64(long old, long a, long x) {
        return keepCarry(old, (~a & x) >>> 63, (a & ~x) & 8);
    }

    static long increment32(long old, long a, long x) {
        return keepCarry(old, (~a & x) >>> 31 & 1, (a & ~x) & 8);
    }

    /** DEC: CF stays. */
    static long decrement64(long old, long a, long x) {
        return keepCarry(old, (a & ~x) >>> 63, (~a & x) & 8);
    }

    static long decrement32(long old, long a, long x) {
        return keepCarry(old, (a & ~x) >>> 31 & 1, (~a & x) & 8);
    }

    /** The word with the CF of {@code old}, OF as given (0 or 1), and AF as given (0 or 8). */
    private static long keepCarry(long old, long overflow, long auxiliary) {
        long carry = old & SIGN;
        return carry | (carry >>> 1 ^ overflow << 62) | auxiliary;
    }

    // Shifts: a count of 1 to 31, or to 63 for the 64-bit forms.

    /** SHL: OF is CF xor the new sign, so the carry into the sign bit is the new sign. */
    static long shl64(long a, int n, long x) {
        return a << n - 1 & SIGN | (x & SIGN) >>> 1;
    }

    static long shl32(long a, int n, long x) {
        return (long) ((int) a << n - 1) << 32 & SIGN | (x << 32 & SIGN) >>> 1;
    }

    /** SHR: OF is the old sign for a count of 1 (SDM vol. 2, SHR), which makes the carry into the sign bit CF xor that. */
    static long shr64(long a, int n) {
        long carry = a >>> n - 1 << 63;
        return carry | carry >>> 1 ^ (n == 1 ? a >>> 63 << 62 : 0);
    }

    static long shr32(long a, int n) {
        long carry = (long) ((int) a >>> n - 1) << 63;
        return carry | carry >>> 1 ^ (n == 1 ? (a >>> 31 & 1) << 62 : 0);
    }

    /** SAR: OF is clear for a count of 1, and left so for others. */
    static long sar64(long a, int n) {
        long carry = a >> n - 1 << 63;
        return carry | carry >>> 1;
    }

    static long sar32(long a, int n) {
        long carry = (long) ((int) a >> n - 1) << 63;
        return carry | carry >>> 1;
    }

    /** ROL: the flags that follow the result stay; CF is the bit that went around, OF its difference from the new sign. */
    static long rol32(long old, long x) {
        return rotated(old, x & 1, (x ^ x >>> 31) & 1);
    }

    static long ror32(long old, long x) {
        return rotated(old, x >>> 31 & 1, (x >>> 31 ^ x >>> 30) & 1);
    }

    /** The word with new CF and OF, each 0 or 1, and the rest as it was. */
    private static long rotated(long old, long carry, long overflow) {
        return old & Long.MAX_VALUE >>> 1 | carry << 63 | (carry ^ overflow) << 62;
    }

    /** IMUL: CF and OF alike, which makes the carry into the sign bit 0. */
    static long imul64(long a, long b, long x) {
        return Math.multiplyHigh(a, b) != x >> 63 ? SIGN : 0;
    }

    static long imul32(long a, long b) {
        long product = (long) (int) a * (int) b;
        return product != (int) product ? SIGN : 0;
    }

    /** Evaluates a condition code, 0 (O) to 15 (NLE), on the two flag words (SDM vol. 2, appendix B.1.4.7). */
    static boolean condition(int code, long result, long aux) {
        boolean value = switch (code >> 1) {
            case 0 -> (aux ^ aux << 1) < 0;
            case 1 -> aux < 0;
            case 2 -> result == 0;
            case 3 -> aux < 0 || result == 0;
            case 4 -> (result ^ aux << 56) < 0;
            case 5 -> (Integer.bitCount((int) result & 0xFF) + ((int) aux >> 2) & 1) == 0;
            case 6 -> (result ^ aux << 56 ^ aux ^ aux << 1) < 0;
            default -> result == 0 || (result ^ aux << 56 ^ aux ^ aux << 1) < 0;
        };
        return value != ((code & 1) != 0);
    }
}
