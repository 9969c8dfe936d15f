package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.decode.Op;
import org.jvmm.cpu.state.CpuState;

/**
 * Chooses a {@link Uop} for a decoded instruction. Only 64-bit mode with 64-bit addresses has fast forms; everything else is left to {@link Uop#SLOW}.
 */
final class Lowering {
    /** In the ALU field of {@link Uop#SHIFT_CL}. */
    static final int SHL_BY_CL = 0;
    static final int SHR_BY_CL = 1;
    static final int SAR_BY_CL = 2;

    /** First word of the last {@link #lower}. */
    long word;
    /** Second word of the last {@link #lower}. */
    long operand;

    private Instruction insn;
    private int endOffset;
    private boolean shared;

    /** Chooses for one of several CPUs from now on. */
    void share() {
        shared = true;
    }

    /**
     * Tries to find a fast form.
     *
     * @param instruction decoded in 64-bit mode
     * @param end offset of the next instruction from the start of the block
     * @return false when there is none
     */
    boolean lower(Instruction instruction, int end) {
        insn = instruction;
        endOffset = end;
        operand = 0;
        if (insn.mode != 8 || insn.addressSize != 8 || insn.lock
                || insn.rep != 0 && insn.op != Op.JCC && insn.op != Op.RET && insn.op != Op.NOP) {
            return false;
        }
        return switch (insn.op) {
            case NOP, LFENCE, SFENCE -> plain(Uop.NOP);
            case MOV -> mov();
            case MOVZX -> movzx();
            case MOVSX, MOVSXD -> movsx();
            case LEA -> lea();
            case ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST -> alu(Ops.number(insn.op));
            case INC -> oneRegister(Uop.INC64, Uop.INC32) || stepMemory(1);
            case DEC -> oneRegister(Uop.DEC64, Uop.DEC32) || stepMemory(0);
            case SHL -> shift(Uop.SHL64, Uop.SHL32) || shiftByCl(SHL_BY_CL);
            case SHR -> shift(Uop.SHR64, Uop.SHR32) || shiftByCl(SHR_BY_CL);
            case SAR -> shift(Uop.SAR64, Uop.SAR32) || shiftByCl(SAR_BY_CL);
            case ROL -> shift(Uop.ROL, Uop.ROL32);
            case ROR -> shift(Uop.ROR, Uop.ROR32);
            case BSWAP -> insn.size0 >= 4 && !insn.prefix66 && pack(Uop.BSWAP, insn.reg0, CpuState.ZERO, aluBits(0, insn.size0));
            case NEG -> unary(Uop.NEG);
            case NOT -> unary(Uop.NOT);
            case IMUL -> imul();
            case CMOVCC -> conditional(Uop.CMOV64, Uop.CMOV32);
            case SETCC -> insn.kind0 == Instruction.REG && insn.reg0 < 16 && !Uop.isRareCondition(insn.condition)
                    && pack(Uop.SETCC, insn.reg0, CpuState.ZERO, conditionBits());
            case PUSH -> push();
            case POP -> insn.kind0 == Instruction.REG && insn.size == 8 && stack(Uop.POP, insn.reg0, 0, X86Regs.RSP, 0, 0);
            case LEAVE -> insn.size == 8 && stack(Uop.LEAVE, X86Regs.RBP, 0, X86Regs.RBP, 0, 0);
            case JCC -> branch(Uop.TERMINATORS + insn.condition);
            case JMP -> jump(Uop.JMP, Uop.JMP_R, Uop.JMP_M);
            case CALL -> jump(Uop.CALL, Uop.CALL_R, Uop.CALL_M);
            case RET -> insn.kind0 == Instruction.NONE && plain(Uop.RET);
            default -> false;
        };
    }

    private boolean plain(int uop) {
        return pack(uop, 0, 0, 0);
    }

    /** A form without an address. */
    private boolean pack(int uop, int d, int s, long more) {
        return withAddress(uop, d, s, (long) d << Uop.A_SHIFT | more);
    }

    private boolean withAddress(int uop, int d, int s, long more) {
        word = Uop.pack(uop, d, s) | more;
        return true;
    }

    private long conditionBits() {
        return (long) insn.condition << 33;
    }

