package org.jvmm.cpu.exec;

import org.jvmm.cpu.mmu.Words;

/**
 * The interpreter's instruction set: the forms of x86 instructions that guests execute most, each with its own case, and {@link #SLOW} for all others.
 *
 * <p>An instruction is two words. The first: bits 0-7 the uop, 8-12 destination slot, 13-17 source slot, 18-22 base slot, 23-27 index slot, 28-29
 * scale, 30-32 segment slot, 33-36 condition code, 37-40 ALU operation, 41-44 operand size, 63 {@link #COMPLEX_ADDRESS}. The second: low half displacement
 * (of branches the target's offset from the block's start), high half immediate; of {@link #MOV_RI} the whole value, of SLOW the instruction's number in
 * the {@link CodeArena}, of {@link #MOVES64} the slots. Slots count in {@link org.jvmm.cpu.state.CpuState#r}.
 *
 * <p>The first operand is in the destination slot; the register forms name it in the base slot, which differs where a move went before ({@link Fusion}).
 * The second operand is always source slot plus immediate: a form with an immediate names the slot that is zero, so that one case serves both.
 *
 * <p>The numbers are in groups of one shape (register forms, loads by size, stores, ends of blocks): the interpreter's loop first finds the group, so that
 * what its cases have in common is computed there and not before every instruction.
 */
final class Uop {
    static final int SLOW = 0;
    static final int NOP = 1;
    static final int MOV64 = 2;
    static final int MOV32 = 3;
    static final int MOV_RI = 4;
    static final int MOVZX8 = 5;
    static final int MOVZX16 = 6;
    static final int MOVSXD = 7;
    static final int MOV8 = 8;
    static final int ADD64 = 9;
    static final int ADD32 = 10;
    static final int SUB64 = 11;
    static final int SUB32 = 12;
    static final int CMP64 = 13;
    static final int CMP32 = 14;
    static final int CMP8 = 15;
    static final int AND64 = 16;
    static final int AND32 = 17;
    static final int OR64 = 18;
    static final int OR32 = 19;
    static final int XOR64 = 20;
    static final int XOR32 = 21;
    static final int TEST64 = 22;
    static final int TEST32 = 23;
    static final int TEST8 = 24;
    static final int ZERO = 25;
    static final int SHL64 = 26;
    static final int SHL32 = 27;
    static final int SHR64 = 28;
    static final int SHR32 = 29;
    static final int SAR64 = 30;
    static final int SAR32 = 31;
    static final int IMUL64 = 32;
    static final int IMUL32 = 33;
    static final int ALU_RM = 34;
    static final int ALU_MR = 35;

    // Forms whose flags nobody sees: as those they are made of (DeadFlags), but for the flags.
    static final int ADD64_N = 36;
    static final int ADD32_N = 37;
    static final int SUB64_N = 38;
    static final int SUB32_N = 39;
    static final int AND64_N = 40;
    static final int AND32_N = 41;
    static final int OR64_N = 42;
    static final int OR32_N = 43;
    static final int XOR64_N = 44;
    static final int XOR32_N = 45;
    static final int SHL64_N = 46;
    static final int SHR32_N = 47;

    // Of 16 bits the most frequent.
    static final int ADD16 = 48;
    static final int CMP16 = 49;

    // Up to four moves one after the other: in the second word ten bits for each, destination slot and source slot.
    static final int MOVES64 = 50;
    static final int MOVES32 = 51;

    /** First of the register forms that read flags, or leave some of them. */
    static final int CARRYING = 52;
    static final int INC64 = 52;
    static final int INC32 = 53;
    static final int DEC64 = 54;
    static final int DEC32 = 55;
    static final int ROL32 = 56;
    static final int ROR32 = 57;
    static final int MOV16 = 58;

    /** First of the register forms that evaluate a condition. */
    static final int CONDITIONAL = 59;
    static final int CMOV64 = 59;
    static final int CMOV32 = 60;
    static final int SETCC = 61;

    /** First of the register forms that have no case in the loop. */
    static final int RARE = 64;
    static final int MOVSX_RR = 64;
    static final int LOADS = 65;
    static final int ALU64 = 66;
    static final int ALU32 = 67;
    static final int ALU8 = 68;
    static final int NEG = 69;
    static final int NOT = 70;
    static final int ROL = 71;
    static final int ROR = 72;
    static final int BSWAP = 73;
    static final int IMUL64_I = 74;
    static final int IMUL32_I = 75;
    static final int ALU16 = 76;
    static final int STEP_M = 77;
    static final int SHIFT_CL = 78;

    /** First of the forms that have an address. */
    static final int ADDRESSED = 80;
    static final int LEA64 = 80;
    static final int LEA32 = 81;

    /** First of the forms that load 8 bytes. */
    static final int LOADS64 = 84;
    static final int LOAD64 = 84;
    static final int ADD64_M = 85;
    static final int SUB64_M = 86;
    static final int CMP64_M = 87;
    static final int AND64_M = 88;
    static final int OR64_M = 89;
    static final int XOR64_M = 90;
    static final int TEST64_M = 91;
    static final int CMP64_MB = 92;
    static final int POP = 93;
    static final int LEAVE = 94;

    /** First of the forms that load 4 bytes. */
    static final int LOADS32 = 95;
    static final int LOAD32 = 95;
    static final int LOADSXD = 96;
    static final int ADD32_M = 97;
    static final int SUB32_M = 98;
    static final int CMP32_M = 99;
    static final int AND32_M = 100;
    static final int OR32_M = 101;
    static final int XOR32_M = 102;
    static final int TEST32_M = 103;
    static final int CMP32_MB = 104;

