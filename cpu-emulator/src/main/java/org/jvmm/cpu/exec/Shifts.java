package org.jvmm.cpu.exec;

import org.jvmm.cpu.decode.Op;
import org.jvmm.cpu.state.CpuState;

/** Shifts and rotates with flags (SDM vol. 2, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, SHRD). */
final class Shifts {
    private Shifts() {}

    /**
     * Shifts or rotates; a masked count of 0 changes nothing.
     *
     * @param count unmasked count
     * @return the result, zero-extended
     */
    static long shift(CpuState s, Op op, long value, int count, int size) {
        int n = count & (size == 8 ? 63 : 31);
        long a = Alu.zeroExtend(value, size);
        if (n == 0) {
            return a;
        }
        return switch (op) {
            case SHL -> shl(s, a, n, size);
            case SHR -> shr(s, a, n, size);
            case SAR -> sar(s, a, n, size);
            case ROL -> rol(s, a, n, size);
            case ROR -> ror(s, a, n, size);
            case RCL -> rcl(s, a, n, size);
            default -> rcr(s, a, n, size);
        };
    }

    // The frequent forms: a count of 1 to 31, or to 63, and no look at the size.

    static long shl64(CpuState s, long a, int n) {
        long x = a << n;
        s.flagResult = x;
        s.flagAux = FlagWords.shl64(a, n, x);
        return x;
    }

    static long shl32(CpuState s, long a, int n) {
        int x = (int) a << n;
        s.flagResult = x;
        s.flagAux = FlagWords.shl32(a, n, x);
        return x & 0xFFFF_FFFFL;
    }

    static long shr64(CpuState s, long a, int n) {
        long x = a >>> n;
        s.flagResult = x;
        s.flagAux = FlagWords.shr64(a, n);
        return x;
    }

    static long shr32(CpuState s, long a, int n) {
        int x = (int) a >>> n;
        s.flagResult = x;
        s.flagAux = FlagWords.shr32(a, n);
        return x & 0xFFFF_FFFFL;
    }

    static long sar64(CpuState s, long a, int n) {
        long x = a >> n;
        s.flagResult = x;
        s.flagAux = FlagWords.sar64(a, n);
        return x;
    }

    static long sar32(CpuState s, long a, int n) {
        int x = (int) a >> n;
        s.flagResult = x;
        s.flagAux = FlagWords.sar32(a, n);
        return x & 0xFFFF_FFFFL;
    }

    static long rol32(CpuState s, long a, int n) {
        long x = Integer.rotateLeft((int) a, n) & 0xFFFF_FFFFL;
        s.flagAux = FlagWords.rol32(s.flagAux, x);
        return x;
    }

    static long ror32(CpuState s, long a, int n) {
        long x = Integer.rotateRight((int) a, n) & 0xFFFF_FFFFL;
        s.flagAux = FlagWords.ror32(s.flagAux, x);
        return x;
    }

    static long shl(CpuState s, long a, int n, int size) {
        int bits = 8 * size;
        long x = Alu.zeroExtend(a << n, size);
        boolean carry = n <= bits && (a >>> bits - n & 1) != 0;
        long signed = Alu.signExtend(x, size);
        s.setFlags(signed, carry, carry != signed < 0);
        return x;
    }

    static long shr(CpuState s, long a, int n, int size) {
        long x = a >>> n;
        boolean carry = (a >>> n - 1 & 1) != 0;
        // OF is defined for a count of 1 only: the old sign (SDM vol. 2, SHR).
        s.setFlags(Alu.signExtend(x, size), carry, n == 1 && (a >>> 8 * size - 1 & 1) != 0);
        return x;
    }

    static long sar(CpuState s, long a, int n, int size) {
        long signed = Alu.signExtend(a, size);
        long x = signed >> n;
        s.setFlags(x, (signed >> n - 1 & 1) != 0, false);
        return Alu.zeroExtend(x, size);
    }