    private static long aluBits(int op, int size) {
        return (long) op << 37 | (long) size << 41;
    }

    /** Address bits of the memory operand; false when the displacement does not fit. */
    private boolean memory(int uop, int d, int s, long more, long imm) {
        long disp = insn.disp;
        int base = insn.base;
        if (base == Instruction.RIP) {
            disp += endOffset;
        }
        if ((int) disp != disp) {
            return false;
        }
        // In 64-bit mode only FS and GS have a base.
        int segment = insn.segment >= X86Sregs.FS ? insn.segment + 1 : 0;
        operand = disp & 0xFFFF_FFFFL | imm << 32;
        long complex = insn.index != Instruction.NO_REGISTER || segment != 0 ? Uop.COMPLEX_ADDRESS : 0;
        return withAddress(uop, d, s,
                (long) base << 18 | (long) insn.index << 23 | (long) insn.scale << 28 | (long) segment << 30 | complex | more);
    }

    private boolean isLowByteRegister(int register) {
        return register < 16;
    }

    /** A form whose address is a register plus {@code disp}, for the stack. */
    private boolean stack(int uop, int d, int s, int base, int disp, long imm) {
        operand = disp & 0xFFFF_FFFFL | imm << 32;
        return withAddress(uop, d, s, (long) base << 18 | aluBits(0, 8));
    }

    private boolean mov() {
        int size = insn.size;
        if (insn.kind0 == Instruction.REG) {
            switch (insn.kind1) {
                case Instruction.REG -> {
                    if (size == 1) {
                        return isLowByteRegister(insn.reg0) && isLowByteRegister(insn.reg1) && pack(Uop.MOV8, insn.reg0, insn.reg1, 0);
                    }
                    return pack(size == 8 ? Uop.MOV64 : size == 4 ? Uop.MOV32 : Uop.MOV16, insn.reg0, insn.reg1, 0);
                }
                case Instruction.IMM -> {
                    if (size < 4) {
                        operand = insn.imm << 32;
                        return (size == 2 || isLowByteRegister(insn.reg0))
                                && pack(size == 2 ? Uop.MOV16 : Uop.MOV8, insn.reg0, CpuState.ZERO, 0);
                    }
                    operand = size == 8 ? insn.imm : insn.imm & 0xFFFF_FFFFL;
                    return pack(Uop.MOV_RI, insn.reg0, CpuState.ZERO, 0);
                }
                default -> {
                    int uop = switch (size) {
                        case 8 -> Uop.LOAD64;
                        case 4 -> Uop.LOAD32;
                        case 2 -> Uop.LOAD16;
                        default -> Uop.LOAD8;
                    };
                    return (size != 1 || isLowByteRegister(insn.reg0)) && memory(uop, insn.reg0, 0, aluBits(0, size), 0);
                }
            }
        }
        int uop = switch (size) {
            case 8 -> Uop.STORE64;
            case 4 -> Uop.STORE32;
            case 2 -> Uop.STORE16;
            default -> Uop.STORE8;
        };
        return hasFastSource(size) && memory(uop, 0, sourceSlot(), aluBits(0, size), sourceImmediate());
    }

    /** Whether operand 1 is a register or an immediate that {@link Uop#b} can give. */
    private boolean hasFastSource(int size) {
        return insn.kind1 == Instruction.IMM || insn.kind1 == Instruction.REG && (size != 1 || isLowByteRegister(insn.reg1));
    }

    private int sourceSlot() {
        return insn.kind1 == Instruction.REG ? insn.reg1 : CpuState.ZERO;
    }

    private long sourceImmediate() {
        return insn.kind1 == Instruction.REG ? 0 : insn.imm;
    }

    private boolean movzx() {
        if (insn.size < 4) {
            return false;
        }
        if (insn.kind1 == Instruction.MEM) {
            return memory(insn.size1 == 1 ? Uop.LOAD8Z : Uop.LOAD16Z, insn.reg0, 0, aluBits(0, insn.size1), 0);
        }
        return isLowByteRegister(insn.reg1) && pack(insn.size1 == 1 ? Uop.MOVZX8 : Uop.MOVZX16, insn.reg0, insn.reg1, 0);
    }

