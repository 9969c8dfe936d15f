package org.jvmm.cpu.decode;

/**
 * What an instruction does, apart from its operands' places. {@link #SSE} stands for all XMM instructions, whose operation is
 * {@link Instruction#sseOp}; {@link #FPU} for the x87 escapes; {@link #INVALID} raises #UD.
 */
public enum Op {
    INVALID, ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, PUSHSEG, POPSEG, INC, DEC, PUSH, POP, PUSHA, POPA, MOVSXD, IMUL, INS, OUTS, JCC, TEST, XCHG, MOV, MOVFROMSEG, LEA, MOVTOSEG, PAUSE, CBW, CWD, FWAIT, PUSHF, POPF, SAHF, LAHF, MOVS, CMPS, STOS, LODS, SCAS, ROL, ROR, RCL, RCR, SHL, SHR, SAR, RET, LES, LDS, ENTER, LEAVE, RETF, INT3, INT, INTO, IRET, XLAT, FPU, LOOPNE, LOOPE, LOOP, JRCXZ, IN, OUT, CALL, JMP, JMPF, INT1, HLT, CMC, NOT, NEG, MUL, DIV, IDIV, CLC, STC, CLI, STI, CLD, STD, CALLF, SLDT, STR, LLDT, LTR, VERR, VERW, MONITOR, MWAIT, CLAC, STAC, SWAPGS, RDTSCP, SGDT, SIDT, LGDT, LIDT, SMSW, LMSW, INVLPG, LAR, LSL, SYSCALL, CLTS, SYSRET, INVD, WBINVD, UD2, NOP, MOVFROMCR, MOVFROMDR, MOVTOCR, MOVTODR, WRMSR, RDTSC, RDMSR, RDPMC, CMOVCC, EMMS, SETCC, CPUID, BT, SHLD, BTS, SHRD, FXSAVE, FXRSTOR, LDMXCSR, STMXCSR, CLFLUSH, LFENCE, MFENCE, SFENCE, CMPXCHG, LSS, BTR, LFS, LGS, MOVZX, POPCNT, BTC, BSF, BSR, MOVSX, XADD, MOVNTI, CMPXCHG8B, RDRAND, RDSEED, BSWAP, MOVBE, CRC32, SSE;

    private static final Op[] VALUES = values();

    /** The operation with an ordinal. */
    public static Op of(int ordinal) {
        return VALUES[ordinal];
    }
}
