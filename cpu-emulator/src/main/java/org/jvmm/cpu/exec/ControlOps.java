package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/** Transfers of control in all modes: near and far jumps, calls and returns, loops, SYSCALL. {@link CpuState#rip} is the next instruction's on entry. */
final class ControlOps {
    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;
    private final SegmentOps segments;
    private final MsrFile msrs;

    ControlOps(Operands ops, SegmentOps segments, MsrFile msrs) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
        this.segments = segments;
        this.msrs = msrs;
    }

    private long nearTarget(Instruction insn) {
        return checked(insn.kind0 == Instruction.RELATIVE ? Operands.cutRip(state.rip + insn.imm, insn.size) : ops.read0(insn));
    }

    /** A near target, which must be canonical, or within CS outside 64-bit mode: the fault is the branch's (SDM vol. 2, JMP, CALL, RET, Jcc). */
    private long checked(long target) {
        if (state.mode == 8 ? !CpuState.isCanonical(target) : target > (state.segments[X86Sregs.CS].limit & 0xFFFF_FFFFL)) {
            throw state.gp();
        }
        return target;
    }

    void jump(Instruction insn) {
        state.rip = nearTarget(insn);
    }

    void jumpIf(Instruction insn, boolean condition) {
        if (condition) {
            state.rip = nearTarget(insn);
        }
    }

    void call(Instruction insn) {
        long target = nearTarget(insn);
        ops.push(insn.size, state.rip);
        state.rip = target;
    }

    void ret(Instruction insn) {
        long target = checked(mmu.read(ops.stackAddress(0), insn.size));
        ops.addToStack(insn.size);
        if (insn.kind0 == Instruction.IMM) {
            ops.addToStack(insn.imm);
        }
        state.rip = target;
    }

    /** LOOP, LOOPE (wanted ZF 1), LOOPNE (wanted ZF 0). */
    void loop(Instruction insn, boolean checkZero, boolean wanted) {
        long count = ops.register(X86Regs.RCX, insn.addressSize) - 1;
        ops.setRegister(X86Regs.RCX, insn.addressSize, count);
        boolean more = Alu.zeroExtend(count, insn.addressSize) != 0;
        jumpIf(insn, more && (!checkZero || state.zf() == wanted));
    }

    void jumpIfCounterZero(Instruction insn) {
        jumpIf(insn, ops.register(X86Regs.RCX, insn.addressSize) == 0);
    }

    /** Selector and offset of a far jump or call. */
    private long farOffset(Instruction insn) {
        return insn.kind0 == Instruction.FAR ? insn.imm : mmu.read(ops.address(insn), insn.size);
    }

    private int farSelector(Instruction insn) {
        return insn.kind0 == Instruction.FAR ? insn.imm2 : (int) mmu.read16(ops.address(insn) + insn.size);
    }

    void jumpFar(Instruction insn) {
        long offset = farOffset(insn);
        int selector = farSelector(insn);
        enterCode(selector, offset);
    }

    private void enterCode(int selector, long offset) {
        if (!state.protectedMode()) {
            if (offset > 0xFFFF) {
                throw state.gp();
            }
            segments.loadRealCode(selector);
            state.rip = offset;
            return;
        }
        long descriptor = segments.checkCode(selector, -1, CpuException.GP);
        segments.checkTarget(descriptor, offset);
        segments.loadCode(selector, descriptor, state.cpl);
        state.rip = offset;
    }

    void callFar(Instruction insn) {
        long offset = farOffset(insn);
        int selector = farSelector(insn);
        int size = insn.size;
        if (state.protectedMode()) {
            segments.checkTarget(segments.checkCode(selector, -1, CpuException.GP), offset);
        } else if (offset > 0xFFFF) {
            throw state.gp();
        }
        mmu.write(ops.stackAddress(-size), size, state.segments[X86Sregs.CS].selector);
        mmu.write(ops.stackAddress(-2L * size), size, state.rip);
        int oldStackSize = ops.stackSize();
        long sp = state.r[X86Regs.RSP] - 2L * size;
        enterCode(selector, offset);
        ops.setRegister(X86Regs.RSP, oldStackSize, sp);
    }

    void returnFar(Instruction insn) {
        int size = insn.size;
        long extra = insn.kind0 == Instruction.IMM ? insn.imm : 0;
        long offset = mmu.read(ops.stackAddress(0), size);
        int selector = (int) mmu.read(ops.stackAddress(size), size) & 0xFFFF;
        if (!state.protectedMode()) {
            if (offset > 0xFFFF) {
                throw state.gp();
            }
            ops.addToStack(2L * size + extra);
            segments.loadRealCode(selector);
            state.rip = offset;
            return;
        }
        int newCpl = selector & 3;
        if (newCpl < state.cpl) {
            throw state.fault(CpuException.GP, selector & ~3);
        }
        long descriptor = segments.checkCode(selector, newCpl, CpuException.GP);
        segments.checkTarget(descriptor, Operands.cutRip(offset, size));
        if (newCpl == state.cpl) {
            ops.addToStack(2L * size + extra);
            segments.loadCode(selector, descriptor, newCpl);
        } else {
            long sp = mmu.read(ops.stackAddress(2L * size + extra), size);
            int ss = (int) mmu.read(ops.stackAddress(3L * size + extra), size) & 0xFFFF;
            segments.loadStack(ss, newCpl, (SegmentOps.attributes(descriptor) & 1 << 13) != 0);
            segments.loadCode(selector, descriptor, newCpl);
            ops.setRegister(X86Regs.RSP, ops.stackSize(), sp + extra);
            segments.dropPrivilegedData();
            state.updateSegmentBases();
        }
        state.rip = Operands.cutRip(offset, state.mode == 8 ? 8 : 4);
    }

    /** SYSCALL (SDM vol. 2). */
    void syscall() {
        // Intel processors know both in 64-bit mode alone.
        if ((state.efer & CpuState.EFER_SCE) == 0 || state.mode != 8) {
            throw state.ud();
        }
        int flags = state.rflags() & ~CpuState.RF;
        state.r[X86Regs.RCX] = state.rip;
        state.r[11] = flags;
        int selector = (int) (msrs.star >>> 32) & 0xFFFC;
        segments.loadFlat(selector, selector + 8, 0, true);
        state.setRflags(flags & ~msrs.syscallMask);
        state.rip = msrs.lstar;
    }

    /** SYSRET (SDM vol. 2). */
    void sysret(Instruction insn) {
        // Intel processors know both in 64-bit mode alone.
        if ((state.efer & CpuState.EFER_SCE) == 0 || state.mode != 8) {
            throw state.ud();
        }
        if (state.cpl != 0) {
            throw state.gp();
        }
        long target = state.r[X86Regs.RCX];
        boolean to64 = insn.size == 8;
        if (to64 && target << 16 >> 16 != target) {
            throw state.gp();
        }
        int base = (int) (msrs.star >>> 48) & 0xFFFF;
        segments.loadFlat(base + (to64 ? 16 : 0) | 3, base + 8 | 3, 3, to64);
        state.setRflags(state.r[11] & 0x3C7FD7);
        state.rip = to64 ? target : target & 0xFFFF_FFFFL;
    }
}
