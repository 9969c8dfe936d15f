package org.jvmm.cpu.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jvmm.cpu.sse.SseOp;

/** Which rows and instructions the comparison with the processor can use. */
final class RowSelection {
    private static final int RBX = 3;
    private static final int RSP = 4;

    private RowSelection() {}

    /** Why a row's outcome depends on more than the user's state; null when it does not. */
    private static String reason(OpcodeForm form) {
        return switch (form.op()) {
            case SYSCALL, SYSRET, INT, IRET, INT1 -> "enters the operating system";
            case CPUID, RDTSC, RDTSCP, RDRAND, RDSEED, RDPID -> "the answer is each processor's own";
            case SGDT, SIDT, SLDT, STR, SMSW, LAR, LSL, VERR, VERW -> "shows the operating system's tables";
            case MOVTOSEG, MOVFROMSEG, POPSEG, PUSHSEG, LSS, LDS, LES, LFS, LGS, CALLF, JMPF, RETF ->
                "loads from the operating system's tables";
            case MONITOR, MWAIT, WBINVD -> "traps to this host's hypervisor";
            default -> null;
        };
    }

    /** Whether user code can execute the row with an outcome of its own, be it #GP. */
    static boolean isUser(OpcodeForm form) {
        return reason(form) == null;
    }

    /** The rows that are left out, by reason. */
    static Map<String, List<String>> excluded() {
        Map<String, List<String>> result = new TreeMap<>();
        for (OpcodeForm form : OpcodeTable.rows()) {
            String reason = reason(form);
            if (reason != null) {
                List<String> names = result.computeIfAbsent(reason, key -> new ArrayList<>());
                if (!names.contains(form.op().name())) {
                    names.add(form.op().name());
                }
            }
        }
        return result;
    }

    /** Whether an instruction has one result, defined and the same everywhere. */
    static boolean testable(Instruction insn) {
        if ((insn.op == Op.SHLD || insn.op == Op.SHRD) && insn.size == 2) {
            // Counts above 16 have undefined results, which differ between processors.
            return insn.kind2 == Instruction.IMM && (insn.imm & 31) <= 16;
        }
        if (insn.segmentOverride && insn.op == Op.SSE && insn.form.row().contains(" SHA")) {
            // The alignment of RIP-relative operands is out of reach then; see CaseGenerator.
            return false;
        }
        if (insn.lock && (insn.form.op() == Op.MOVTOCR || insn.form.op() == Op.MOVFROMCR)) {
            // On AMD's processors LOCK MOV CR0 is MOV CR8.
            return false;
        }
        if (insn.op == Op.NOP && insn.opcode == 0x0D) {
            // PREFETCH with a register is #UD on AMD's processors and NOP on Intel's.
            return insn.kind0 == Instruction.MEM;
        }
        if (isBranch(insn)) {
            // In 64-bit mode AMD's processors heed an operand-size prefix, Intel's do not, and neither does this CPU.
            return !insn.prefix66 && insn.rep == 0;
        }
        return true;
    }

    private static boolean isBranch(Instruction insn) {
        return switch (insn.op) {
            case JCC, JMP, CALL, RET, LOOP, LOOPE, LOOPNE, JRCXZ -> true;
            default -> false;
        };
    }

    /**
     * Makes a relative branch jump over two bytes, INC ECX, put behind it.
     *
     * @return the length of the code
     */
    static int landing(Instruction insn, byte[] code) {
        if (insn.kind0 != Instruction.RELATIVE) {
            return insn.length;
        }
        boolean near = insn.op == Op.CALL || insn.opcode == 0xE9 || insn.opcode >= 0x80 && insn.opcode < 0x90;
        int size = near ? 4 : 1;
        for (int i = 0; i < size; i++) {
            code[insn.length - size + i] = (byte) (i == 0 ? 2 : 0);
        }
        code[insn.length] = (byte) 0xFF;
        code[insn.length + 1] = (byte) 0xC1;
        return insn.length + 2;
    }

    /** Where an image that the instruction stores has the pointers to the last x87 instruction; see {@link Comparison}. */
    static int pointersAt(Instruction insn) {
        return insn.op == Op.FPU ? insn.prefix66 ? 6 : 12 : 6;
    }

