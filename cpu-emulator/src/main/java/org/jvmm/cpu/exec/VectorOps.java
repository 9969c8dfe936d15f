package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.sse.SimdException;
import org.jvmm.cpu.sse.SseExec;
import org.jvmm.cpu.sse.SseState;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.x87.X87Exec;
import org.jvmm.cpu.x87.X87State;

/** Brings XMM and x87 instructions together with registers, memory and the control bits that guard them. */
final class VectorOps {
    private static final long CR4_OSFXSR = 0x200;
    private static final long CR4_OSXMMEXCPT = 0x400;
    /** XMM slot that takes memory operands. */
    private static final int TEMP = 16;
    private static final int FLAGS = CpuState.ZF | CpuState.PF | CpuState.CF;

    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;

    VectorOps(Operands ops) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
    }

    /** Executes an XMM instruction. */
    void sse(Instruction insn) {
        checkSse();
        try {
            switch (SseExec.kind(insn.sseOp)) {
                case SseExec.KIND_TO_GPR -> toGeneral(insn);
                case SseExec.KIND_FROM_GPR -> fromGeneral(insn);
                case SseExec.KIND_FLAGS -> compare(insn);
                default -> xmm(insn);
            }
        } catch (SimdException e) {
            throw state.fault((state.cr4 & CR4_OSXMMEXCPT) != 0 ? CpuException.XM : CpuException.UD, 0);
        }
    }

    private void checkSse() {
        if ((state.cr0 & CpuState.CR0_EM) != 0 || (state.cr4 & CR4_OSFXSR) == 0) {
            throw state.ud();
        }
        checkTaskSwitched();
    }

    private void checkTaskSwitched() {
        if ((state.cr0 & CpuState.CR0_TS) != 0) {
            throw state.fault(CpuException.NM, 0);
        }
    }

    private void xmm(Instruction insn) {
        SseState sse = state.sse;
        if (insn.kind0 == Instruction.MEM) {
            storeXmm(insn);
            return;
        }
        int source = insn.kind1 == Instruction.MEM ? loadTemp(insn, insn.size1) : insn.kind1 == Instruction.XMM ? insn.reg1 : insn.reg0;
        SseExec.exec(insn.sseOp, sse, insn.reg0, source, (int) insn.imm & 0xFF);
    }

    /** Loads operand 1 from memory into the temporary register, zero-extended. */
    private int loadTemp(Instruction insn, int size) {
        long address = ops.address(insn);
        long[] x = state.sse.x;
        if (size == 16) {
            if (insn.aligned && (address & 15) != 0) {
                throw state.gp();
            }
            long low = mmu.read64(address);
            x[2 * TEMP + 1] = mmu.read64(address + 8);
            x[2 * TEMP] = low;
        } else {
            x[2 * TEMP] = mmu.read(address, size);
            x[2 * TEMP + 1] = 0;
        }
        return TEMP;
    }

    private void storeXmm(Instruction insn) {
        long address = ops.address(insn);
        long low = state.sse.x[2 * insn.reg1];
        long high = state.sse.x[2 * insn.reg1 + 1];
        int size = SseExec.storeSize(insn.sseOp);
        if (size < 16) {
            mmu.write(address, size, SseExec.storesHigh(insn.sseOp) ? high : low);
            return;
        }
        if (insn.aligned && (address & 15) != 0) {
            throw state.gp();
        }
        mmu.checkWritable(address + 15);
        mmu.write64(address, low);
        mmu.write64(address + 8, high);
    }

    private void toGeneral(Instruction insn) {
        int source = insn.kind1 == Instruction.MEM ? loadTemp(insn, insn.size1) : insn.reg1;
        boolean wide = insn.size0 == 8;
        long value = SseExec.toGpr(insn.sseOp, state.sse, source, (int) insn.imm & 0xFF, wide);
        if (insn.kind0 == Instruction.MEM) {
            ops.write0(insn, value);
        } else {
            ops.setRegister(insn.reg0, Math.max(4, insn.size0), value);
        }
    }

    private void fromGeneral(Instruction insn) {
        boolean wide = insn.size1 == 8;
        long value = insn.kind1 == Instruction.REG && insn.size1 < 4 ? ops.register(insn.reg1, 4) : ops.read1(insn);
        SseExec.fromGpr(insn.sseOp, state.sse, insn.reg0, value, (int) insn.imm & 0xFF, wide);
    }

    private void compare(Instruction insn) {
        int source = insn.kind1 == Instruction.MEM ? loadTemp(insn, insn.size1) : insn.reg1;
        state.setArithmeticFlags(SseExec.compareFlags(insn.sseOp, state.sse, insn.reg0, source));
    }

    /** Executes an x87 instruction. */
    void x87(Instruction insn) {
        if ((state.cr0 & (CpuState.CR0_EM | CpuState.CR0_TS)) != 0) {
            throw state.fault(CpuException.NM, 0);
        }
        X87State fpu = state.x87;
        if (isWaiting(insn)) {
            checkPending(fpu);
        }
        if (insn.kind0 == Instruction.MEM) {
            X87Exec.memory(insn.opcode, insn.modrm >> 3 & 7, ops.address(insn), fpu, mmu, insn.prefix66, insn.rexW);
            return;
        }
        if (X87Exec.readsFlags(insn.opcode, insn.modrm)) {
            fpu.cpuFlags = state.rflags() & FLAGS;
        }
        X87Exec.register(insn.opcode, insn.modrm, fpu);
        if (X87Exec.writesFlags(insn.opcode, insn.modrm)) {
            state.setArithmeticFlags(fpu.cpuFlags & FLAGS);
        }
        if (X87Exec.storesAx(insn.opcode, insn.modrm)) {
            ops.setRegister(X86Regs.RAX, 2, fpu.status());
        }
    }

    /** All but the FN forms wait for pending exceptions (SDM vol. 1 §8.3.12). */
    private static boolean isWaiting(Instruction insn) {
        int digit = insn.modrm >> 3 & 7;
        if (insn.kind0 == Instruction.MEM) {
            boolean control = insn.opcode == 0xD9 && (digit == 6 || digit == 7) || insn.opcode == 0xDD && (digit == 6 || digit == 7);
            return !control;
        }
        boolean clearOrInit = insn.opcode == 0xDB && (insn.modrm == 0xE2 || insn.modrm == 0xE3);
        return !clearOrInit && !(insn.opcode == 0xDF && insn.modrm == 0xE0);
    }

    private void checkPending(X87State fpu) {
        if (fpu.pendingException()) {
            throw state.fault(CpuException.MF, 0);
        }
    }

    void fwait() {
        if ((state.cr0 & (CpuState.CR0_MP | CpuState.CR0_TS)) == (CpuState.CR0_MP | CpuState.CR0_TS)) {
            throw state.fault(CpuException.NM, 0);
        }
        checkPending(state.x87);
    }

    void saveAll(Instruction insn) {
        long address = checkedImage(insn);
        mmu.checkWritable(address);
        mmu.checkWritable(address + 511);
        X87Exec.fxsave(state.x87, state.sse, address, mmu, insn.rexW);
    }

    void restoreAll(Instruction insn) {
        long address = checkedImage(insn);
        if (!X87Exec.fxrstor(state.x87, state.sse, address, mmu, insn.rexW)) {
            throw state.gp();
        }
    }

    private long checkedImage(Instruction insn) {
        if ((state.cr0 & (CpuState.CR0_EM | CpuState.CR0_TS)) != 0) {
            throw state.fault(CpuException.NM, 0);
        }
        long address = ops.address(insn);
        if ((address & 15) != 0) {
            throw state.gp();
        }
        return address;
    }

    void loadControl(Instruction insn) {
        checkSse();
        long value = ops.read0(insn);
        if ((value & ~0xFFFFL) != 0) {
            throw state.gp();
        }
        state.sse.mxcsr = (int) value;
    }

    void storeControl(Instruction insn) {
        checkSse();
        ops.write0(insn, state.sse.mxcsr);
    }
}
