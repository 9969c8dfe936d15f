package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.decode.Op;

/**
 * Chooses a {@link Uop} for a decoded instruction. Only 64-bit mode with 64-bit addresses has fast forms; everything else is left to {@link Uop#SLOW}.
 */
final class Lowering {
    /** First word of the last {@link #lower}. */
    long word;
    /** Second word of the last {@link #lower}. */
    long operand;

    private Instruction insn;
    private int endOffset;

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
            case NOP, LFENCE, MFENCE, SFENCE -> plain(Uop.NOP);
            case MOV -> mov();
            case MOVZX -> movzx();
            case MOVSX, MOVSXD -> movsx();
            case LEA -> lea();
            case ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST -> alu(Ops.number(insn.op));
            case INC -> oneRegister(Uop.INC64, Uop.INC32);
            case DEC -> oneRegister(Uop.DEC64, Uop.DEC32);
            case SHL -> shift(Uop.SHL64, Uop.SHL32);
            case SHR -> shift(Uop.SHR64, Uop.SHR32);
            case SAR -> shift(Uop.SAR64, Uop.SAR32);
            case ROL -> rotate(Uop.ROL);
            case ROR -> rotate(Uop.ROR);
            case BSWAP -> insn.size0 >= 4 && !insn.prefix66 && pack(Uop.BSWAP, insn.reg0, 0, aluBits(0, insn.size0));
            case NEG -> unary(Uop.NEG);
            case NOT -> unary(Uop.NOT);
            case IMUL -> imul();
            case CMOVCC -> conditional(Uop.CMOV64, Uop.CMOV32);
            case SETCC -> insn.kind0 == Instruction.REG && insn.reg0 < 16 && pack(Uop.SETCC, insn.reg0, 0, conditionBits());
            case PUSH -> push();
            case POP -> insn.kind0 == Instruction.REG && insn.size == 8 && pack(Uop.POP, insn.reg0, 0, 0);
            case LEAVE -> insn.size == 8 && plain(Uop.LEAVE);
            case JCC -> branch(insn.condition == 4 ? Uop.JE : insn.condition == 5 ? Uop.JNE : Uop.JCC);
            case JMP -> jump(Uop.JMP, Uop.JMP_R, Uop.JMP_M);
            case CALL -> jump(Uop.CALL, Uop.CALL_R, Uop.CALL_M);
            case RET -> insn.kind0 == Instruction.NONE && plain(Uop.RET);
            default -> false;
        };
    }

    private boolean plain(int uop) {
        return pack(uop, 0, 0, 0);
    }

    private boolean pack(int uop, int d, int s, long more) {
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
        return pack(uop, d, s, (long) base << 18 | (long) insn.index << 23 | (long) insn.scale << 28 | (long) segment << 30 | more);
    }

    private boolean isLowByteRegister(int register) {
        return register < 16;
    }

    private boolean mov() {
        int size = insn.size;
        if (insn.kind0 == Instruction.REG) {
            switch (insn.kind1) {
                case Instruction.REG -> {
                    if (size == 1) {
                        return isLowByteRegister(insn.reg0) && isLowByteRegister(insn.reg1) && pack(Uop.MOV8_RR, insn.reg0, insn.reg1, 0);
                    }
                    return size >= 4 && pack(size == 8 ? Uop.MOV64_RR : Uop.MOV32_RR, insn.reg0, insn.reg1, 0);
                }
                case Instruction.IMM -> {
                    if (size < 4) {
                        return false;
                    }
                    operand = size == 8 ? insn.imm : insn.imm & 0xFFFF_FFFFL;
                    return pack(Uop.MOV_RI, insn.reg0, 0, 0);
                }
                default -> {
                    return size >= 4 && memory(size == 8 ? Uop.LOAD64 : Uop.LOAD32, insn.reg0, 0, 0, 0);
                }
            }
        }
        if (insn.kind1 == Instruction.REG) {
            if (size == 1 && !isLowByteRegister(insn.reg1)) {
                return false;
            }
            int uop = switch (size) {
                case 8 -> Uop.STORE64;
                case 4 -> Uop.STORE32;
                case 2 -> Uop.STORE16;
                default -> Uop.STORE8;
            };
            return memory(uop, 0, insn.reg1, 0, 0);
        }
        int uop = switch (size) {
            case 8 -> Uop.STORE64_I;
            case 4 -> Uop.STORE32_I;
            case 1 -> Uop.STORE8_I;
            default -> Uop.SLOW;
        };
        return uop != Uop.SLOW && memory(uop, 0, 0, 0, insn.imm);
    }

    private boolean movzx() {
        if (insn.size < 4) {
            return false;
        }
        if (insn.kind1 == Instruction.MEM) {
            return memory(insn.size1 == 1 ? Uop.LOAD8Z : Uop.LOAD16Z, insn.reg0, 0, 0, 0);
        }
        return isLowByteRegister(insn.reg1) && pack(insn.size1 == 1 ? Uop.MOVZX8_RR : Uop.MOVZX16_RR, insn.reg0, insn.reg1, 0);
    }

    /** Sign extensions: the size field is the source's, the ALU field 8 for a 64-bit and 4 for a 32-bit destination. */
    private boolean movsx() {
        if (insn.size < 4 || insn.op == Op.MOVSXD && insn.size != 8) {
            return false;
        }
        long more = aluBits(insn.size, insn.size1);
        if (insn.kind1 == Instruction.MEM) {
            return memory(Uop.LOADS, insn.reg0, 0, more, 0);
        }
        if (insn.op == Op.MOVSXD) {
            return pack(Uop.MOVSXD_RR, insn.reg0, insn.reg1, 0);
        }
        return isLowByteRegister(insn.reg1) && pack(Uop.MOVSX_RR, insn.reg0, insn.reg1, more);
    }

    private boolean lea() {
        if (insn.size < 4) {
            return false;
        }
        // LEA ignores the segment.
        insn.segment = X86Sregs.DS;
        return memory(insn.size == 8 ? Uop.LEA64 : Uop.LEA32, insn.reg0, 0, 0, 0);
    }

    private boolean alu(int op) {
        int size = insn.size;
        if (size == 2) {
            return false;
        }
        if (insn.kind0 == Instruction.MEM) {
            return aluToMemory(op, size);
        }
        if (size == 1) {
            return alu8(op);
        }
        boolean wide = size == 8;
        switch (insn.kind1) {
            case Instruction.REG -> {
                return aluRegisters(op, wide);
            }
            case Instruction.IMM -> {
                operand = insn.imm << 32;
                int uop = switch (op) {
                    case Ops.ADD -> wide ? Uop.ADD64_RI : Uop.ADD32_RI;
                    case Ops.SUB -> wide ? Uop.SUB64_RI : Uop.SUB32_RI;
                    case Ops.CMP -> wide ? Uop.CMP64_RI : Uop.CMP32_RI;
                    case Ops.AND -> wide ? Uop.AND64_RI : Uop.AND32_RI;
                    case Ops.TEST -> wide ? Uop.ALU64_RI : Uop.TEST32_RI;
                    default -> wide ? Uop.ALU64_RI : Uop.ALU32_RI;
                };
                return pack(uop, insn.reg0, 0, aluBits(op, size));
            }
            default -> {
                if (op == Ops.CMP) {
                    return memory(wide ? Uop.CMP64_RM : Uop.CMP32_RM, insn.reg0, 0, 0, 0);
                }
                return memory(Uop.ALU_RM, insn.reg0, 0, aluBits(op, size), 0);
            }
        }
    }

    private boolean aluRegisters(int op, boolean wide) {
        if (op == Ops.XOR && insn.reg0 == insn.reg1) {
            return pack(Uop.ZERO, insn.reg0, 0, 0);
        }
        int uop = switch (op) {
            case Ops.ADD -> wide ? Uop.ADD64_RR : Uop.ADD32_RR;
            case Ops.SUB -> wide ? Uop.SUB64_RR : Uop.SUB32_RR;
            case Ops.CMP -> wide ? Uop.CMP64_RR : Uop.CMP32_RR;
            case Ops.AND -> wide ? Uop.AND64_RR : Uop.AND32_RR;
            case Ops.OR -> wide ? Uop.OR64_RR : Uop.OR32_RR;
            case Ops.XOR -> wide ? Uop.XOR64_RR : Uop.XOR32_RR;
            case Ops.TEST -> wide ? Uop.TEST64_RR : Uop.TEST32_RR;
            default -> wide ? Uop.ALU64_RR : Uop.ALU32_RR;
        };
        return pack(uop, insn.reg0, insn.reg1, aluBits(op, wide ? 8 : 4));
    }

    private boolean alu8(int op) {
        if (!isLowByteRegister(insn.reg0)) {
            return false;
        }
        switch (insn.kind1) {
            case Instruction.REG -> {
                if (!isLowByteRegister(insn.reg1)) {
                    return false;
                }
                int uop = op == Ops.TEST ? Uop.TEST8_RR : op == Ops.CMP ? Uop.CMP8_RR : Uop.ALU8_RR;
                return pack(uop, insn.reg0, insn.reg1, aluBits(op, 1));
            }
            case Instruction.IMM -> {
                operand = insn.imm << 32;
                int uop = op == Ops.TEST ? Uop.TEST8_RI : op == Ops.CMP ? Uop.CMP8_RI : Uop.ALU8_RI;
                return pack(uop, insn.reg0, 0, aluBits(op, 1));
            }
            default -> {
                return memory(Uop.ALU_RM, insn.reg0, 0, aluBits(op, 1), 0);
            }
        }
    }

    private boolean aluToMemory(int op, int size) {
        if (insn.kind1 == Instruction.REG) {
            if (size == 1 && !isLowByteRegister(insn.reg1)) {
                return false;
            }
            return memory(Uop.ALU_MR, 0, insn.reg1, aluBits(op, size), 0);
        }
        int uop = Uop.ALU_MI;
        if (op == Ops.CMP) {
            uop = size == 8 ? Uop.CMP64_MI : size == 4 ? Uop.CMP32_MI : Uop.CMP8_MI;
        } else if (op == Ops.TEST && size == 1) {
            uop = Uop.TEST8_MI;
        }
        return memory(uop, 0, 0, aluBits(op, size), insn.imm);
    }

    private boolean oneRegister(int uop64, int uop32) {
        return insn.kind0 == Instruction.REG && insn.size >= 4 && pack(insn.size == 8 ? uop64 : uop32, insn.reg0, 0, 0);
    }

    private boolean unary(int uop) {
        return insn.kind0 == Instruction.REG && insn.size >= 4 && pack(uop, insn.reg0, 0, aluBits(0, insn.size));
    }

    private boolean shift(int uop64, int uop32) {
        int mask = insn.size == 8 ? 63 : 31;
        if (insn.kind0 != Instruction.REG || insn.size < 4 || insn.kind1 != Instruction.IMM || (insn.imm & mask) == 0) {
            return false;
        }
        operand = (insn.imm & mask) << 32;
        return pack(insn.size == 8 ? uop64 : uop32, insn.reg0, 0, 0);
    }

    private boolean rotate(int uop) {
        int mask = insn.size == 8 ? 63 : 31;
        if (insn.kind0 != Instruction.REG || insn.size < 4 || insn.kind1 != Instruction.IMM || (insn.imm & mask) == 0) {
            return false;
        }
        operand = (insn.imm & mask) << 32;
        return pack(uop, insn.reg0, 0, aluBits(0, insn.size));
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
        return insn.kind1 == Instruction.REG && insn.size >= 4
                && pack(insn.size == 8 ? uop64 : uop32, insn.reg0, insn.reg1, conditionBits());
    }

    private boolean push() {
        if (insn.size != 8) {
            return false;
        }
        if (insn.kind0 == Instruction.REG) {
            return pack(Uop.PUSH, 0, insn.reg0, 0);
        }
        operand = insn.imm << 32;
        return insn.kind0 == Instruction.IMM && pack(Uop.PUSH_I, 0, 0, 0);
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
