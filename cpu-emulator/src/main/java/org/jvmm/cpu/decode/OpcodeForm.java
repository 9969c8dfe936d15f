package org.jvmm.cpu.decode;

/**
 * One row of the tables: an opcode form.
 *
 * @param prefix mandatory prefix: {@link #ANY}, {@link #NO_PREFIX}, 0x66, 0xF3 or 0xF2
 * @param map 0 one-byte, 1 0F, 2 0F38, 3 0F3A; 5 to 7 the same with a VEX prefix
 * @param opcode the opcode byte, of a {@code +r} or {@code +cc} row the first
 * @param digit ModRM.reg that selects the row, or -1
 * @param wholeModrm the ModRM byte that selects the row, or -1
 * @param op operation
 * @param sseOp {@link org.jvmm.cpu.sse.SseOp} number when {@code op} is SSE, else 0
 * @param operands operand codes, destination first
 * @param attributes {@link #D64} and so on
 * @param row the row's text, for messages and tests
 */
record OpcodeForm(int prefix, int map, int opcode, int digit, int wholeModrm, Op op, int sseOp, OperandCode[] operands, int attributes,
        String row) {
    static final int ANY = -1;
    static final int NO_PREFIX = 0;

    /** Operand size defaults to 64 bits in 64-bit mode. */
    static final int D64 = 1;
    /** Operand size is 64 bits in 64-bit mode whatever the prefixes. */
    static final int F64 = 2;
    /** Invalid in 64-bit mode. */
    static final int I64 = 4;
    /** Valid in 64-bit mode alone. */
    static final int O64 = 8;
    /** LOCK allowed when the destination is memory. */
    static final int LOCK = 16;
    /** The condition is in the opcode's low four bits. */
    static final int CONDITION = 32;

    /** VEX.L must be 0, 1. */
    static final int L0 = 64;
    static final int L1 = 128;
    /** VEX.W must be 0, 1. */
    static final int W0 = 256;
    static final int W1 = 512;

    /** Maps from here on are VEX-coded. */
    static final int VEX = 4;

    boolean has(int attribute) {
        return (attributes & attribute) != 0;
    }

    boolean hasModrm() {
        if (digit >= 0 || wholeModrm >= 0) {
            return true;
        }
        for (OperandCode operand : operands) {
            if (operand.modrm) {
                return true;
            }
        }
        return false;
    }

    /** Whether the row takes this ModRM byte and these prefixes. */
    boolean matches(int modrm, boolean prefix66, int repPrefix) {
        if (wholeModrm >= 0 && modrm != wholeModrm) {
            return false;
        }
        if (digit >= 0 && (modrm >> 3 & 7) != digit) {
            return false;
        }
        if (!matchesPrefix(prefix66, repPrefix)) {
            return false;
        }
        boolean register = modrm >= 0xC0;
        for (OperandCode operand : operands) {
            switch (operand) {
                case M, Mp, Md, Mq, Mv, My, Mx, Mu, Mo, Mg -> {
                    if (register) {
                        return false;
                    }
                }
                case R, Rv, Ry, Ux, Nq -> {
                    if (!register) {
                        return false;
                    }
                }
                default -> {
                }
            }
        }
        return true;
    }

    /** Whether the row takes VEX.L and VEX.W. */
    boolean matchesVex(boolean l, boolean w) {
        return !has(l ? L0 : L1) && !has(w ? W0 : W1);
    }

    /** Whether the row has an operand in VEX.vvvv. */
    boolean usesVvvv() {
        for (OperandCode operand : operands) {
            if (operand == OperandCode.Hx || operand == OperandCode.By) {
                return true;
            }
        }
        return false;
    }

    private boolean matchesPrefix(boolean prefix66, int repPrefix) {
        return switch (prefix) {
            case ANY -> true;
            case NO_PREFIX -> !prefix66 && repPrefix == 0;
            case 0x66 -> prefix66 && repPrefix == 0;
            default -> repPrefix == prefix;
        };
    }
}
