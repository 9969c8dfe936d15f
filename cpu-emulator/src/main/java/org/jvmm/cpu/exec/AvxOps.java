package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.sse.AvxExec;
import org.jvmm.cpu.sse.SimdException;
import org.jvmm.cpu.sse.SseExec;
import org.jvmm.cpu.sse.SseOp;
import org.jvmm.cpu.sse.SseState;
import org.jvmm.cpu.state.CpuState;

/** VEX-coded vector instructions: operands from and to memory and general registers around {@link AvxExec}. */
final class AvxOps {
    private static final int TEMP = SseState.TEMP;
    private static final int RESULT = AvxExec.RESULT;
    private static final long CR4_OSXMMEXCPT = 0x400;

    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;
    private final SseState sse;

    AvxOps(Operands ops) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
        this.sse = state.sse;
    }

    /** #UD unless the operating system enabled AVX (SDM vol. 2 §2.4). */
    void check() {
        boolean enabled = (state.cr4 & CpuState.CR4_OSXSAVE) != 0 && (state.xcr0 & 6) == 6 && state.protectedMode();
        if (!enabled) {
            throw state.ud();
        }
        if ((state.cr0 & CpuState.CR0_TS) != 0) {
            throw state.fault(CpuException.NM, 0);
        }
    }

    /** Executes one. */
    void execute(Instruction insn) {
        check();
        try {
            if (SseOp.isAvxOnly(insn.sseOp)) {
                avx(insn);
            } else {
                switch (SseExec.kind(insn.sseOp)) {
                    case SseExec.KIND_TO_GPR -> toGeneral(insn);
                    case SseExec.KIND_FROM_GPR -> fromGeneral(insn);
                    case SseExec.KIND_FLAGS -> compare(insn);
                    case SseExec.KIND_STRING -> strings(insn);
                    case SseExec.KIND_MASKED_STORE -> maskMove(insn);
                    default -> legacy(insn);
                }
            }
        } catch (SimdException e) {
            throw state.fault((state.cr4 & CR4_OSXMMEXCPT) != 0 ? CpuException.XM : CpuException.UD, 0);
        }
    }

    private static int imm(Instruction insn) {
        return (int) insn.imm & 0xFF;
    }

    /** The register of the last source; memory is loaded into the temporary one. */
    private int source(Instruction insn) {
        if (insn.kind1 != Instruction.MEM) {
            return insn.reg1;
        }
        long address = ops.address(insn);
        int size = insn.size1;
        if (insn.aligned && (address & size - 1) != 0) {
            throw state.gp();
        }
        long[] x = sse.x;
        if (size < 16) {
            x[2 * TEMP] = mmu.read(address, size);
            x[2 * TEMP + 1] = 0;
            return TEMP;
        }
        long low = mmu.read64(address);
        long high = mmu.read64(address + 8);
        if (size == 32) {
            long[] y = sse.upper.x;
            long third = mmu.read64(address + 16);
            y[2 * TEMP + 1] = mmu.read64(address + 24);
            y[2 * TEMP] = third;
        }
        x[2 * TEMP] = low;
        x[2 * TEMP + 1] = high;
        return TEMP;
    }

    private void legacy(Instruction insn) {
        int op = insn.sseOp;
        if (insn.kind0 == Instruction.MEM) {
            store(insn);
            return;
        }
        if (op >= SseOp.PSRLWI && op <= SseOp.PSLLDQ) {
            // The destination of a shift by an immediate is in VEX.vvvv.
            AvxExec.legacy(op, sse, insn.vvvv, insn.reg0, insn.reg0, imm(insn), insn.wideVector);
            return;
        }
        if (op == SseOp.BLENDVPS || op == SseOp.BLENDVPD || op == SseOp.PBLENDVB) {
            AvxExec.blend(op, sse, insn.reg0, insn.vvvv, source(insn), insn.immRegister, insn.wideVector);
            return;
        }
        boolean scalarMove = op == SseOp.MOVSS || op == SseOp.MOVSD;
        if (scalarMove && insn.kind1 == Instruction.XMM) {
            AvxExec.moveScalar(sse, insn.reg0, insn.vvvv, insn.reg1, op == SseOp.MOVSS);
            return;
        }
        boolean copies = insn.vvvvUsed && !scalarMove;
        boolean wide = insn.wideVector && !SseExec.isScalar(op);
        AvxExec.legacy(op, sse, insn.reg0, copies ? insn.vvvv : -1, source(insn), imm(insn), wide);
    }

    private void store(Instruction insn) {
        long address = ops.address(insn);
        int at = 2 * insn.reg1;
        int size = insn.size0;
        if (size < 16) {
            mmu.write(address, size, SseExec.storesHigh(insn.sseOp) ? sse.x[at + 1] : sse.x[at]);
            return;
        }
        if (insn.aligned && (address & size - 1) != 0) {
            throw state.gp();
        }
        mmu.checkWritable(address);
        mmu.checkWritable(address + size - 1);
        mmu.write64(address, sse.x[at]);
        mmu.write64(address + 8, sse.x[at + 1]);
        if (size == 32) {
            mmu.write64(address + 16, sse.upper.x[at]);
            mmu.write64(address + 24, sse.upper.x[at + 1]);
        }
    }

    private void toGeneral(Instruction insn) {
        int op = insn.sseOp;
        int register = source(insn);
        long value = SseExec.toGpr(op, sse, register, imm(insn), insn.size0 == 8);
        if (insn.wideVector) {
            int shift = op == SseOp.PMOVMSKB ? 16 : op == SseOp.MOVMSKPS ? 4 : op == SseOp.MOVMSKPD ? 2 : 0;
            if (shift != 0) {
                value |= SseExec.toGpr(op, sse.upper, register, 0, false) << shift;
            }
        }
        if (insn.kind0 == Instruction.MEM) {
            ops.write0(insn, value);
        } else {
            ops.setRegister(insn.reg0, Math.max(4, insn.size0), value);
        }
    }

    private void fromGeneral(Instruction insn) {
        boolean wide = insn.size1 == 8;
        long value = insn.kind1 == Instruction.REG && insn.size1 < 4 ? ops.register(insn.reg1, 4) : ops.read1(insn);
        long[] x = sse.x;
        if (insn.vvvvUsed) {
            x[2 * RESULT] = x[2 * insn.vvvv];
            x[2 * RESULT + 1] = x[2 * insn.vvvv + 1];
        }
        SseExec.fromGpr(insn.sseOp, sse, RESULT, value, imm(insn), wide);
        AvxExec.finish(sse, insn.reg0);
    }

    private void compare(Instruction insn) {
        int register = source(insn);
        int flags = insn.sseOp == SseOp.PTEST
                ? AvxExec.test(insn.sseOp, sse, insn.reg0, register, insn.wideVector)
                : SseExec.compareFlags(insn.sseOp, sse, insn.reg0, register);
        state.setArithmeticFlags(flags);
    }

    private void strings(Instruction insn) {
        long a = state.r[X86Regs.RAX];
        long b = state.r[X86Regs.RDX];
        boolean wide = insn.rexW;
        long result = SseExec.compareStrings(insn.sseOp, sse, insn.reg0, source(insn), imm(insn), wide ? a : (int) a, wide ? b : (int) b);
        state.setArithmeticFlags((int) result);
        if (SseExec.givesIndex(insn.sseOp)) {
            state.r[X86Regs.RCX] = result >>> 32;
        } else {
            AvxExec.clearUpper(sse, 0);
        }
    }

    /** VMASKMOVDQU. */
    private void maskMove(Instruction insn) {
        long offset = Alu.zeroExtend(state.r[X86Regs.RDI], insn.addressSize);
        long address = ops.linear(insn.segmentOverride ? insn.segment : X86Sregs.DS, offset);
        int mask = SseExec.byteMask(sse, insn.reg1);
        for (int i = 0; i < 16; i++) {
            if ((mask >> i & 1) != 0) {
                mmu.checkWritable(address + i);
            }
        }
        for (int i = 0; i < 16; i++) {
            if ((mask >> i & 1) != 0) {
                mmu.write8(address + i, sse.x[2 * insn.reg0 + (i >> 3)] >>> ((i & 7) << 3));
            }
        }
    }

    private void avx(Instruction insn) {
        int op = insn.sseOp;
        boolean wide = insn.wideVector;
        switch (op) {
            case SseOp.VZEROUPPER -> AvxExec.zero(sse, state.mode == 8 ? 16 : 8, false);
            case SseOp.VZEROALL -> AvxExec.zero(sse, state.mode == 8 ? 16 : 8, true);
            case SseOp.VTESTPS, SseOp.VTESTPD -> state.setArithmeticFlags(AvxExec.test(op, sse, insn.reg0, source(insn), wide));
            case SseOp.VEXTRACTF128, SseOp.VEXTRACTI128 -> extract(insn);
            case SseOp.VCVTPH2PS -> AvxExec.widenHalves(sse, insn.reg0, source(insn), wide);
            case SseOp.VCVTPS2PH -> storeHalves(insn);
            case SseOp.VMASKMOVPS, SseOp.VPMASKMOVD -> masked(insn, 4);
            case SseOp.VMASKMOVPD, SseOp.VPMASKMOVQ -> masked(insn, 8);
            case SseOp.VFMADD, SseOp.VFMSUB, SseOp.VFNMADD, SseOp.VFNMSUB, SseOp.VFMADDSUB, SseOp.VFMSUBADD -> {
                boolean scalar = (insn.opcode & 9) == 9;
                AvxExec.fma(op, insn.opcode, sse, insn.reg0, insn.vvvv, source(insn), insn.vexW, scalar, wide);
            }
            case SseOp.VPGATHERDD, SseOp.VGATHERDPS -> gather(insn, 4, 4);
            case SseOp.VPGATHERDQ, SseOp.VGATHERDPD -> gather(insn, 4, 8);
            case SseOp.VPGATHERQD, SseOp.VGATHERQPS -> gather(insn, 8, 4);
            case SseOp.VPGATHERQQ, SseOp.VGATHERQPD -> gather(insn, 8, 8);
            default -> AvxExec.exec(op, sse, insn.reg0, insn.vvvv, source(insn), imm(insn), wide);
        }
    }

    private void extract(Instruction insn) {
        long[] from = (insn.imm & 1) != 0 ? sse.upper.x : sse.x;
        long low = from[2 * insn.reg1];
        long high = from[2 * insn.reg1 + 1];
        if (insn.kind0 == Instruction.MEM) {
            long address = ops.address(insn);
            mmu.checkWritable(address);
            mmu.checkWritable(address + 15);
            mmu.write64(address, low);
            mmu.write64(address + 8, high);
        } else {
            sse.x[2 * insn.reg0] = low;
            sse.x[2 * insn.reg0 + 1] = high;
            AvxExec.clearUpper(sse, insn.reg0);
        }
    }

    private void storeHalves(Instruction insn) {
        long[] x = sse.x;
        if (insn.kind0 != Instruction.MEM) {
            AvxExec.narrowSingles(sse, insn.reg1, imm(insn), insn.wideVector);
            AvxExec.finish(sse, insn.reg0);
            return;
        }
        long address = ops.address(insn);
        mmu.checkWritable(address);
        mmu.checkWritable(address + insn.size0 - 1);
        AvxExec.narrowSingles(sse, insn.reg1, imm(insn), insn.wideVector);
        mmu.write64(address, x[2 * RESULT]);
        if (insn.wideVector) {
            mmu.write64(address + 8, x[2 * RESULT + 1]);
        }
    }

    private static long element(SseState s, int register, int index, int size) {
        int half = index * size >> 3;
        long[] x = half < 2 ? s.x : s.upper.x;
        long value = x[2 * register + (half & 1)];
        return size == 8 ? value : value >>> ((index & 1) << 5) & 0xFFFF_FFFFL;
    }

    private static void setElement(SseState s, int register, int index, int size, long value) {
        int half = index * size >> 3;
        long[] x = half < 2 ? s.x : s.upper.x;
        int at = 2 * register + (half & 1);
        if (size == 8) {
            x[at] = value;
        } else {
            int shift = (index & 1) << 5;
            x[at] = x[at] & ~(0xFFFF_FFFFL << shift) | (value & 0xFFFF_FFFFL) << shift;
        }
    }

    private static boolean selected(SseState s, int register, int index, int size) {
        return element(s, register, index, size) >>> 8 * size - 1 != 0;
    }

    /** VMASKMOV and VPMASKMOV: elements that the mask leaves out touch no memory. */
    private void masked(Instruction insn, int size) {
        int count = (insn.wideVector ? 32 : 16) / size;
        long address = ops.address(insn);
        if (insn.kind0 == Instruction.MEM) {
            for (int i = 0; i < count; i++) {
                if (selected(sse, insn.vvvv, i, size)) {
                    mmu.checkWritable(address + i * size);
                    mmu.checkWritable(address + i * size + size - 1);
                }
            }
            for (int i = 0; i < count; i++) {
                if (selected(sse, insn.vvvv, i, size)) {
                    mmu.write(address + i * size, size, element(sse, insn.reg1, i, size));
                }
            }
            return;
        }
        for (int i = 0; i < 32 / size; i++) {
            boolean taken = i < count && selected(sse, insn.vvvv, i, size);
            setElement(sse, RESULT, i, size, taken ? mmu.read(address + i * size, size) : 0);
        }
        AvxExec.finishWide(sse, insn.reg0);
    }

    /**
     * Gathers: element by element, clearing the mask behind each, so that a fault can go on where it happened (SDM vol. 2, VPGATHERDD).
     */
    private void gather(Instruction insn, int indexSize, int size) {
        int d = insn.reg0;
        int mask = insn.vvvv;
        if (d == mask || d == insn.vectorIndex || mask == insn.vectorIndex) {
            throw state.ud();
        }
        int bytes = insn.wideVector ? 32 : 16;
        int count = bytes / Math.max(indexSize, size);
        long base = insn.base == Instruction.RIP ? state.rip : state.r[insn.base];
        for (int i = 0; i < count; i++) {
            if (selected(sse, mask, i, size)) {
                long index = element(sse, insn.vectorIndex, i, indexSize);
                long offset = base + ((indexSize == 4 ? (int) index : index) << insn.scale) + insn.disp;
                long value = mmu.read(ops.linear(insn.segment, insn.addressSize == 4 ? offset & 0xFFFF_FFFFL : offset), size);
                setElement(sse, d, i, size, value);
            }
            setElement(sse, mask, i, size, 0);
        }
        clearAbove(mask, 0);
        clearAbove(d, count * size);
    }

    private void clearAbove(int register, int bytes) {
        for (int i = bytes / 8; i < 4; i++) {
            setElement(sse, register, i, 8, 0);
        }
    }
}
