package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.LockedAccess;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/** Integer instructions in all their forms and sizes. */
final class IntegerOps {
    private static final int RAX = X86Regs.RAX;
    private static final int RDX = X86Regs.RDX;
    private static final int RCX = X86Regs.RCX;
    private static final int RBX = X86Regs.RBX;
    private static final int RSP = X86Regs.RSP;
    private static final int RBP = X86Regs.RBP;

    private final CpuState state;
    private final Mmu mmu;
    private final LockedAccess locked;
    private final Operands ops;

    IntegerOps(Operands ops) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
        this.locked = mmu.locked();
    }

    /** ADD to TEST; a LOCKed one is a compare-and-exchange loop. */
    void binary(Instruction insn, int op) {
        long b = ops.read1(insn);
        if (insn.lock) {
            lockedBinary(insn, op, b);
            return;
        }
        if (insn.kind0 == Instruction.REG) {
            long x = Alu.binary(state, op, ops.register(insn.reg0, insn.size), b, insn.size);
            if (Ops.writes(op)) {
                ops.setRegister(insn.reg0, insn.size, x);
            }
            return;
        }
        long address = ops.address(insn);
        if (Ops.writes(op)) {
            mmu.checkWritable(address);
            mmu.checkWritable(address + insn.size - 1);
        }
        long a = mmu.read(address, insn.size);
        long x = Alu.binary(state, op, a, b, insn.size);
        if (Ops.writes(op)) {
            mmu.write(address, insn.size, x);
        }
    }

    private void lockedBinary(Instruction insn, int op, long b) {
        long address = ops.address(insn);
        mmu.checkWritable(address);
        mmu.checkWritable(address + insn.size - 1);
        int carry = state.carry();
        while (true) {
            long a = mmu.read(address, insn.size);
            // ADC and SBB must see the carry of before, also in a second attempt.
            state.setCarry(carry != 0);
            long x = Alu.binary(state, op, a, b, insn.size);
            if (locked.compareAndSet(address, insn.size, a, x)) {
                return;
            }
        }
    }

    /** Reads the destination for a change that {@link #replace} will store. */
    private long modify(Instruction insn) {
        if (insn.kind0 == Instruction.MEM) {
            long address = ops.address(insn);
            mmu.checkWritable(address);
            mmu.checkWritable(address + insn.size0 - 1);
        }
        return ops.read0(insn);
    }

    /** Stores the new value; with LOCK only if the old one is still there. */
    private boolean replace(Instruction insn, long old, long value) {
        if (insn.lock) {
            return locked.compareAndSet(ops.address(insn), insn.size0, old, value);
        }
        ops.write0(insn, value);
        return true;
    }

    void step(Instruction insn, int delta) {
        long old;
        long x;
        do {
            old = modify(insn);
            x = Alu.step(state, old, delta, insn.size);
        } while (!replace(insn, old, x));
    }

    void not(Instruction insn) {
        long old;
        do {
            old = modify(insn);
        } while (!replace(insn, old, Alu.zeroExtend(~old, insn.size)));
    }

    void negate(Instruction insn) {
        long old;
        long x;
        do {
            old = modify(insn);
            x = Alu.negate(state, old, insn.size);
        } while (!replace(insn, old, x));
    }

    void shift(Instruction insn) {
        int count = (int) ops.read1(insn) & 0xFF;
        long old = modify(insn);
        ops.write0(insn, Shifts.shift(state, insn.op, old, count, insn.size));
    }

    void doubleShift(Instruction insn, boolean left) {
        int count = insn.kind2 == Instruction.IMM ? (int) insn.imm : (int) state.r[RCX] & 0xFF;
        long a = modify(insn);
        long b = ops.register(insn.reg1, insn.size);
        ops.write0(insn, left ? Shifts.shld(state, a, b, count, insn.size) : Shifts.shrd(state, a, b, count, insn.size));
    }

    void exchange(Instruction insn) {
        if (insn.kind0 == Instruction.REG) {
            long a = ops.register(insn.reg0, insn.size);
            ops.setRegister(insn.reg0, insn.size, ops.register(insn.reg1, insn.size));
            ops.setRegister(insn.reg1, insn.size, a);
            return;
        }
        // XCHG with memory locks by itself (SDM vol. 2, XCHG).
        long address = ops.address(insn);
        mmu.checkWritable(address);
        mmu.checkWritable(address + insn.size - 1);
        long value = ops.register(insn.reg1, insn.size);
        long old;
        do {
            old = mmu.read(address, insn.size);
        } while (!locked.compareAndSet(address, insn.size, old, value));
        ops.setRegister(insn.reg1, insn.size, old);
    }

    void compareExchange(Instruction insn) {
        int size = insn.size;
        long expected = ops.register(RAX, size);
        long value = ops.register(insn.reg1, size);
        if (insn.kind0 == Instruction.REG) {
            long old = ops.register(insn.reg0, size);
            Alu.sub(state, expected, old, 0, size);
            if (state.zf()) {
                ops.setRegister(insn.reg0, size, value);
            } else {
                ops.setRegister(RAX, size, old);
            }
            return;
        }
        long address = ops.address(insn);
        mmu.checkWritable(address);
        mmu.checkWritable(address + size - 1);
        while (true) {
            long old = mmu.read(address, size);
            boolean equal = old == expected;
            if (equal && !locked.compareAndSet(address, size, old, value)) {
                continue;
            }
            Alu.sub(state, expected, old, 0, size);
            if (!equal) {
                if (insn.lock) {
                    // A comparison that fails orders memory as one that succeeds does.
                    locked.fullFence();
                }
                ops.setRegister(RAX, size, old);
            }
            return;
        }
    }

    /** CMPXCHG8B, and with REX.W CMPXCHG16B. */
    void compareExchangePair(Instruction insn) {
        long address = ops.address(insn);
        int half = insn.rexW ? 8 : 4;
        if (insn.rexW && (address & 15) != 0) {
            throw state.gp();
        }
        mmu.checkWritable(address);
        mmu.checkWritable(address + 2 * half - 1);
        boolean equal;
        if (insn.rexW) {
            equal = insn.lock ? lockedCompareExchange16(address) : compareExchange16(address);
        } else {
            equal = compareExchange8(address);
        }
        int flags = state.rflags() & ~CpuState.ZF | (equal ? CpuState.ZF : 0);
        state.setArithmeticFlags(flags);
    }

    private boolean compareExchange8(long address) {
        long expected = state.r[RDX] << 32 | state.r[RAX] & 0xFFFF_FFFFL;
        long value = state.r[RCX] << 32 | state.r[RBX] & 0xFFFF_FFFFL;
        while (true) {
            long old = mmu.read64(address);
            if (old != expected) {
                ops.setRegister(RAX, 4, old);
                ops.setRegister(RDX, 4, old >>> 32);
                locked.fullFence();
                return false;
            }
            if (locked.compareAndSet(address, 8, expected, value)) {
                return true;
            }
        }
    }

    /** The host offers Java no 16-byte exchange. */
    private boolean lockedCompareExchange16(long address) {
        locked.stopOthers();
        try {
            return compareExchange16(address);
        } finally {
            locked.resumeOthers();
            locked.fullFence();
        }
    }

    private boolean compareExchange16(long address) {
        long low = mmu.read64(address);
        long high = mmu.read64(address + 8);
        if (low != state.r[RAX] || high != state.r[RDX]) {
            state.r[RAX] = low;
            state.r[RDX] = high;
            return false;
        }
        mmu.write64(address, state.r[RBX]);
        mmu.write64(address + 8, state.r[RCX]);
        return true;
    }

    void exchangeAdd(Instruction insn) {
        long addend = ops.register(insn.reg1, insn.size);
        long old;
        long x;
        do {
            old = modify(insn);
            x = Alu.add(state, old, addend, 0, insn.size);
            if (insn.kind0 == Instruction.REG) {
                // The destination wins when both operands are one register.
                ops.setRegister(insn.reg1, insn.size, old);
            }
        } while (!replace(insn, old, x));
        if (insn.kind0 == Instruction.MEM) {
            ops.setRegister(insn.reg1, insn.size, old);
        }
    }

    /** BT, BTS (1), BTR (2), BTC (3). A register bit offset reaches beyond the operand in memory (SDM vol. 2, BT). */
    void bitTest(Instruction insn, int action) {
        int size = insn.size;
        int bits = 8 * size;
        long number = insn.kind1 == Instruction.REG ? Alu.signExtend(ops.register(insn.reg1, size), size) : insn.imm & bits - 1;
        long mask = 1L << (number & bits - 1);
        if (insn.kind0 == Instruction.REG) {
            long old = ops.register(insn.reg0, size);
            state.setCarry((old & mask) != 0);
            if (action != 0) {
                ops.setRegister(insn.reg0, size, change(old, mask, action));
            }
            return;
        }
        long address = ops.linear(insn.segment, cutOffset(insn, ops.offset(insn) + (number >> (size == 8 ? 6 : size == 4 ? 5 : 4)) * size));
        if (action == 0) {
            state.setCarry((mmu.read(address, size) & mask) != 0);
            return;
        }
        mmu.checkWritable(address);
        mmu.checkWritable(address + size - 1);
        long old;
        boolean done;
        do {
            old = mmu.read(address, size);
            long x = change(old, mask, action);
            if (insn.lock) {
                done = locked.compareAndSet(address, size, old, x);
            } else {
                mmu.write(address, size, x);
                done = true;
            }
        } while (!done);
        state.setCarry((old & mask) != 0);
    }

    private static long cutOffset(Instruction insn, long offset) {
        return insn.addressSize == 8 ? offset : insn.addressSize == 4 ? offset & 0xFFFF_FFFFL : offset & 0xFFFF;
    }

    private static long change(long old, long mask, int action) {
        return switch (action) {
            case 1 -> old | mask;
            case 2 -> old & ~mask;
            default -> old ^ mask;
        };
    }

    /** BSF and BSR leave the destination alone when the source is zero, as processors do. */
    void bitScan(Instruction insn, boolean forward) {
        long value = ops.read1(insn);
        if (value == 0) {
            Alu.logic(state, 0, insn.size);
            return;
        }
        int number = forward ? Long.numberOfTrailingZeros(value) : 63 - Long.numberOfLeadingZeros(value);
        ops.setRegister(insn.reg0, insn.size, number);
        Alu.logic(state, 1, insn.size);
    }

    void popcnt(Instruction insn) {
        long value = ops.read1(insn);
        int count = Long.bitCount(value);
        ops.setRegister(insn.reg0, insn.size, count);
        // All flags but ZF are cleared (SDM vol. 2, POPCNT).
        state.setArithmeticFlags(value == 0 ? CpuState.ZF : 0);
    }

    void byteSwap(Instruction insn) {
        long value = state.r[insn.reg0];
        if (insn.size0 == 8) {
            state.r[insn.reg0] = Long.reverseBytes(value);
        } else if (insn.prefix66) {
            // Undefined; processors clear the low half.
            ops.setRegister(insn.reg0, 2, 0);
        } else {
            state.r[insn.reg0] = Integer.reverseBytes((int) value) & 0xFFFF_FFFFL;
        }
    }

    void moveBigEndian(Instruction insn) {
        long value = Alu.zeroExtend(Long.reverseBytes(ops.read1(insn)) >>> 64 - 8 * insn.size, insn.size);
        ops.write0(insn, value);
    }

    void crc32(Instruction insn) {
        long data = ops.read1(insn);
        int crc = (int) state.r[insn.reg0];
        for (int i = 0; i < 8 * insn.size1; i++) {
            int bit = crc ^ (int) (data >>> i);
            crc = crc >>> 1 ^ ((bit & 1) != 0 ? 0x82F6_3B78 : 0);
        }
        ops.setRegister(insn.reg0, 8, crc & 0xFFFF_FFFFL);
    }

    void multiply(Instruction insn, boolean signed) {
        if (insn.kind1 != Instruction.NONE) {
            long b = insn.kind2 == Instruction.IMM ? insn.imm : ops.register(insn.reg0, insn.size);
            ops.setRegister(insn.reg0, insn.size, Alu.imul(state, ops.read1(insn), b, insn.size));
            return;
        }
        int size = insn.size;
        long a = ops.register(RAX, size);
        long b = ops.read0(insn);
        long low;
        long high;
        if (size == 8) {
            low = a * b;
            high = signed ? Math.multiplyHigh(a, b) : Math.unsignedMultiplyHigh(a, b);
        } else {
            long product = signed ? Alu.signExtend(a, size) * Alu.signExtend(b, size) : a * b;
            low = Alu.zeroExtend(product, size);
            high = Alu.zeroExtend(product >>> 8 * size, size);
        }
        boolean overflow = signed ? Alu.signExtend(high, size) != Alu.signExtend(low, size) >> 63 : high != 0;
        if (size == 1) {
            ops.setRegister(RAX, 2, high << 8 | low);
        } else {
            ops.setRegister(RAX, size, low);
            ops.setRegister(RDX, size, high);
        }
        state.setFlags(Alu.signExtend(low, size), overflow, overflow);
    }

    void divide(Instruction insn, boolean signed) {
        int size = insn.size;
        long divisor = ops.read0(insn);
        if (divisor == 0) {
            throw state.fault(CpuException.DE, 0);
        }
        if (size == 8) {
            divide128(divisor, signed);
            return;
        }
        long dividend = size == 1 ? ops.register(RAX, 2) : ops.register(RDX, size) << 8 * size | ops.register(RAX, size);
        long quotient;
        long remainder;
        if (signed) {
            long n = Alu.signExtend(dividend, 2 * size);
            long d = Alu.signExtend(divisor, size);
            quotient = n / d;
            remainder = n % d;
            if (Alu.signExtend(quotient, size) != quotient) {
                throw state.fault(CpuException.DE, 0);
            }
        } else {
            quotient = Long.divideUnsigned(dividend, divisor);
            remainder = Long.remainderUnsigned(dividend, divisor);
            if (Alu.zeroExtend(quotient, size) != quotient) {
                throw state.fault(CpuException.DE, 0);
            }
        }
        if (size == 1) {
            ops.setRegister(RAX, 2, (remainder & 0xFF) << 8 | quotient & 0xFF);
        } else {
            ops.setRegister(RAX, size, quotient);
            ops.setRegister(RDX, size, remainder);
        }
    }

    private void divide128(long divisor, boolean signed) {
        long high = state.r[RDX];
        long low = state.r[RAX];
        boolean negativeDividend = signed && high < 0;
        boolean negativeDivisor = signed && divisor < 0;
        if (negativeDividend) {
            low = -low;
            high = ~high + (low == 0 ? 1 : 0);
        }
        long d = negativeDivisor ? -divisor : divisor;
        if (Long.compareUnsigned(high, d) >= 0) {
            throw state.fault(CpuException.DE, 0);
        }
        long quotient;
        long remainder;
        if (high == 0) {
            quotient = Long.divideUnsigned(low, d);
            remainder = Long.remainderUnsigned(low, d);
        } else {
            quotient = 0;
            remainder = high;
            for (int i = 63; i >= 0; i--) {
                boolean carry = remainder < 0;
                remainder = remainder << 1 | low >>> i & 1;
                if (carry || Long.compareUnsigned(remainder, d) >= 0) {
                    remainder -= d;
                    quotient |= 1L << i;
                }
            }
        }
        if (signed) {
            boolean negative = negativeDividend != negativeDivisor;
            // The largest magnitude is 2^63, and only with a minus sign.
            if (quotient < 0 && !(negative && quotient == Long.MIN_VALUE)) {
                throw state.fault(CpuException.DE, 0);
            }
            quotient = negative ? -quotient : quotient;
            remainder = negativeDividend ? -remainder : remainder;
        }
        state.r[RAX] = quotient;
        state.r[RDX] = remainder;
    }

    /** CBW, CWDE, CDQE. */
    void widenAccumulator(Instruction insn) {
        int size = insn.size;
        ops.setRegister(RAX, size, Alu.signExtend(state.r[RAX], size / 2));
    }

    /** CWD, CDQ, CQO. */
    void signIntoData(Instruction insn) {
        ops.setRegister(RDX, insn.size, Alu.signExtend(state.r[RAX], insn.size) >> 63);
    }

    void push(Instruction insn) {
        ops.push(insn.size, ops.read0(insn));
    }

    void pop(Instruction insn) {
        long value = mmu.read(ops.stackAddress(0), insn.size);
        if (insn.kind0 == Instruction.REG) {
            ops.addToStack(insn.size);
            ops.setRegister(insn.reg0, insn.size, value);
            return;
        }
        // The address is computed with the stack pointer already moved (SDM vol. 2, POP); a fault moves it back.
        long old = state.r[RSP];
        ops.addToStack(insn.size);
        try {
            ops.write0(insn, value);
        } catch (CpuException e) {
            state.r[RSP] = old;
            throw e;
        }
    }

    void pushAll(int size) {
        long old = state.r[RSP];
        for (int i = 0; i < 8; i++) {
            mmu.write(ops.stackAddress(-(i + 1) * size), size, i == RSP ? old : state.r[i]);
        }
        ops.addToStack(-8 * size);
    }

    void popAll(int size) {
        long[] values = new long[8];
        for (int i = 0; i < 8; i++) {
            values[7 - i] = mmu.read(ops.stackAddress(i * size), size);
        }
        for (int i = 0; i < 8; i++) {
            if (i != RSP) {
                ops.setRegister(i, size, values[i]);
            }
        }
        ops.addToStack(8 * size);
    }

    void enter(Instruction insn) {
        int size = insn.size;
        int level = insn.imm2 & 31;
        long oldStack = state.r[RSP];
        try {
            ops.push(size, state.r[RBP]);
            long frame = state.r[RSP];
            for (int i = 1; i < level; i++) {
                ops.push(size, mmu.read(ops.stackAddress(state.r[RBP] - size * i - state.r[RSP]), size));
            }
            if (level > 0) {
                ops.push(size, frame);
            }
            ops.addToStack(-insn.imm);
            // The new top of the stack must be writable, though nothing is written (SDM vol. 2, ENTER).
            mmu.checkWritable(ops.stackAddress(0));
            ops.setRegister(RBP, ops.stackSize(), frame);
        } catch (CpuException e) {
            state.r[RSP] = oldStack;
            throw e;
        }
    }

    void leave(Instruction insn) {
        long value = mmu.read(ops.stackAddress(state.r[RBP] - state.r[RSP]), insn.size);
        ops.setRegister(RSP, ops.stackSize(), state.r[RBP]);
        ops.addToStack(insn.size);
        ops.setRegister(RBP, insn.size, value);
    }
}
