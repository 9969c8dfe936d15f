package org.jvmm.cpu.exec;

import org.jvmm.cpu.decode.Op;

/** The two-operand arithmetic operations as small numbers, in the order of x86's own encoding, for the uops' ALU field and int switches. */
final class Ops {
    static final int ADD = 0;
    static final int OR = 1;
    static final int ADC = 2;
    static final int SBB = 3;
    static final int AND = 4;
    static final int SUB = 5;
    static final int XOR = 6;
    static final int CMP = 7;
    static final int TEST = 8;

    private Ops() {}

    /** The number of an operation, or -1 when it is none of these. */
    static int number(Op op) {
        return switch (op) {
            case ADD -> ADD;
            case OR -> OR;
            case ADC -> ADC;
            case SBB -> SBB;
            case AND -> AND;
            case SUB -> SUB;
            case XOR -> XOR;
            case CMP -> CMP;
            case TEST -> TEST;
            default -> -1;
        };
    }

    /** Whether the result is stored. */
    static boolean writes(int number) {
        return number < CMP;
    }
}