    /** Sign extensions: the size field is the source's, the ALU field 8 for a 64-bit and 4 for a 32-bit destination. */
    private boolean movsx() {
        if (insn.size < 4 || insn.op == Op.MOVSXD && insn.size != 8) {
            return false;
        }
        long more = aluBits(insn.size, insn.size1);
        if (insn.kind1 == Instruction.MEM) {
            return memory(insn.op == Op.MOVSXD ? Uop.LOADSXD : Uop.LOADS, insn.reg0, 0, more, 0);
        }
        if (insn.op == Op.MOVSXD) {
            return pack(Uop.MOVSXD, insn.reg0, insn.reg1, 0);
        }
        return isLowByteRegister(insn.reg1) && pack(Uop.MOVSX_RR, insn.reg0, insn.reg1, more);
    }

    private boolean lea() {
        if (insn.size < 4) {
            return false;
        }
        // LEA ignores the segment.
        insn.segment = X86Sregs.DS;
        return memory(insn.size == 8 ? Uop.LEA64 : Uop.LEA32, insn.reg0, CpuState.ZERO, 0, 0);
    }

    private boolean alu(int op) {
        int size = insn.size;
        if (insn.kind0 == Instruction.MEM) {
            return aluToMemory(op, size);
        }
        if (size == 1 && !isLowByteRegister(insn.reg0)) {
            return false;
        }
        if (insn.kind1 == Instruction.MEM) {
            int uop = size == 8 ? loading64(op) : size == 4 ? loading32(op) : Uop.ALU_RM;
            return memory(uop, insn.reg0, CpuState.ZERO, aluBits(op, size), 0);
        }
        if (!hasFastSource(size)) {
            return false;
        }
        if (size >= 4 && op == Ops.XOR && insn.kind1 == Instruction.REG && insn.reg0 == insn.reg1) {
            return pack(Uop.ZERO, insn.reg0, CpuState.ZERO, 0);
        }
        operand = sourceImmediate() << 32;
        int uop = size == 8 ? register64(op) : size == 4 ? register32(op) : size == 2 ? register16(op) : register8(op);
        return pack(uop, insn.reg0, sourceSlot(), aluBits(op, size));
    }

    private static int register64(int op) {
        return switch (op) {
            case Ops.ADD -> Uop.ADD64;
            case Ops.SUB -> Uop.SUB64;
            case Ops.CMP -> Uop.CMP64;
            case Ops.AND -> Uop.AND64;
            case Ops.OR -> Uop.OR64;
            case Ops.XOR -> Uop.XOR64;
            case Ops.TEST -> Uop.TEST64;
            default -> Uop.ALU64;
        };
    }

    private static int register32(int op) {
        return switch (op) {
            case Ops.ADD -> Uop.ADD32;
            case Ops.SUB -> Uop.SUB32;
            case Ops.CMP -> Uop.CMP32;
            case Ops.AND -> Uop.AND32;
            case Ops.OR -> Uop.OR32;
            case Ops.XOR -> Uop.XOR32;
            case Ops.TEST -> Uop.TEST32;
            default -> Uop.ALU32;
        };
    }

    private static int register16(int op) {
        return op == Ops.ADD ? Uop.ADD16 : op == Ops.CMP ? Uop.CMP16 : Uop.ALU16;
    }

    private static int register8(int op) {
        return op == Ops.TEST ? Uop.TEST8 : op == Ops.CMP ? Uop.CMP8 : Uop.ALU8;
    }

    private static int loading64(int op) {
        return switch (op) {
            case Ops.ADD -> Uop.ADD64_M;
            case Ops.SUB -> Uop.SUB64_M;
            case Ops.CMP -> Uop.CMP64_M;
            case Ops.AND -> Uop.AND64_M;
            case Ops.OR -> Uop.OR64_M;
            case Ops.XOR -> Uop.XOR64_M;
            default -> Uop.ALU_RM;
        };
    }

    private static int loading32(int op) {
        return switch (op) {
            case Ops.ADD -> Uop.ADD32_M;
            case Ops.SUB -> Uop.SUB32_M;
            case Ops.CMP -> Uop.CMP32_M;
            case Ops.AND -> Uop.AND32_M;
            case Ops.OR -> Uop.OR32_M;
            case Ops.XOR -> Uop.XOR32_M;
            default -> Uop.ALU_RM;
        };
    }

