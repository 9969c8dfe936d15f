package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.decode.Op;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/**
 * MOVS, STOS, LODS, CMPS, SCAS, INS, OUTS and their repetitions. Registers are up to date before every access, so a fault in the middle restarts where it
 * happened (SDM vol. 1 §7.3.9.3). Ascending REP MOVS and REP STOS over RAM go page by page in bulk.
 */
final class StringOps {
    private static final int RAX = X86Regs.RAX;
    private static final int RCX = X86Regs.RCX;
    private static final int RSI = X86Regs.RSI;
    private static final int RDI = X86Regs.RDI;
    private static final int PAGE = 4096;
    /** Elements between looks at pending interrupts. */
    private static final int SLICE = 4096;

    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;
    private final VmOps devices;
    private int slice = SLICE;

    StringOps(Operands ops, VmOps devices) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
        this.devices = devices;
    }

    /** Has {@link #execute} do one repetition at a time, or many. */
    void oneRepetition(boolean on) {
        slice = on ? 1 : SLICE;
    }

    /**
     * Executes the instruction, or some repetitions of it.
     *
     * @return false when repetitions are left: the instruction is to be executed again
     */
    boolean execute(Instruction insn) {
        if (insn.rep == 0) {
            once(insn);
            return true;
        }
        for (int budget = slice; budget > 0; budget--) {
            long count = counter(insn);
            if (count == 0) {
                return true;
            }
            if (bulk(insn, count)) {
                continue;
            }
            once(insn);
            setCounter(insn, count - 1);
            if (comparesDone(insn)) {
                return true;
            }
        }
        return counter(insn) == 0;
    }

    /** REPE ends at the first difference, REPNE at the first match. */
    private boolean comparesDone(Instruction insn) {
        return switch (insn.op) {
            case CMPS, SCAS -> state.zf() != (insn.rep == Instruction.REP);
            default -> false;
        };
    }

    private long counter(Instruction insn) {
        return ops.register(RCX, insn.addressSize);
    }

    private void setCounter(Instruction insn, long value) {
        ops.setRegister(RCX, insn.addressSize, value);
    }

    private long source(Instruction insn) {
        return ops.checkedLinear(insn.segmentOverride ? insn.segment : X86Sregs.DS, ops.register(RSI, insn.addressSize), insn.size, false);
    }

    private long target(Instruction insn) {
        boolean write = insn.op != Op.CMPS && insn.op != Op.SCAS;
        return ops.checkedLinear(X86Sregs.ES, ops.register(RDI, insn.addressSize), insn.size, write);
    }

    private void advance(Instruction insn, int register, long elements) {
        long delta = elements * insn.size;
        ops.setRegister(register, insn.addressSize, state.r[register] + ((state.systemFlags & CpuState.DF) != 0 ? -delta : delta));
    }

    private void once(Instruction insn) {
        int size = insn.size;
        switch (insn.op) {
            case MOVS -> {
                mmu.write(target(insn), size, mmu.read(source(insn), size));
                advance(insn, RSI, 1);
                advance(insn, RDI, 1);
            }
            case STOS -> {
                mmu.write(target(insn), size, state.r[RAX]);
                advance(insn, RDI, 1);
            }
            case LODS -> {
                ops.setRegister(RAX, size, mmu.read(source(insn), size));
                advance(insn, RSI, 1);
            }
            case CMPS -> {
                long a = mmu.read(source(insn), size);
                long b = mmu.read(target(insn), size);
                Alu.sub(state, a, b, 0, size);
                advance(insn, RSI, 1);
                advance(insn, RDI, 1);
            }
            case SCAS -> {
                Alu.sub(state, state.r[RAX], mmu.read(target(insn), size), 0, size);
                advance(insn, RDI, 1);
            }
            case INS -> {
                long to = target(insn);
                mmu.checkWritable(to);
                mmu.write(to, size, devices.pioRead((int) state.r[X86Regs.RDX] & 0xFFFF, size));
                advance(insn, RDI, 1);
            }
            default -> {
                devices.pioWrite((int) state.r[X86Regs.RDX] & 0xFFFF, size, mmu.read(source(insn), size));
                advance(insn, RSI, 1);
            }
        }
    }

    /** Tries the part of the repetitions up to the next page border in one go. */
    private boolean bulk(Instruction insn, long count) {
        if (slice == 1 || (state.systemFlags & CpuState.DF) != 0 || state.mode != 8 || insn.addressSize != 8) {
            return false;
        }
        switch (insn.op) {
            case MOVS -> {
                long from = source(insn);
                long to = target(insn);
                long n = Math.min(inPage(from, count, insn.size), inPage(to, count, insn.size));
                if (n == 0 || !mmu.copyWithinPages(from, to, (int) n * insn.size)) {
                    return false;
                }
                advance(insn, RSI, n);
                advance(insn, RDI, n);
                setCounter(insn, count - n);
                return true;
            }
            case STOS -> {
                long to = target(insn);
                long n = inPage(to, count, insn.size);
                if (n == 0 || !mmu.fillWithinPage(to, (int) n * insn.size, insn.size, Alu.zeroExtend(state.r[RAX], insn.size))) {
                    return false;
                }
                advance(insn, RDI, n);
                setCounter(insn, count - n);
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    /** Whole elements from {@code address} to the end of its page, at most {@code count}. */
    private static long inPage(long address, long count, int size) {
        long n = (PAGE - (address & PAGE - 1)) / size;
        return Long.compareUnsigned(count, n) < 0 ? count : n;
    }
}
