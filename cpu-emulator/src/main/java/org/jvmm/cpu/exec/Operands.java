package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.SegmentState;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.decode.Op;
import org.jvmm.cpu.fault.CpuException;
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
        long offset = offset(insn);
        if (state.mode != 8 && insn.op != Op.LEA) {
            int size = insn.kind0 == Instruction.MEM ? insn.size0 : insn.kind1 == Instruction.MEM ? insn.size1 : 1;
            check(insn.segment, offset, Math.max(size, 1), insn.kind0 == Instruction.MEM && writes(insn.op));
        }
        return linear(insn.segment, offset);
    }

    /** Whether an instruction with a memory destination stores to it; those of unknown kind count as loads. */
    private static boolean writes(Op op) {
        return switch (op) {
            case ADD, OR, ADC, SBB, AND, SUB, XOR, MOV, INC, DEC, NOT, NEG, ROL, ROR, RCL, RCR, SHL, SHR, SAR, XCHG, XADD, CMPXCHG,
                    CMPXCHG8B,
                    BTS, BTR, BTC, SHLD, SHRD, SETCC, POP, MOVFROMSEG, SGDT, SIDT, SLDT, STR, SMSW, MOVNTI, MOVBE, STMXCSR, FXSAVE, XSAVE,
                    XSAVEOPT, XSAVEC, SSE ->
                true;
            default -> false;
        };
    }

    /** Linear address of an access to an offset in a segment, which must allow it. */
    long checkedLinear(int segment, long offset, int size, boolean write) {
        if (state.mode != 8) {
            check(segment, offset, size, write);
        }
        return linear(segment, offset);
    }

    /**
     * Type and limit of a segment outside 64-bit mode (SDM vol. 3 §5.3, §5.5): #SS(0) for the stack's, #GP(0) for the others.
     *
     * @param segment as in {@link X86Sregs}
     */
    private void check(int segment, long offset, int size, boolean write) {
        SegmentState s = state.segments[segment];
        boolean code = (s.attributes & 8) != 0;
        boolean allowed = !state.protectedMode() || s.attributes != 0
                && (write ? !code && (s.attributes & 2) != 0 : !code || (s.attributes & 2) != 0);
        if (!allowed || !within(s, offset, size)) {
            throw state.fault(segment == X86Sregs.SS ? CpuException.SS : CpuException.GP, 0);
        }
    }

    /** Whether an access lies within a segment; expand-down ones have their room above the limit (SDM vol. 3 §5.3). */
    static boolean within(SegmentState s, long offset, int size) {
        long limit = s.limit & 0xFFFF_FFFFL;
        long last = offset + size - 1;
        if ((s.attributes & 0xC) == 4) {
            return offset > limit && last <= ((s.attributes & STACK_BIG) != 0 ? 0xFFFF_FFFFL : 0xFFFF);
        }
        // A flat segment wraps.
        return last <= limit || limit == 0xFFFF_FFFFL;
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
        return stackAddress(displacement, 1);
    }

    /** Linear address of {@code size} bytes of the stack at a displacement from the stack pointer. */
    private long stackAddress(long displacement, int size) {
        long sp = state.r[X86Regs.RSP] + displacement;
        return switch (stackSize()) {
            case 8 -> sp;
            case 4 -> checkedLinear(X86Sregs.SS, sp & 0xFFFF_FFFFL, size, true);
            default -> checkedLinear(X86Sregs.SS, sp & 0xFFFF, size, true);
        };
    }

    /** Moves the stack pointer. */
    void addToStack(long displacement) {
        setRegister(X86Regs.RSP, stackSize(), state.r[X86Regs.RSP] + displacement);
    }

    /** Pushes; the pointer moves only when the store went through. */
    void push(int size, long value) {
        mmu.write(stackAddress(-size, size), size, value);
        addToStack(-size);
    }

    /** Pops, zero-extended. */
    long pop(int size) {
        long value = mmu.read(stackAddress(0, size), size);
        addToStack(size);
        return value;
    }

    /** Cuts an instruction pointer to the operand size: 64, 32 or 16 bits. */
    static long cutRip(long rip, int size) {
        return size == 8 ? rip : size == 4 ? rip & 0xFFFF_FFFFL : rip & 0xFFFF;
    }
}
