package org.jvmm.cpu.decode;

/**
 * A decoded instruction, not changed after {@link Decoder} made it. It says what to do and where the operands are; it knows nothing of how an engine
 * executes it.
 */
public final class Instruction {
    /** Operand kinds. */
    public static final int NONE = 0;
    /** General register; of byte size, numbers 16 to 19 are AH, CH, DH, BH. */
    public static final int REG = 1;
    /** Memory, as {@link #base} and so on say. */
    public static final int MEM = 2;
    /** Immediate {@link #imm}. */
    public static final int IMM = 3;
    /** XMM register. */
    public static final int XMM = 4;
    /** Segment register, numbered as in {@link org.jvmm.core.cpu.X86Sregs}. */
    public static final int SEGMENT = 5;
    /** Control register. */
    public static final int CONTROL = 6;
    /** Debug register. */
    public static final int DEBUG = 7;
    /** MMX register. */
    public static final int MMX = 10;
    /** Far pointer: offset in {@link #imm}, selector in {@link #imm2}. */
    public static final int FAR = 8;
    /** Relative branch: displacement from the next instruction in {@link #imm}. */
    public static final int RELATIVE = 9;

    /** {@link #base} or {@link #index} is absent. */
    public static final int NO_REGISTER = 31;
    /** {@link #base} is the address of the next instruction. */
    public static final int RIP = 16;

    /** {@link #rep} values. */
    public static final int REP = 1;
    /** The F2 prefix. */
    public static final int REPNE = 2;

    /** Operation. */
    public Op op = Op.INVALID;
    /** XMM operation when {@link #op} is {@link Op#SSE}. */
    public int sseOp;
    /** Bytes of the instruction, 1 to 15. */
    public int length;
    /** Size of the operation in bytes: 1, 2, 4 or 8. */
    public int size;
    /** Address size in bytes: 2, 4 or 8. */
    public int addressSize;
    /** Execution mode it was decoded for: 2, 4 or 8 bytes of default code size. */
    public int mode;
    /** LOCK prefix. */
    public boolean lock;
    /** 0, {@link #REP} or {@link #REPNE}. */
    public int rep;
    /** Condition code 0 to 15 of Jcc, SETcc, CMOVcc. */
    public int condition;
    /** Operand-size prefix present. */
    public boolean prefix66;
    /** REX.W present. */
    public boolean rexW;
    /** VEX-coded. */
    public boolean vex;
    /** VEX.L: the vectors have 256 bits. */
    public boolean wideVector;
    /** VEX.W; outside 64-bit mode general registers do not heed it, so {@link #rexW} is clear there. */
    public boolean vexW;
    /** Register in VEX.vvvv. */
    public int vvvv;
    /** {@link #vvvv} is an operand. */
    public boolean vvvvUsed;
    /** Register in the high half of the immediate byte. */
    public int immRegister;
    /** Vector register of indices. */
    public int vectorIndex;
    /** An MMX register is among the operands. */
    public boolean mmx;
    /** Opcode byte. */
    public int opcode;
    /** ModRM byte, or -1. */
    public int modrm = -1;
    /** The row of the table it matched; null when none. */
    OpcodeForm form;

    /** Kind of operand 0, the destination. */
    public int kind0;
    /** Kind of operand 1. */
    public int kind1;
    /** Kind of operand 2. */
    public int kind2;
    /** Register of operand 0. */
    public int reg0;
    /** Register of operand 1. */
    public int reg1;
    /** Register of operand 2. */
    public int reg2;
    /** Size of operand 0 in bytes. */
    public int size0;
    /** Size of operand 1 in bytes. */
    public int size1;
    /** Whether a 16-byte memory operand must be aligned. */
    public boolean aligned;

    /** Immediate, sign-extended, or branch displacement. */
    public long imm;
    /** Second immediate: selector of a far pointer, nesting level of ENTER. */
    public int imm2;

    /** Base register, {@link #RIP} or {@link #NO_REGISTER}. */
    public int base = NO_REGISTER;
    /** Index register or {@link #NO_REGISTER}. */
    public int index = NO_REGISTER;
    /** Shift of the index, 0 to 3. */
    public int scale;
    /** Displacement. */
    public long disp;
    /** Segment of the memory operand, as in {@link org.jvmm.core.cpu.X86Sregs}. */
    public int segment;
    /** Whether {@link #segment} was named by a prefix. */
    public boolean segmentOverride;

    Instruction() {}

    /** Whether any operand is memory. */
    public boolean hasMemory() {
        return kind0 == MEM || kind1 == MEM || kind2 == MEM;
    }
}
