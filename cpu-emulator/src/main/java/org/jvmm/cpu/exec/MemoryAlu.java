package org.jvmm.cpu.exec;

import java.lang.invoke.VarHandle;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/** The two-operand operations with a memory operand, in their uop forms. */
final class MemoryAlu {
    private final CpuState state;
    private final Mmu mmu;

    MemoryAlu(CpuState state, Mmu mmu) {
        this.state = state;
        this.mmu = mmu;
    }

    /** Register destination, memory source. */
    void aluFromMemory(long w, long im) {
        long[] r = state.r;
        int size = Uop.size(w);
        int op = Uop.aluOp(w);
        int d = Uop.d(w);
        long b = mmu.read(Uop.address(r, w, im), size);
        long x = size == 8 ? alu64(op, r[d], b) : size == 4 ? alu32(op, r[d], b) : Alu.binary(state, op, r[d], b, size);
        if (Ops.writes(op)) {
            r[d] = size == 1 ? r[d] & ~0xFFL | x : size == 2 ? r[d] & ~0xFFFFL | x : x;
        }
    }

    /** Memory destination; flags change only after the store went through. */
    void aluToMemory(long w, long im, long b) {
        CpuState s = state;
        int size = Uop.size(w);
        int op = Uop.aluOp(w);
        long address = Uop.address(s.r, w, im);
        if (!Ops.writes(op)) {
            Alu.binary(s, op, mmu.read(address, size), b, size);
            return;
        }
        long a = mmu.readForWrite(address, size);
        VarHandle.acquireFence();
        long oldResult = s.flagResult;
        long oldAux = s.flagAux;
        long x = size == 8 ? alu64(op, a, b) : size == 4 ? alu32(op, a, b) : Alu.binary(s, op, a, b, size);
        long newResult = s.flagResult;
        long newAux = s.flagAux;
        s.flagResult = oldResult;
        s.flagAux = oldAux;
        mmu.write(address, size, x);
        s.flagResult = newResult;
        s.flagAux = newAux;
    }

    /** INC or DEC; flags change only after the store went through. */
    void step(long w, long im) {
        CpuState s = state;
        int size = Uop.size(w);
        long address = Uop.address(s.r, w, im);
        long a = mmu.readForWrite(address, size);
        VarHandle.acquireFence();
        boolean up = Uop.aluOp(w) != 0;
        mmu.write(address, size, up ? a + 1 : a - 1);
        Alu.step(s, a, up ? 1 : -1, size);
    }

    private long alu64(int op, long a, long b) {
        return switch (op) {
            case Ops.ADD -> Alu.add64(state, a, b);
            case Ops.SUB, Ops.CMP -> Alu.sub64(state, a, b);
            case Ops.AND, Ops.TEST -> Alu.logic64(state, a & b);
            case Ops.OR -> Alu.logic64(state, a | b);
            case Ops.XOR -> Alu.logic64(state, a ^ b);
            default -> Alu.binary(state, op, a, b, 8);
        };
    }

    private long alu32(int op, long a, long b) {
        return switch (op) {
            case Ops.ADD -> Alu.add32(state, a, b);
            case Ops.SUB, Ops.CMP -> Alu.sub32(state, a, b);
            case Ops.AND, Ops.TEST -> Alu.logic32(state, a & b);
            case Ops.OR -> Alu.logic32(state, a | b);
            case Ops.XOR -> Alu.logic32(state, a ^ b);
            default -> Alu.binary(state, op, a, b, 4);
        };
    }
}
