package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/** Reads and writes the operands of an {@link Instruction}, in every mode. {@link CpuState#rip} is the address of the next instruction meanwhile. */
final class Operands {
    private static final int STACK_BIG = 1 << 14;

    final CpuState state;
    final Mmu mmu;

    Operands(CpuState state, Mmu mmu) {
        this.state = state;
        this.mmu = mmu;
    }

    /** Offset of the memory operand in its segment. */
    long offset(Instruction insn) {
        long[] r = state.r;
        long base = insn.base == Instruction.RIP ? state.rip : r[insn.base];
        long sum = base + (r[insn.index] << insn.scale) + insn.disp;
        return switch (insn.addressSize) {
            case 8 -> sum;
            case 4 -> sum & 0xFFFF_FFFFL;
            default -> sum & 0xFFFF;
        };
    }

    /** Linear address of the memory operand. */
    long address(Instruction insn) {
        return linear(insn.segment, offset(insn));
    }

    /** Linear address of an offset in a segment. */
    long linear(int segment, long offset) {
        long sum = state.r[CpuState.SEGMENT_BASES + 1 + segment] + offset;
        return state.mode == 8 ? sum : sum & 0xFFFF_FFFFL;
    }

    /** A general register; of byte size, 16 to 19 are AH to BH. Zero-extended. */
    long register(int number, int size) {
        long[] r = state.r;
        return switch (size) {
            case 8 -> r[number];
            case 4 -> r[number] & 0xFFFF_FFFFL;
            case 2 -> r[number] & 0xFFFF;
            default -> number >= 16 ? r[number - 16] >>> 8 & 0xFF : r[number] & 0xFF;
        };
    }

    /** Writes a general register: 32-bit writes clear the upper half, narrower ones leave the rest (SDM vol. 1 §3.4.1.1). */
    void setRegister(int number, int size, long value) {
        long[] r = state.r;
        switch (size) {
            case 8 -> r[number] = value;
            case 4 -> r[number] = value & 0xFFFF_FFFFL;
            case 2 -> r[number] = r[number] & ~0xFFFFL | value & 0xFFFF;
            default -> {
                if (number >= 16) {
                    r[number - 16] = r[number - 16] & ~0xFF00L | (value & 0xFF) << 8;
                } else {
                    r[number] = r[number] & ~0xFFL | value & 0xFF;
                }
            }
        }
    }

    /** Value of operand 0. */
    long read0(Instruction insn) {
        return read(insn, insn.kind0, insn.reg0, insn.size0);
    }

    /** Value of operand 1. */
    long read1(Instruction insn) {
        return read(insn, insn.kind1, insn.reg1, insn.size1);
    }

    private long read(Instruction insn, int kind, int register, int size) {
        return switch (kind) {
            case Instruction.REG -> register(register, size);
            case Instruction.MEM -> mmu.read(address(insn), size);
            default -> insn.imm;
        };
    }

    /** Stores operand 0. */
    void write0(Instruction insn, long value) {
        if (insn.kind0 == Instruction.REG) {
            setRegister(insn.reg0, insn.size0, value);
        } else {
            mmu.write(address(insn), insn.size0, value);
        }
    }

    /** Bytes of the stack pointer in use: 8 in 64-bit mode, else 4 or 2 by SS.B. */
    int stackSize() {
        if (state.mode == 8) {
            return 8;
        }
        return (state.segments[X86Sregs.SS].attributes & STACK_BIG) != 0 ? 4 : 2;
    }

    /** Linear address of the stack at a displacement from the stack pointer. */
    long stackAddress(long displacement) {
        long sp = state.r[X86Regs.RSP] + displacement;
        return switch (stackSize()) {
            case 8 -> sp;
            case 4 -> linear(X86Sregs.SS, sp & 0xFFFF_FFFFL);
            default -> linear(X86Sregs.SS, sp & 0xFFFF);
        };
    }

    /** Moves the stack pointer. */
    void addToStack(long displacement) {
        setRegister(X86Regs.RSP, stackSize(), state.r[X86Regs.RSP] + displacement);
    }

    /** Pushes; the pointer moves only when the store went through. */
    void push(int size, long value) {
        mmu.write(stackAddress(-size), size, value);
        addToStack(-size);
    }

    /** Pops, zero-extended. */
    long pop(int size) {
        long value = mmu.read(stackAddress(0), size);
        addToStack(size);
        return value;
    }

    /** Cuts an instruction pointer to the operand size: 64, 32 or 16 bits. */
    static long cutRip(long rip, int size) {
        return size == 8 ? rip : size == 4 ? rip & 0xFFFF_FFFFL : rip & 0xFFFF;
    }
}
