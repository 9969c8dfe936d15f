package org.jvmm.cpu.decode;

import org.jvmm.cpu.state.CpuState;

/** The flags that the SDM leaves undefined (vol. 1, appendix A), which comparisons with a processor leave out. */
final class UndefinedFlags {
    private UndefinedFlags() {}

    /** @param cl the CL register, the count of some shifts */
    static int of(Instruction insn, int cl) {
        return switch (insn.op) {
            case AND, OR, XOR, TEST -> CpuState.AF;
            case MUL, IMUL -> CpuState.SF | CpuState.ZF | CpuState.AF | CpuState.PF;
            case DIV, IDIV -> CpuState.ARITHMETIC;
            case BT, BTS, BTR, BTC -> CpuState.OF | CpuState.SF | CpuState.AF | CpuState.PF;
            case BSF, BSR -> CpuState.ARITHMETIC & ~CpuState.ZF;
            case SHL, SHR, SAR, SHLD, SHRD, ROL, ROR, RCL, RCR -> shift(insn, cl);
            default -> 0;
        };
    }

    private static int shift(Instruction insn, int cl) {
        boolean byImmediate = insn.kind1 == Instruction.IMM || insn.kind2 == Instruction.IMM;
        int count = (byImmediate ? (int) insn.imm : cl) & (insn.size == 8 ? 63 : 31);
        boolean rotate = insn.op == Op.ROL || insn.op == Op.ROR || insn.op == Op.RCL || insn.op == Op.RCR;
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
}
