package org.jvmm.cpu.exec;

/**
 * The interpreter's instruction set: the forms of x86 instructions that guests execute most, each with its own case, and {@link #SLOW} for all others.
 *
 * <p>An instruction is two words. The first: bits 0-7 the uop, 8-12 destination slot, 13-17 source slot, 18-22 base slot, 23-27 index slot, 28-29
 * scale, 30-32 segment slot, 33-36 condition code, 37-40 ALU operation, 41-44 operand size. The second: low half displacement (of branches the
 * target's offset from the block's start), high half immediate; of {@link #MOV_RI} the whole value, of SLOW the instruction's index. Slots
 * count in {@link org.jvmm.cpu.state.CpuState#r}.
 *
 * <p>Suffixes: R register, I immediate, M memory, destination first.
 */
final class Uop {
    static final int SLOW = 0;
    static final int SLOW_END = 1;
    static final int EXIT = 2;
    static final int FALL = 3;
    static final int NOP = 4;
    static final int MOV64_RR = 5;
    static final int MOV32_RR = 6;
    static final int MOV_RI = 7;
    static final int MOVZX8_RR = 8;
    static final int MOVZX16_RR = 9;
    static final int MOVSXD_RR = 10;
    static final int MOVSX_RR = 11;
    static final int MOV8_RR = 12;
    static final int LOAD64 = 13;
    static final int LOAD32 = 14;
    static final int LOAD8Z = 15;
    static final int LOAD16Z = 16;
    static final int LOADS = 17;
    static final int STORE64 = 18;
    static final int STORE32 = 19;
    static final int STORE16 = 20;
    static final int STORE8 = 21;
    static final int STORE64_I = 22;
    static final int STORE32_I = 23;
    static final int STORE8_I = 24;
    static final int LEA64 = 25;
    static final int LEA32 = 26;
    static final int ADD64_RR = 27;
    static final int ADD32_RR = 28;
    static final int ADD64_RI = 29;
    static final int ADD32_RI = 30;
    static final int SUB64_RR = 31;
    static final int SUB32_RR = 32;
    static final int SUB64_RI = 33;
    static final int SUB32_RI = 34;
    static final int CMP64_RR = 35;
    static final int CMP32_RR = 36;
    static final int CMP64_RI = 37;
    static final int CMP32_RI = 38;
    static final int AND64_RR = 39;
    static final int AND32_RR = 40;
    static final int AND64_RI = 41;
    static final int AND32_RI = 42;
    static final int OR64_RR = 43;
    static final int OR32_RR = 44;
    static final int XOR64_RR = 45;
    static final int XOR32_RR = 46;
    static final int TEST64_RR = 47;
    static final int TEST32_RR = 48;
    static final int TEST32_RI = 49;
    static final int TEST8_RR = 50;
    static final int TEST8_RI = 51;
    static final int CMP8_RI = 52;
    static final int CMP8_RR = 53;
    static final int ZERO = 54;
    static final int ALU64_RR = 55;
    static final int ALU32_RR = 56;
    static final int ALU64_RI = 57;
    static final int ALU32_RI = 58;
    static final int ALU_RM = 59;
    static final int ALU_MR = 60;
    static final int ALU_MI = 61;
    static final int ALU8_RR = 62;
    static final int ALU8_RI = 63;
    static final int CMP64_RM = 64;
    static final int CMP32_RM = 65;
    static final int CMP32_MI = 66;
    static final int CMP64_MI = 67;
    static final int CMP8_MI = 68;
    static final int TEST8_MI = 69;
    static final int INC64 = 70;
    static final int INC32 = 71;
    static final int DEC64 = 72;
    static final int DEC32 = 73;
    static final int SHL64 = 74;
    static final int SHL32 = 75;
    static final int SHR64 = 76;
    static final int SHR32 = 77;
    static final int SAR64 = 78;
    static final int SAR32 = 79;
    static final int NEG = 80;
    static final int NOT = 81;
    static final int IMUL64 = 82;
    static final int IMUL32 = 83;
    static final int IMUL64_I = 84;
    static final int IMUL32_I = 85;
    static final int CMOV64 = 86;
    static final int CMOV32 = 87;
    static final int SETCC = 88;
    static final int PUSH = 89;
    static final int PUSH_I = 90;
    static final int POP = 91;
    static final int LEAVE = 92;
    static final int JCC = 93;
    static final int JE = 94;
    static final int JNE = 95;
    static final int JMP = 96;
    static final int JMP_R = 97;
    static final int JMP_M = 98;
    static final int CALL = 99;
    static final int CALL_R = 100;
    static final int CALL_M = 101;
    static final int RET = 102;
    static final int ROL = 103;
    static final int ROR = 104;
    static final int BSWAP = 105;

    private Uop() {}

    static int d(long w) {
        return (int) w >>> 8 & 31;
    }

    static int s(long w) {
        return (int) w >>> 13 & 31;
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

    /** The immediate of the second word. */
    static long imm(long im) {
        return im >> 32;
    }

    /** The effective linear address. */
    static long address(long[] r, long w, long im) {
        return r[(int) w >>> 18 & 31] + (r[(int) w >>> 23 & 31] << ((int) w >>> 28 & 3)) + (int) im + r[24 + ((int) (w >>> 30) & 7)];
    }

    static long pack(int uop, int d, int s) {
        return uop | d << 8 | s << 13;
    }
}
