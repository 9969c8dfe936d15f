package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/** The instructions that 64-bit mode has lost: decimal adjustment, BOUND, ARPL, SALC (SDM vol. 2). */
final class DecimalOps {
    private static final int RAX = X86Regs.RAX;

    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;

    DecimalOps(Operands ops) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
    }

    /** DAA and DAS. */
    void adjustPacked(boolean subtract) {
        int al = (int) state.r[RAX] & 0xFF;
        int old = al;
        boolean carry = state.cf();
        boolean newCarry = false;
        boolean half = (al & 15) > 9 || state.af();
        int direction = subtract ? -1 : 1;
        if (half) {
            al += 6 * direction;
            newCarry = carry || (al & ~0xFF) != 0;
        }
        if (old > 0x99 || carry) {
            al += 0x60 * direction;
            newCarry = true;
        }
        ops.setRegister(RAX, 1, al);
        state.setFlags((byte) al, newCarry, false);
        setHalf(half);
    }

    private void setHalf(boolean half) {
        int flags = state.rflags();
        state.setArithmeticFlags(half ? flags | CpuState.AF : flags & ~CpuState.AF);
    }

    /** AAA and AAS. */
    void adjustUnpacked(boolean subtract) {
        int ax = (int) state.r[RAX] & 0xFFFF;
        boolean adjust = (ax & 15) > 9 || state.af();
        if (adjust) {
            ax += subtract ? -0x106 : 0x106;
        }
        ops.setRegister(RAX, 2, ax & 0xFF0F);
        state.setFlags((byte) (ax & 15), adjust, false);
        setHalf(adjust);
    }

    /** AAM: #DE for base 0. */
    void afterMultiply(Instruction insn) {
        int base = (int) insn.imm & 0xFF;
        if (base == 0) {
            throw state.fault(CpuException.DE, 0);
        }
        int al = (int) state.r[RAX] & 0xFF;
        ops.setRegister(RAX, 2, al / base << 8 | al % base);
        state.setFlags((byte) (al % base), false, false);
    }

    /** AAD. */
    void beforeDivide(Instruction insn) {
        int ax = (int) state.r[RAX] & 0xFFFF;
        int al = (ax & 0xFF) + (ax >> 8) * ((int) insn.imm & 0xFF) & 0xFF;
        ops.setRegister(RAX, 2, al);
        state.setFlags((byte) al, false, false);
    }

    /** BOUND: #BR when the index is outside the two bounds in memory. */
    void bound(Instruction insn) {
        long address = ops.address(insn);
        int size = insn.size;
        long lower = Alu.signExtend(mmu.read(address, size), size);
        long upper = Alu.signExtend(mmu.read(address + size, size), size);
        long index = Alu.signExtend(ops.register(insn.reg0, size), size);
        if (index < lower || index > upper) {
            throw state.fault(CpuException.BR, 0);
        }
    }

    /** ARPL: raises the requested privilege level of a selector to another's. */
    void adjustPrivilege(Instruction insn) {
        if (!state.protectedMode()) {
            throw state.ud();
        }
        long selector = ops.read0(insn);
        long wanted = ops.register(insn.reg1, 2) & 3;
        boolean lower = (selector & 3) < wanted;
        if (insn.kind0 == Instruction.MEM) {
            mmu.checkWritable(ops.address(insn));
        }
        if (lower) {
            ops.write0(insn, selector & ~3L | wanted);
        }
        int flags = state.rflags();
        state.setArithmeticFlags(lower ? flags | CpuState.ZF : flags & ~CpuState.ZF);
    }
}