    /** Bytes of those pointers, 0 when no image is stored. */
    static int pointerBytes(Instruction insn) {
        return switch (insn.op) {
            case FXSAVE, XSAVE, XSAVEOPT, XSAVEC -> 18;
            case FPU -> {
                boolean environment = insn.kind0 == Instruction.MEM && (insn.modrm >> 3 & 7) == 6
                        && (insn.opcode == 0xD9 || insn.opcode == 0xDD);
                yield environment ? insn.prefix66 ? 8 : 14 : 0;
            }
            default -> 0;
        };
    }

    /** How exactly the results must agree. */
    static Comparison.Accuracy accuracy(Instruction insn) {
        if (insn.op == Op.SSE) {
            String name = SseOp.name(insn.sseOp);
            return name.startsWith("RCP") || name.startsWith("RSQRT") ? Comparison.Accuracy.RECIPROCAL : Comparison.Accuracy.EXACT;
        }
        boolean transcendental = insn.op == Op.FPU && insn.opcode == 0xD9 && (insn.modrm >= 0xF0 && insn.modrm <= 0xF3 || insn.modrm == 0xF9
                || insn.modrm == 0xFB || insn.modrm >= 0xFE);
        return transcendental ? Comparison.Accuracy.TRANSCENDENTAL : Comparison.Accuracy.EXACT;
    }

    /** Whether a row goes into sequences: exact results, no jumps, memory at one place. */
    static boolean inSequences(OpcodeForm form, int modrm) {
        if (form.has(OpcodeForm.I64) || form.op() == Op.FPU && modrm >= 0xF0) {
            return false;
        }
        if (form.op() == Op.FPU && modrm == 6 << 3) {
            return false;
        }
        if (form.op() == Op.SSE) {
            // Whether a masked store of nothing faults is each maker's own.
            String name = SseOp.name(form.sseOp());
            return !name.startsWith("RCP") && !name.startsWith("RSQRT") && !name.startsWith("MASKMOV");
        }
        return switch (form.op()) {
            case JCC, JMP, CALL, RET, LOOP, LOOPE, LOOPNE, JRCXZ, POPF, LEAVE, ENTER, INVALID, UD2, INT3, HLT, MOVFROMCR, MOVTOCR,
                    MOVFROMDR,
                    MOVTODR, RDMSR, WRMSR, CLI, STI, IN, OUT, INS, OUTS, CLTS, LGDT, LIDT, LLDT, LTR, LMSW, INVLPG, INVPCID, INVD, RDPMC,
                    SWAPGS,
                    LDMXCSR, FXSAVE, FXRSTOR, XSAVE, XSAVEOPT, XSAVEC, XRSTOR, XGETBV, XSETBV, WRFSBASE, WRGSBASE, CLAC,
                    STAC ->
                false;
            default -> true;
        };
    }

    /** Whether an instruction may follow in a sequence: it keeps the pointers and reads no undefined flags. */
    static boolean chains(Instruction insn, int undefinedFlags) {
        boolean keepsPointers = insn.kind0 != Instruction.REG || insn.reg0 != RBX && insn.reg0 != RSP && insn.reg0 != 16 + RBX;
        boolean reachable = !insn.hasMemory() || insn.base == RBX && insn.index == Instruction.NO_REGISTER && Math.abs(insn.disp) < 300
                && !insn.segmentOverride || insn.base == Instruction.RIP;
        // A bit offset from the left reaches anywhere.
        if (insn.opcode == 0xA3 || insn.opcode == 0xAB || insn.opcode == 0xB3 || insn.opcode == 0xBB) {
            if (insn.hasMemory() && insn.kind1 == Instruction.REG) {
                return false;
            }
        }
        // About the alignment of these see CaseGenerator.
        if (insn.hasMemory() && insn.op == Op.SSE && insn.form.row().contains(" SHA")) {
            return false;
        }
        // Which of two wrong addresses faults first is each maker's own.
        if (!keepsPointers || !reachable || CaseGenerator.isString(insn.op)) {
            return false;
        }
        if (insn.kind1 == Instruction.REG && (insn.reg1 == RBX || insn.reg1 == RSP) && (insn.op == Op.XCHG || insn.op == Op.XADD)) {
            return false;
        }
        return undefinedFlags == 0 || !UndefinedFlags.reads(insn);
    }
}