    /** First of the forms that load a byte. */
    static final int LOADS_SHORT = 105;
    static final int LOAD8Z = 105;
    static final int CMP8_MB = 106;
    static final int TEST8_M = 107;
    static final int LOAD8 = 108;

    /** First of the forms that load 2 bytes. */
    static final int LOADS16 = 109;
    static final int LOAD16Z = 109;
    static final int LOAD16 = 110;

    /** First of the forms that store. */
    static final int STORES = 112;
    static final int STORE64 = 112;
    static final int STORE32 = 113;
    static final int STORE16 = 114;
    static final int STORE8 = 115;
    static final int PUSH = 116;

    /** First of the uops that end a block; the sixteen conditional jumps come first, in the order of their condition codes. */
    static final int TERMINATORS = 128;
    static final int JO = 128;
    static final int JNO = 129;
    static final int JB = 130;
    static final int JAE = 131;
    static final int JE = 132;
    static final int JNE = 133;
    static final int JBE = 134;
    static final int JA = 135;
    static final int JS = 136;
    static final int JNS = 137;
    static final int JP = 138;
    static final int JNP = 139;
    static final int JL = 140;
    static final int JGE = 141;
    static final int JLE = 142;
    static final int JG = 143;
    static final int FALL = 144;
    static final int JMP = 145;
    static final int CALL = 146;
    static final int RET = 147;
    static final int JMP_R = 148;
    static final int JMP_M = 149;
    static final int CALL_R = 150;
    static final int CALL_M = 151;
    static final int SLOW_END = 152;
    static final int EXIT = 153;

    /** First of the comparisons that end a block with the conditional jump behind them. Its five low bits are no {@link #isRareCondition rare condition's}. */
    static final int FUSED = 176;
    static final int CMP64_J = 176;
    static final int CMP32_J = 177;
    static final int CMP16_J = 178;
    static final int CMP8_J = 179;
    static final int TEST64_J = 180;
    static final int TEST32_J = 181;
    static final int TEST8_J = 182;

    /** In the first word of {@link #SLOW} and {@link #SLOW_END}: where the offset of the next instruction begins. */
    static final int NEXT_SHIFT = 16;
    /** Where the slot of a register form's first operand begins. */
    static final int A_SHIFT = 18;
    /** Bits of one of several moves. */
    static final int MOVE_BITS = 10;
    /** The bits of the condition code. */
    static final long CONDITION = 15L << 33;
    /** In the first word: the address has an index or a segment. */
    static final long COMPLEX_ADDRESS = Long.MIN_VALUE;

    private Uop() {}

    /** Whether a conditional jump, or a condition code, asks for overflow or parity. */
    static boolean isRareCondition(int uop) {
        return (0b1100_0000_0011 >>> uop & 1) != 0;
    }

    /** Whether a block's end names the address that it may jump to. */
    static boolean isDirectBranch(int uop) {
        return uop >= TERMINATORS && uop <= CALL && uop != FALL || uop >= FUSED;
    }

    /** Whether {@link UopLoop} leaves it to its caller where the end of a block leads. */
    static boolean endsElsewhere(int uop) {
        return uop > JMP && uop < FUSED || isRareCondition(uop);
    }

    /** Accesses to memory that a form makes. */
    static int accesses(int uop) {
        return switch (uop) {
            case ALU_MR, STEP_M, CALL_M -> 2;
            case ALU_RM, LOADS, CALL, RET, JMP_M, CALL_R -> 1;
            default -> uop >= LOADS64 && uop < TERMINATORS ? 1 : 0;
        };
    }

    /** Of {@link #SLOW}: offset of the next instruction from the block's start. */
    static int next(long w) {
        return (int) w >>> NEXT_SHIFT;
    }

    static int d(long w) {
        return (int) w >>> 8 & 31;
    }

    static int s(long w) {
        return (int) w >>> 13 & 31;
    }

    /** The first operand's slot, of the register forms. */
    static int a(long w) {
        return (int) w >>> A_SHIFT & 31;
    }

    static int base(long w) {
        return (int) w >>> 18 & 31;
    }

    static int index(long w) {
        return (int) w >>> 23 & 31;
    }

    static int condition(long w) {
        return (int) (w >>> 33) & 15;
    }

    static int aluOp(long w) {
        return (int) (w >>> 37) & 15;
    }

    static int size(long w) {
        return (int) (w >>> 41) & 15;
    }

    /** Destination slot of one of several moves. */
    static int moveTo(long im, int move) {
        return (int) (im >>> MOVE_BITS * move) & 31;
    }

    /** Source slot of one of several moves. */
    static int moveFrom(long im, int move) {
        return (int) (im >>> MOVE_BITS * move + MOVE_BITS / 2) & 31;
    }

    /** The immediate of the second word. */
    static long imm(long im) {
        return im >> 32;
    }

    /** The effective linear address. */
    static long address(long[] r, long w, long im) {
        long a = Words.get(r, (int) w >>> 18 & 31) + (int) im;
        return w < 0 ? a + (Words.get(r, (int) w >>> 23 & 31) << ((int) w >>> 28 & 3)) + Words.get(r, 24 + ((int) (w >>> 30) & 7)) : a;
    }

    /** The second operand: a register or an immediate; of each form the other part is zero. */
    static long b(long[] r, long w, long im) {
        return Words.get(r, s(w)) + (im >> 32);
    }

    static long pack(int uop, int d, int s) {
        return uop | d << 8 | s << 13;
    }
}
