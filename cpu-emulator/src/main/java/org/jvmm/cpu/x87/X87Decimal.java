package org.jvmm.cpu.x87;

import org.jvmm.cpu.x87.X87Exec.X87Memory;

/** FBLD and FBSTP: 18-digit packed decimal integers (SDM vol. 1 §4.7). */
final class X87Decimal {
    private static final long LIMIT = 999_999_999_999_999_999L;

    private X87Decimal() {}

    static void load(X87State s, X87Memory m, long address) {
        long digits = m.load(address, 8);
        int last = (int) m.load(address + 8, 2);
        s.status &= ~X87State.C1;
        long value = 0;
        for (int shift = 4; shift >= 0; shift -= 4) {
            value = value * 10 + (last >> shift & 15);
        }
        for (int shift = 60; shift >= 0; shift -= 4) {
            value = value * 10 + (digits >>> shift & 15);
        }
        int sign = last & 0x8000;
        if (value == 0) {
            s.push(sign, 0);
        } else {
            int zeros = Long.numberOfLeadingZeros(value);
            s.push(sign | 63 - zeros + X87Arithmetic.BIAS, value << zeros);
        }
    }

    static void store(X87State s, X87Memory m, long address) {
        if (s.empty(0)) {
            if ((s.control & X87State.IE) != 0) {
                storeIndefinite(m, address);
            }
            if (s.stackFault(false)) {
                s.pop();
            }
            return;
        }
        SoftFloat f = s.soft;
        long value = X87MemoryForms.toInteger(s, s.se(0), s.sig(0), 64, s.rounding());
        if (value > LIMIT || value < -LIMIT) {
            f.flags = SoftFloat.INVALID;
        }
        int flags = f.flags;
        f.flags = 0;
        if ((flags & SoftFloat.INVALID) != 0) {
            if ((s.control & X87State.IE) != 0) {
                storeIndefinite(m, address);
            }
        } else {
            long rest = Math.abs(value);
            long digits = 0;
            for (int shift = 0; shift < 64; shift += 4) {
                digits |= rest % 10 << shift;
                rest /= 10;
            }
            m.store(address, 8, digits);
            m.store(address + 8, 2, (X87Arithmetic.negative(s.se(0)) ? 0x8000 : 0) | rest / 10 << 4 | rest % 10);
        }
        f.flags = flags;
        if (s.accept()) {
            s.pop();
        }
    }

    /** The packed decimal indefinite, FFFF C000 0000 0000 0000. */
    private static void storeIndefinite(X87Memory m, long address) {
        m.store(address, 8, 0xC000_0000_0000_0000L);
        m.store(address + 8, 2, 0xFFFF);
    }
}
