package org.jvmm.cpu.decode;

import org.jvmm.cpu.state.CpuState;

/** The flags that the SDM leaves undefined (vol. 1, appendix A, and vol. 2 by instruction), which comparisons with a processor leave out. */
final class UndefinedFlags {
    private static final int UNKNOWN_COUNT = -1;

    private UndefinedFlags() {}

    /** @param cl the CL register, the count of some shifts */
    static int of(Instruction insn, int cl) {
        return switch (insn.op) {
            case AND, OR, XOR, TEST -> CpuState.AF;
            case MUL, IMUL -> CpuState.SF | CpuState.ZF | CpuState.AF | CpuState.PF;
            case DIV, IDIV -> CpuState.ARITHMETIC;
            case BT, BTS, BTR, BTC -> CpuState.OF | CpuState.SF | CpuState.AF | CpuState.PF;
            case BSF, BSR -> CpuState.ARITHMETIC & ~CpuState.ZF;
            case ANDN, BLSR, BLSMSK, BLSI, BZHI -> CpuState.AF | CpuState.PF;
            case BEXTR -> CpuState.AF | CpuState.PF | CpuState.SF;
            case LZCNT, TZCNT -> CpuState.OF | CpuState.SF | CpuState.AF | CpuState.PF;
            case DAA, DAS -> CpuState.OF;
            case AAA, AAS -> CpuState.OF | CpuState.SF | CpuState.ZF | CpuState.PF;
            case AAM, AAD -> CpuState.OF | CpuState.AF | CpuState.CF;
            case SHL, SHR, SAR, SHLD, SHRD, ROL, ROR, RCL, RCR -> shift(insn, cl);
            default -> 0;
        };
    }

    private static int shift(Instruction insn, int cl) {
        boolean byImmediate = insn.kind1 == Instruction.IMM || insn.kind2 == Instruction.IMM;
        boolean rotate = insn.op == Op.ROL || insn.op == Op.ROR || insn.op == Op.RCL || insn.op == Op.RCR;
        if (!byImmediate && cl == UNKNOWN_COUNT) {
            return rotate ? CpuState.OF : CpuState.ARITHMETIC;
        }
        int count = (byImmediate ? (int) insn.imm : cl) & (insn.size == 8 ? 63 : 31);
        boolean doubled = insn.op == Op.SHLD || insn.op == Op.SHRD;
        int undefined = count == 0 || rotate ? 0 : CpuState.AF;
        if (count > 1) {
            undefined |= CpuState.OF;
        }
        if (!rotate && count >= 8 * insn.size && insn.op != Op.SAR) {
            undefined |= CpuState.CF;
        }
        if (doubled && count > 8 * insn.size) {
            undefined = CpuState.ARITHMETIC;
        }
        return undefined;
    }

    /** The flags undefined after an instruction whose CL is not known, given those undefined before it. */
    static int after(Instruction insn, int before) {
        return (definesAll(insn) ? 0 : before) | of(insn, UNKNOWN_COUNT);
    }

    private static boolean definesAll(Instruction insn) {
        return switch (insn.op) {
            case ADD, SUB, CMP, NEG, XADD, CMPXCHG, AND, OR, XOR, TEST, POPCNT -> true;
            default -> false;
        };
    }

    /** Whether an instruction's outcome depends on flags, or whether it keeps some. */
    static boolean reads(Instruction insn) {
        return switch (insn.op) {
            case ADC, SBB, RCL, RCR, CMOVCC, SETCC, PUSHF, LAHF, CMC, FPU, ADCX, ADOX -> true;
            default -> false;
        };
    }
}