    static long rol(CpuState s, long a, int count, int size) {
        int bits = 8 * size;
        int n = count & bits - 1;
        long x = n == 0 ? a : Alu.zeroExtend(a << n | a >>> bits - n, size);
        boolean carry = (x & 1) != 0;
        boolean top = (x >>> bits - 1 & 1) != 0;
        rotateFlags(s, carry, top != carry);
        return x;
    }

    static long ror(CpuState s, long a, int count, int size) {
        int bits = 8 * size;
        int n = count & bits - 1;
        long x = n == 0 ? a : Alu.zeroExtend(a >>> n | a << bits - n, size);
        boolean carry = (x >>> bits - 1 & 1) != 0;
        boolean second = (x >>> bits - 2 & 1) != 0;
        rotateFlags(s, carry, carry != second);
        return x;
    }

    private static long rcl(CpuState s, long a, int count, int size) {
        int bits = 8 * size;
        long x = a;
        boolean carry = s.cf();
        // One bit at a time: rare, and 9-, 17-, 33- and 65-bit rotates fit no machine word.
        for (int n = size >= 4 ? count : count % (bits + 1); n > 0; n--) {
            boolean out = (x >>> bits - 1 & 1) != 0;
            x = Alu.zeroExtend(x << 1 | (carry ? 1 : 0), size);
            carry = out;
        }
        rotateFlags(s, carry, (x >>> bits - 1 & 1) != 0 != carry);
        return x;
    }

    private static long rcr(CpuState s, long a, int count, int size) {
        int bits = 8 * size;
        long x = a;
        boolean carry = s.cf();
        boolean overflow = (x >>> bits - 1 & 1) != 0 != carry;
        for (int n = size >= 4 ? count : count % (bits + 1); n > 0; n--) {
            boolean out = (x & 1) != 0;
            x = x >>> 1 | (carry ? 1L : 0L) << bits - 1;
            carry = out;
        }
        rotateFlags(s, carry, overflow);
        return x;
    }

    /** Rotates leave SF, ZF, AF and PF alone. */
    private static void rotateFlags(CpuState s, boolean carry, boolean overflow) {
        s.setCarry(carry);
        if (s.of() != overflow) {
            s.flagAux ^= 1L << 62;
        }
    }

    /** SHLD: shifts {@code a} left, filling from the top of {@code b}. */
    static long shld(CpuState s, long a, long b, int count, int size) {
        int n = count & (size == 8 ? 63 : 31);
        int bits = 8 * size;
        long x = Alu.zeroExtend(a, size);
        if (n == 0) {
            return x;
        }
        if (n > bits) {
            // Undefined for 16 bits and counts above 16; processors treat it as a rotate through both operands.
            return shld(s, b, a, n - bits, size);
        }
        long fill = Alu.zeroExtend(b, size);
        boolean carry = (x >>> bits - n & 1) != 0;
        long result = Alu.zeroExtend((n == 64 ? 0 : x << n) | (bits == n ? fill : fill >>> bits - n), size);
        long signed = Alu.signExtend(result, size);
        s.setFlags(signed, carry, signed < 0 != Alu.signExtend(x, size) < 0);
        return result;
    }

    /** SHRD: shifts {@code a} right, filling from the bottom of {@code b}. */
    static long shrd(CpuState s, long a, long b, int count, int size) {
        int n = count & (size == 8 ? 63 : 31);
        int bits = 8 * size;
        long x = Alu.zeroExtend(a, size);
        if (n == 0) {
            return x;
        }
        if (n > bits) {
            return shrd(s, b, a, n - bits, size);
        }
        boolean carry = (x >>> n - 1 & 1) != 0;
        long result = Alu.zeroExtend((bits == n ? 0 : x >>> n) | b << bits - n, size);
        long signed = Alu.signExtend(result, size);
        s.setFlags(signed, carry, signed < 0 != Alu.signExtend(x, size) < 0);
        return result;
    }
}
