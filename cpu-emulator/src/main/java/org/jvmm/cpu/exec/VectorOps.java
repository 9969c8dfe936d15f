package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.sse.SimdException;
import org.jvmm.cpu.sse.MmxExec;
import org.jvmm.cpu.sse.SseExec;
import org.jvmm.cpu.sse.SseOp;
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
    private final AvxOps avx;

    VectorOps(Operands ops) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
        this.avx = new AvxOps(ops);
    }

    /** Executes an XMM or MMX instruction. */
    void sse(Instruction insn) {
        if (insn.vex) {
            avx.execute(insn);
            return;
        }
        if (insn.mmx) {
            mmx(insn);
            return;
        }
        checkSse();
        try {
            switch (SseExec.kind(insn.sseOp)) {
                case SseExec.KIND_TO_GPR -> toGeneral(insn);
                case SseExec.KIND_FROM_GPR -> fromGeneral(insn);
                case SseExec.KIND_FLAGS -> compare(insn);
                case SseExec.KIND_STRING -> strings(insn);
                case SseExec.KIND_MASKED_STORE -> maskedStore(insn, 16, insn.reg0, insn.reg1);
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

    /** PCMPESTRM to PCMPISTRI. */
    private void strings(Instruction insn) {
        int source = insn.kind1 == Instruction.MEM ? loadTemp(insn, 16) : insn.reg1;
        long a = state.r[X86Regs.RAX];
        long b = state.r[X86Regs.RDX];
        long result = SseExec.compareStrings(insn.sseOp, state.sse, insn.reg0, source, (int) insn.imm & 0xFF, insn.rexW ? a : (int) a,
                insn.rexW ? b : (int) b);
        state.setArithmeticFlags((int) result);
        if (SseExec.givesIndex(insn.sseOp)) {
            state.r[X86Regs.RCX] = result >>> 32;
        }
    }

    /** MASKMOVDQU and MASKMOVQ: byte by byte, after every one was found to be writable. */
    private void maskedStore(Instruction insn, int bytes, int data, int selector) {
        long[] x = state.sse.x;
        int mask = SseExec.byteMask(state.sse, selector);
        long offset = Alu.zeroExtend(state.r[X86Regs.RDI], insn.addressSize);
        long address = ops.linear(insn.segmentOverride ? insn.segment : X86Sregs.DS, offset);
        for (int i = 0; i < bytes; i++) {
            if ((mask >> i & 1) != 0) {
                mmu.checkWritable(address + i);
            }
        }
        for (int i = 0; i < bytes; i++) {
            if ((mask >> i & 1) != 0) {
                mmu.write8(address + i, x[2 * data + (i >> 3)] >>> ((i & 7) << 3));
            }
        }
    }

    /** An instruction with an MMX operand (SDM vol. 1 §9.2): the x87 registers become MMX registers before it. */
    private void mmx(Instruction insn) {
        if ((state.cr0 & CpuState.CR0_EM) != 0 || MmxExec.needsSse(insn.sseOp) && (state.cr4 & CR4_OSFXSR) == 0) {
            throw state.ud();
        }
        checkTaskSwitched();
        X87State fpu = state.x87;
        SseState sse = state.sse;
        boolean fromMemory = insn.kind1 == Instruction.MEM;
        // From memory they touch no MMX register; the SDM says so of CVTPI2PD, AMD's processors do it for CVTPI2PS too.
        boolean touches = insn.sseOp != SseOp.CVTPI2PD && insn.sseOp != SseOp.CVTPI2PS || !fromMemory;
        if (touches) {
            checkPending(fpu);
        }
        if (insn.sseOp == SseOp.MASKMOVQ) {
            sse.x[2 * TEMP] = fpu.significand[insn.reg1];
            sse.x[2 * TEMP + 1] = 0;
            sse.x[2 * TEMP + 2] = fpu.significand[insn.reg0];
            fpu.enterMmx();
            maskedStore(insn, 8, TEMP + 1, TEMP);
            return;
        }
        if (insn.kind0 == Instruction.MEM) {
            mmu.write(ops.address(insn), insn.size0, fpu.significand[insn.reg1]);
            fpu.enterMmx();
            return;
        }
        if (fromMemory) {
            loadTemp(insn, insn.size1);
        } else if (insn.kind1 == Instruction.MMX) {
            sse.x[2 * TEMP] = fpu.significand[insn.reg1];
        } else if (insn.kind1 == Instruction.REG) {
            sse.x[2 * TEMP] = ops.register(insn.reg1, Math.max(4, insn.size1));
        } else if (insn.kind1 == Instruction.XMM) {
            sse.x[2 * TEMP] = sse.x[2 * insn.reg1];
            sse.x[2 * TEMP + 1] = sse.x[2 * insn.reg1 + 1];
        }
        if (touches) {
            fpu.enterMmx();
        }
        try {
            switch (insn.kind0) {
                case Instruction.REG -> ops.setRegister(insn.reg0, insn.size0,
                        MmxExec.toGeneral(insn.sseOp, fpu.significand[insn.reg1], (int) insn.imm));
                case Instruction.XMM -> MmxExec.toXmm(insn.sseOp, sse, insn.reg0);
                default -> {
                    long result = MmxExec.apply(insn.sseOp, sse, fpu.significand[insn.reg0], (int) insn.imm & 0xFF);
                    fpu.setMmx(insn.reg0, result);
                }
            }
        } catch (SimdException e) {
            throw state.fault((state.cr4 & CR4_OSXMMEXCPT) != 0 ? CpuException.XM : CpuException.UD, 0);
        }
    }

    /** EMMS: all x87 registers are empty. */
    void emptyMmx() {
        if ((state.cr0 & CpuState.CR0_EM) != 0) {
            throw state.ud();
        }
        checkTaskSwitched();
        checkPending(state.x87);
        state.x87.top = 0;
        state.x87.used = 0;
    }

    /** Executes an x87 instruction. */
    void x87(Instruction insn) {
        int digit = insn.modrm >> 3 & 7;
        boolean memory = insn.kind0 == Instruction.MEM;
        if (!(memory ? X87Exec.definedMemory(insn.opcode, digit) : X87Exec.defined(insn.opcode, insn.modrm))) {
            throw state.ud();
        }
        if ((state.cr0 & (CpuState.CR0_EM | CpuState.CR0_TS)) != 0) {
            throw state.fault(CpuException.NM, 0);
        }
        X87State fpu = state.x87;
        if (isWaiting(insn)) {
            checkPending(fpu);
        }
        if (memory) {
            long address = ops.address(insn);
            boolean operand16 = insn.mode == 2 ? !insn.prefix66 : insn.prefix66 && !insn.rexW;
            int stored = X87Exec.storedBytes(insn.opcode, digit, operand16);
            if (stored != 0) {
                // Whatever becomes of the value, the place must be writable.
                mmu.checkWritable(address);
                mmu.checkWritable(address + stored - 1);
            }
            X87Exec.memory(insn.opcode, digit, address, fpu, mmu, operand16);
            if (!X87Exec.isControl(insn.opcode, digit)) {
                remember(insn, fpu);
                fpu.dataPointer = ops.offset(insn);
            }
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
        } else if (insn.opcode != 0xDB || insn.modrm != 0xE2 && insn.modrm != 0xE3) {
            remember(insn, fpu);
        }
    }

    /** The last non-control instruction, for FNSTENV (SDM vol. 1 §8.1.8). */
    private void remember(Instruction insn, X87State fpu) {
        fpu.instructionPointer = state.rip - insn.length;
        if (fpu.pendingException()) {
            // Since the Pentium 4 the opcode is kept only for unmasked exceptions (SDM vol. 1 §8.1.9.1).
            fpu.lastOpcode = (insn.opcode & 7) << 8 | insn.modrm;
        }
    }

    /** All but the FN forms wait for pending exceptions (SDM vol. 1 §8.3.12). */
    private static boolean isWaiting(Instruction insn) {
        int digit = insn.modrm >> 3 & 7;
        if (insn.kind0 == Instruction.MEM) {
            boolean control = insn.opcode == 0xD9 && (digit == 6 || digit == 7) || insn.opcode == 0xDD && (digit == 6 || digit == 7);
            return !control;
        }
        boolean control = insn.opcode == 0xDB && insn.modrm >= 0xE0 && insn.modrm <= 0xE4;
        return !control && !(insn.opcode == 0xDF && insn.modrm == 0xE0);
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
        X87Exec.fxsave(state.x87, state.sse, address, mmu, insn.rexW, xmmCount());
    }

    void restoreAll(Instruction insn) {
        long address = checkedImage(insn);
        if (!X87Exec.fxrstor(state.x87, state.sse, address, mmu, insn.rexW, xmmCount())) {
            throw state.gp();
        }
    }

    /** Outside 64-bit mode there are eight (SDM vol. 1 §10.5.1). */
    private int xmmCount() {
        return state.mode == 8 ? 16 : 8;
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
        checkControl(insn);
        long value = ops.read0(insn);
        if ((value & ~0xFFFFL) != 0) {
            throw state.gp();
        }
        state.sse.mxcsr = (int) value;
    }

    private void checkControl(Instruction insn) {
        if (insn.vex) {
            avx.check();
        } else {
            checkSse();
        }
    }

    void storeControl(Instruction insn) {
        checkControl(insn);
        ops.write0(insn, state.sse.mxcsr);
    }
}