    /** A memory destination, or a comparison with memory on the left. */
    private boolean aluToMemory(int op, int size) {
        int uop = Uop.ALU_MR;
        if (size == 2) {
            return hasFastSource(size) && memory(uop, 0, sourceSlot(), aluBits(op, size), sourceImmediate());
        }
        if (op == Ops.CMP) {
            uop = size == 8 ? Uop.CMP64_MB : size == 4 ? Uop.CMP32_MB : Uop.CMP8_MB;
        } else if (op == Ops.TEST) {
            uop = size == 8 ? Uop.TEST64_M : size == 4 ? Uop.TEST32_M : Uop.TEST8_M;
        }
        return hasFastSource(size) && memory(uop, 0, sourceSlot(), aluBits(op, size), sourceImmediate());
    }

    private boolean oneRegister(int uop64, int uop32) {
        return insn.kind0 == Instruction.REG && insn.size >= 4 && pack(insn.size == 8 ? uop64 : uop32, insn.reg0, CpuState.ZERO, 0);
    }

    /** INC or DEC of memory: the ALU field is 1 or 0. */
    private boolean stepMemory(int up) {
        return insn.kind0 == Instruction.MEM && memory(Uop.STEP_M, 0, 0, aluBits(up, insn.size), 0);
    }

    /** A shift by CL: the ALU field says which. */
    private boolean shiftByCl(int which) {
        return insn.kind0 == Instruction.REG && insn.size >= 4 && insn.kind1 == Instruction.REG
                && pack(Uop.SHIFT_CL, insn.reg0, X86Regs.RCX, aluBits(which, insn.size));
    }

    private boolean unary(int uop) {
        return insn.kind0 == Instruction.REG && insn.size >= 4 && pack(uop, insn.reg0, CpuState.ZERO, aluBits(0, insn.size));
    }

    private boolean shift(int uop64, int uop32) {
        int mask = insn.size == 8 ? 63 : 31;
        if (insn.kind0 != Instruction.REG || insn.size < 4 || insn.kind1 != Instruction.IMM || (insn.imm & mask) == 0) {
            return false;
        }
        operand = (insn.imm & mask) << 32;
        return pack(insn.size == 8 ? uop64 : uop32, insn.reg0, CpuState.ZERO, aluBits(0, insn.size));
    }

    private boolean imul() {
        if (insn.kind1 != Instruction.REG || insn.size < 4) {
            return false;
        }
        boolean wide = insn.size == 8;
        if (insn.kind2 == Instruction.IMM) {
            operand = insn.imm << 32;
            return pack(wide ? Uop.IMUL64_I : Uop.IMUL32_I, insn.reg0, insn.reg1, 0);
        }
        return pack(wide ? Uop.IMUL64 : Uop.IMUL32, insn.reg0, insn.reg1, 0);
    }

    private boolean conditional(int uop64, int uop32) {
        return insn.kind1 == Instruction.REG && insn.size >= 4 && !Uop.isRareCondition(insn.condition)
                && pack(insn.size == 8 ? uop64 : uop32, insn.reg0, insn.reg1, conditionBits());
    }

    private boolean push() {
        if (insn.size != 8) {
            return false;
        }
        if (insn.kind0 == Instruction.REG) {
            return stack(Uop.PUSH, 0, insn.reg0, X86Regs.RSP, -8, 0);
        }
        return insn.kind0 == Instruction.IMM && stack(Uop.PUSH, 0, CpuState.ZERO, X86Regs.RSP, -8, insn.imm);
    }

    private boolean branch(int uop) {
        operand = endOffset + insn.imm & 0xFFFF_FFFFL;
        return (int) (endOffset + insn.imm) == endOffset + insn.imm && pack(uop, 0, 0, conditionBits());
    }

    private boolean jump(int relative, int register, int memory) {
        return switch (insn.kind0) {
            case Instruction.RELATIVE -> branch(relative);
            case Instruction.REG -> pack(register, 0, insn.reg0, 0);
            default -> memory(memory, 0, 0, 0, 0);
        };
    }
}
