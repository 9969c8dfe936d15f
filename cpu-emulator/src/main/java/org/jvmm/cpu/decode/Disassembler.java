package org.jvmm.cpu.decode;

import org.jvmm.cpu.sse.SseOp;

/** Instructions as text, destination first, for reports and traces. */
public final class Disassembler {
    private static final String[] NAMES = { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" };
    private static final String[] CONDITIONS = { "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g" };
    private static final String[] SEGMENTS = { "es", "cs", "ss", "ds", "fs", "gs" };

    private Disassembler() {}

    /**
     * @param insn what {@link Decoder} returned
     * @param address of the instruction, for branch targets
     */
    public static String text(Instruction insn, long address) {
        StringBuilder text = new StringBuilder();
        if (insn.lock) {
            text.append("lock ");
        }
        if (insn.rep != 0 && insn.op != Op.SSE) {
            text.append(insn.rep == Instruction.REP ? "rep " : "repne ");
        }
        text.append(mnemonic(insn));
        operand(text, insn, insn.kind0, insn.reg0, insn.size0, " ", address);
        if (insn.vex) {
            text.append(", v").append(insn.vvvv);
        }
        operand(text, insn, insn.kind1, insn.reg1, insn.size1, ", ", address);
        operand(text, insn, insn.kind2, insn.reg2, insn.size, ", ", address);
        return text.toString();
    }

    private static String mnemonic(Instruction insn) {
        return switch (insn.op) {
            case JCC -> "j" + CONDITIONS[insn.condition];
            case SETCC -> "set" + CONDITIONS[insn.condition];
            case CMOVCC -> "cmov" + CONDITIONS[insn.condition];
            case SSE -> SseOp.name(insn.sseOp).toLowerCase(java.util.Locale.ROOT);
            case FPU -> "fpu " + Integer.toHexString(insn.opcode) + " " + Integer.toHexString(insn.modrm);
            case MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS -> name(insn.op) + switch (insn.size) {
                case 1 -> "b";
                case 2 -> "w";
                case 4 -> "d";
                default -> "q";
            };
            default -> name(insn.op);
        };
    }

    private static String name(Op op) {
        return op.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static void operand(StringBuilder text, Instruction insn, int kind, int register, int size, String separator, long address) {
        if (kind == Instruction.NONE) {
            return;
        }
        text.append(separator);
        switch (kind) {
            case Instruction.REG -> text.append(register(register, size));
            case Instruction.MEM -> memory(text, insn, size);
            case Instruction.XMM -> text.append(insn.wideVector && size == 32 ? "ymm" : "xmm").append(register);
            case Instruction.MMX -> text.append("mm").append(register);
            case Instruction.SEGMENT -> text.append(SEGMENTS[register]);
            case Instruction.CONTROL -> text.append("cr").append(register);
            case Instruction.DEBUG -> text.append("dr").append(register);
            case Instruction.RELATIVE -> text.append("0x").append(Long.toHexString(address + insn.length + insn.imm));
            case Instruction.FAR ->
                text.append("0x").append(Integer.toHexString(insn.imm2)).append(":0x").append(Long.toHexString(insn.imm));
            default -> text.append("0x").append(Long.toHexString(insn.imm));
        }
    }

    private static String register(int number, int size) {
        if (number >= 16) {
            return NAMES[number - 16].charAt(0) + "h";
        }
        if (number >= 8) {
            return "r" + number + switch (size) {
                case 1 -> "b";
                case 2 -> "w";
                case 4 -> "d";
                default -> "";
            };
        }
        return switch (size) {
            case 1 -> number < 4 ? NAMES[number].charAt(0) + "l" : NAMES[number] + "l";
            case 2 -> NAMES[number];
            case 4 -> "e" + NAMES[number];
            default -> "r" + NAMES[number];
        };
    }

    private static void memory(StringBuilder text, Instruction insn, int size) {
        text.append(switch (size) {
            case 1 -> "byte ";
            case 2 -> "word ";
            case 4 -> "dword ";
            case 8 -> "qword ";
            case 16 -> "xmmword ";
            case 32 -> "ymmword ";
            default -> "";
        });
        if (insn.segmentOverride) {
            text.append(SEGMENTS[insn.segment]).append(':');
        }
        text.append('[');
        boolean first = true;
        if (insn.base != Instruction.NO_REGISTER) {
            text.append(insn.base == Instruction.RIP ? "rip" : register(insn.base, insn.addressSize));
            first = false;
        }
        if (insn.index != Instruction.NO_REGISTER) {
            text.append(first ? "" : "+").append(register(insn.index, insn.addressSize));
            if (insn.scale > 0) {
                text.append('*').append(1 << insn.scale);
            }
            first = false;
        }
        if (first) {
            text.append("0x").append(Long.toHexString(insn.disp));
        } else if (insn.disp != 0) {
            text.append(insn.disp < 0 ? "-0x" : "+0x").append(Long.toHexString(Math.abs(insn.disp)));
        }
        text.append(']');
    }
}
