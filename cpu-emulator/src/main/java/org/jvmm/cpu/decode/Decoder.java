package org.jvmm.cpu.decode;

import org.jvmm.core.cpu.X86Sregs;

/**
 * Turns bytes into {@link Instruction}s (SDM vol. 2, chapter 2). An unknown or forbidden form decodes to {@link Op#INVALID}, which raises #UD when it is
 * executed. One decoder serves one thread.
 */
public final class Decoder {
    /** Longest instruction; one more byte is #GP (SDM vol. 2 §2.3.11). */
    public static final int MAX_LENGTH = 15;

    private static final OperandCode[] NO_OPERANDS = {};

    private byte[] code;
    private int at;
    private int limit;
    private boolean ranOut;

    private Instruction insn;
    private int mode;
    private boolean address67;
    private int repPrefix;
    private int rex;
    private int modrm;
    private int operandSize;
    private int sibIndex;

    /** A decoder without state between calls. */
    public Decoder() {}

    /**
     * Decodes one instruction.
     *
     * @param bytes code
     * @param start offset of the instruction
     * @param end offset behind the last byte there is
     * @param codeMode default size of code in bytes: 2 real and 16-bit, 4 32-bit, 8 64-bit mode
     * @return the instruction, or null when the bytes end before it does
     */
    public Instruction decode(byte[] bytes, int start, int end, int codeMode) {
        code = bytes;
        at = start;
        limit = end;
        ranOut = false;
        mode = codeMode;
        insn = new Instruction();
        insn.mode = codeMode;
        address67 = false;
        repPrefix = 0;
        rex = 0;
        modrm = -1;
        int opcode = prefixes();
        decodeOpcode(opcode);
        if (ranOut) {
            return null;
        }
        insn.length = at - start;
        if (insn.length > MAX_LENGTH) {
            insn.op = Op.INVALID;
            insn.length = MAX_LENGTH;
        }
        return insn;
    }

    private int prefixes() {
        insn.segment = -1;
        while (true) {
            int next = nextByte();
            switch (next) {
                case 0x66 -> insn.prefix66 = true;
                case 0x67 -> address67 = true;
                case 0xF0 -> insn.lock = true;
                case 0xF2, 0xF3 -> repPrefix = next;
                case 0x26 -> segmentPrefix(X86Sregs.ES);
                case 0x2E -> segmentPrefix(X86Sregs.CS);
                case 0x36 -> segmentPrefix(X86Sregs.SS);
                case 0x3E -> segmentPrefix(X86Sregs.DS);
                case 0x64 -> segmentPrefix(X86Sregs.FS);
                case 0x65 -> segmentPrefix(X86Sregs.GS);
                default -> {
                    if (mode == 8 && (next & 0xF0) == 0x40) {
                        // A REX prefix counts only right before the opcode (SDM vol. 2 §2.2.1).
                        rex = next;
                        int after = nextByte();
                        if (isPrefix(after)) {
                            rex = 0;
                            at--;
                            continue;
                        }
                        return after;
                    }
                    return next;
                }
            }
            if (ranOut) {
                return 0;
            }
        }
    }

    private static boolean isPrefix(int value) {
        return switch (value) {
            case 0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65 -> true;
            default -> (value & 0xF0) == 0x40;
        };
    }

    private void segmentPrefix(int segment) {
        // In 64-bit mode ES, CS, SS and DS prefixes are ignored (SDM vol. 1 §3.3.7.1).
        if (mode != 8 || segment == X86Sregs.FS || segment == X86Sregs.GS) {
            insn.segment = segment;
            insn.segmentOverride = true;
        }
    }

    private void decodeOpcode(int first) {
        int map = 0;
        int opcode = first;
        // Outside 64-bit mode C4 and C5 are LES and LDS unless the next byte could not be their ModRM (SDM vol. 2 §2.3.5).
        if ((first == 0xC4 || first == 0xC5) && (mode == 8 || peekByte() >= 0xC0)) {
            if (insn.prefix66 || repPrefix != 0 || insn.lock || rex != 0) {
                insn.op = Op.INVALID;
                return;
            }
            map = vexPrefix(first);
            opcode = nextByte();
            if (map <= OpcodeForm.VEX || map > OpcodeForm.VEX + 3) {
                insn.op = Op.INVALID;
                return;
            }
        } else if (first == 0x0F) {
            map = 1;
            opcode = nextByte();
            if (opcode == 0x38) {
                map = 2;
                opcode = nextByte();
            } else if (opcode == 0x3A) {
                map = 3;
                opcode = nextByte();
            }
        }
        insn.opcode = opcode;
        OpcodeForm[] forms = OpcodeTable.forms(map, opcode);
        OpcodeForm form = null;
        for (OpcodeForm candidate : forms) {
            if (candidate.hasModrm() && modrm < 0) {
                modrm = nextByte();
            }
            if (candidate.matches(modrm, insn.prefix66, repPrefix) && validInMode(candidate)
                    && (!insn.vex || candidate.matchesVex(insn.wideVector, (rex & 8) != 0))) {
                form = candidate;
                break;
            }
        }
        insn.modrm = modrm;
        insn.vexW = (rex & 8) != 0;
        insn.rexW = insn.vexW && mode == 8;
        if (form == null || insn.vex && insn.vvvv != 0 && !form.usesVvvv()) {
            insn.op = Op.INVALID;
            return;
        }
        decodeForm(form, opcode);
    }

    /** Reads a VEX prefix into the fields of the prefixes it stands for (SDM vol. 2 §2.3.5); returns the map. */
    private int vexPrefix(int first) {
        int second = nextByte();
        int map = 1;
        int last = second;
        rex = (~second & 0x80) >> 5;
        if (first == 0xC4) {
            map = second & 31;
            last = nextByte();
            rex |= (~second & 0x60) >> 5 | (last & 0x80) >> 4;
        }
        if (mode != 8) {
            // The inverted high register bits are 1 by the encoding or, but for W, ignored.
            rex &= 8;
        }
        insn.vex = true;
        insn.wideVector = (last & 4) != 0;
        insn.vvvv = ~last >> 3 & (mode == 8 ? 15 : 7);
        switch (last & 3) {
            case 1 -> insn.prefix66 = true;
            case 2 -> repPrefix = 0xF3;
            case 3 -> repPrefix = 0xF2;
            default -> {
            }
        }
        return OpcodeForm.VEX + map;
    }

    private int peekByte() {
        if (at >= limit) {
            ranOut = true;
            return 0;
        }
        return code[at] & 0xFF;
    }

    private boolean validInMode(OpcodeForm form) {
        return !form.has(mode == 8 ? OpcodeForm.I64 : OpcodeForm.O64);
    }

    private void decodeForm(OpcodeForm form, int opcode) {
        insn.form = form;
        insn.op = form.op();
        insn.sseOp = form.sseOp();
        insn.rep = repPrefix == 0xF3 ? Instruction.REP : repPrefix == 0xF2 ? Instruction.REPNE : 0;
        if (form.has(OpcodeForm.CONDITION)) {
            insn.condition = opcode & 15;
        }
        operandSize = operandSize(form);
        insn.size = operandSize;
        insn.addressSize = mode == 8 ? (address67 ? 4 : 8) : (mode == 4) != address67 ? 4 : 2;
        if (modrm >= 0 && modrm < 0xC0 && !registerOnly(form)) {
            memoryOperand();
        }
        OperandCode[] operands = form.operands() == null ? NO_OPERANDS : form.operands();
        int slot = 0;
        for (OperandCode operand : operands) {
            slot = operand(operand, slot, opcode);
        }
        if (insn.lock && (!form.has(OpcodeForm.LOCK) || insn.kind0 != Instruction.MEM)) {
            insn.op = Op.INVALID;
        }
        if (insn.op == Op.XCHG && opcode == 0x90 && insn.reg0 == 0) {
            // 90 is NOP and, unlike XCHG EAX, EAX, leaves the upper half alone (SDM vol. 2, NOP).
            insn.op = Op.NOP;
        } else if (insn.op == Op.PAUSE && (rex & 1) != 0) {
            // With REX.B it names R8, and is an exchange like any other.
            insn.op = Op.XCHG;
            set(0, Instruction.REG, 8, operandSize);
            set(1, Instruction.REG, 0, operandSize);
        }
        if (insn.segment < 0) {
            insn.segment = defaultSegment();
        }
    }

    private boolean registerOnly(OpcodeForm form) {
        // MOV to and from control and debug registers ignore mod (SDM vol. 2, MOV).
        return form.op() == Op.MOVFROMCR || form.op() == Op.MOVTOCR || form.op() == Op.MOVFROMDR || form.op() == Op.MOVTODR;
    }

    private int operandSize(OpcodeForm form) {
        if (mode == 8) {
            if (form.has(OpcodeForm.F64) || insn.rexW) {
                return 8;
            }
            if (insn.prefix66) {
                return 2;
            }
            return form.has(OpcodeForm.D64) ? 8 : 4;
        }
        return (mode == 4) != insn.prefix66 ? 4 : 2;
    }

    private int defaultSegment() {
        return insn.base == 4 || insn.base == 5 ? X86Sregs.SS : X86Sregs.DS;
    }

    /** Decodes one operand into the next free slot; returns the slot after it. */
    private int operand(OperandCode operand, int slot, int opcode) {
        switch (operand) {
            case Eb -> rmOperand(slot, 1);
            case Ew -> rmOperand(slot, 2);
            case Ed -> rmOperand(slot, 4);
            case Eq -> rmOperand(slot, 8);
            case Ev, Rv -> rmOperand(slot, operandSize);
            case Ey -> {
                rmOperand(slot, insn.rexW ? 8 : 4);
                if (insn.vexW && !insn.rexW && insn.form.map() == OpcodeForm.VEX + 3 && insn.op == Op.SSE) {
                    // VPEXTRQ and VPINSRQ exist in 64-bit mode alone.
                    insn.op = Op.INVALID;
                }
            }
            case Rq -> set(slot, Instruction.REG, rmRegister(), mode == 8 ? 8 : 4);
            case Ry -> set(slot, Instruction.REG, rmRegister(), insn.rexW ? 8 : 4);
            case Gw -> set(slot, Instruction.REG, regField(), 2);
            case Pq -> mmxOperand(slot, modrm >> 3 & 7, 8);
            case Nq -> mmxOperand(slot, modrm & 7, 8);
            case Qq, Qd -> {
                insn.mmx = true;
                if (modrm >= 0xC0) {
                    mmxOperand(slot, modrm & 7, 8);
                } else {
                    set(slot, Instruction.MEM, 0, operand == OperandCode.Qq ? 8 : 4);
                }
            }
            case Hx, By -> {
                // The register is in insn.vvvv and takes no slot.
                insn.vvvvUsed = true;
                return slot;
            }
            case Lx -> {
                insn.immRegister = nextByte() >> 4 & (mode == 8 ? 15 : 7);
                return slot;
            }
            case Wh -> xmmOperand(slot, vectorSize() / 2);
            case Wf -> xmmOperand(slot, vectorSize() / 4);
            case We -> xmmOperand(slot, vectorSize() / 8);
            case Wo -> xmmOperand(slot, 16);
            case Wb -> xmmOperand(slot, 1);
            case Mo -> set(slot, Instruction.MEM, 0, 16);
            case Mg -> vectorIndex(slot);
            case Gb -> set(slot, Instruction.REG, byteRegister(regField()), 1);
            case Gd -> set(slot, Instruction.REG, regField(), 4);
            case Gv -> set(slot, Instruction.REG, regField(), operandSize);
            case Gz -> set(slot, Instruction.REG, regField(), Math.min(4, operandSize));
            case Gy -> set(slot, Instruction.REG, regField(), insn.rexW ? 8 : 4);
            case M, Mp, Mv -> set(slot, Instruction.MEM, 0, operandSize);
            case Md -> set(slot, Instruction.MEM, 0, 4);
            case Mq -> set(slot, Instruction.MEM, 0, 8);
            case My -> set(slot, Instruction.MEM, 0, insn.rexW ? 8 : 4);
            case Mx -> {
                set(slot, Instruction.MEM, 0, vectorSize());
                insn.aligned = true;
            }
            case Mu -> set(slot, Instruction.MEM, 0, vectorSize());
            case Sw -> segmentOperand(slot);
            case Cq -> set(slot, Instruction.CONTROL, regField(), 8);
            case Dq -> set(slot, Instruction.DEBUG, regField(), 8);
            case Vx -> set(slot, Instruction.XMM, regField(), vectorSize());
            case Wx -> {
                xmmOperand(slot, vectorSize());
                insn.aligned = true;
            }
            case Wu -> xmmOperand(slot, vectorSize());
            case Wq -> xmmOperand(slot, 8);
            case Wd -> xmmOperand(slot, 4);
            case Ww -> xmmOperand(slot, 2);
            case Ux -> xmmOperand(slot, vectorSize());
            case F -> {
                set(slot, modrm < 0xC0 ? Instruction.MEM : Instruction.NONE, 0, 8);
            }
            case R -> {
                return slot;
            }
            default -> {
                return plainOperand(operand, slot, opcode);
            }
        }
        return slot + 1;
    }

    /** The operands without a ModRM byte. */
    private int plainOperand(OperandCode operand, int slot, int opcode) {
        switch (operand) {
            case Ib -> immediate(slot, nextByte(), 1);
            case Is -> immediate(slot, (byte) nextByte(), operandSize);
            case Iw -> {
                immediate(slot, nextInteger(2) & 0xFFFF, 2);
                if (insn.op == Op.ENTER) {
                    insn.imm2 = nextByte();
                }
            }
            case Iz -> immediate(slot, nextInteger(Math.min(4, operandSize)), operandSize);
            case Io -> immediate(slot, nextInteger(operandSize), operandSize);
            case Jb -> set(slot, Instruction.RELATIVE, (byte) nextByte());
            case Jz -> set(slot, Instruction.RELATIVE, nextInteger(mode == 8 ? 4 : Math.min(4, operandSize)));
            case Ob -> absolute(slot, 1);
            case Ov -> absolute(slot, operandSize);
            case Ap -> {
                set(slot, Instruction.FAR, nextInteger(operandSize));
                insn.imm2 = (int) nextInteger(2) & 0xFFFF;
            }
            case Zb -> set(slot, Instruction.REG, byteRegister(opcode & 7 | (rex & 1) << 3), 1);
            case Zv -> set(slot, Instruction.REG, opcode & 7 | (rex & 1) << 3, operandSize);
            case Zy -> set(slot, Instruction.REG, opcode & 7 | (rex & 1) << 3, insn.rexW ? 8 : 4);
            case AL -> set(slot, Instruction.REG, 0, 1);
            case rAX -> set(slot, Instruction.REG, 0, operandSize);
            case eAX -> set(slot, Instruction.REG, 0, Math.min(4, operandSize));
            case CL -> set(slot, Instruction.REG, 1, 1);
            case DX -> set(slot, Instruction.REG, 2, 2);
            case ONE -> immediate(slot, 1, 1);
            case ES, CS, SS, DS, FS, GS -> set(slot, Instruction.SEGMENT, operand.ordinal() - OperandCode.ES.ordinal(), 2);
            case b -> {
                insn.size = 1;
                return slot;
            }
            case z -> {
                insn.size = Math.min(4, operandSize);
                return slot;
            }
            case v -> {
                return slot;
            }
            default -> throw new IllegalStateException("No decoding for operand " + operand);
        }
        return slot + 1;
    }

    private void segmentOperand(int slot) {
        int number = modrm >> 3 & 7;
        // CS cannot be loaded, 6 and 7 are no segment registers (SDM vol. 2, MOV).
        if (number > 5 || number == X86Sregs.CS && insn.op == Op.MOVTOSEG) {
            insn.op = Op.INVALID;
        }
        set(slot, Instruction.SEGMENT, number, 2);
    }

    private void rmOperand(int slot, int size) {
        if (modrm >= 0xC0) {
            int register = rmRegister();
            // Vector instructions name the 32-bit register whose low byte they use.
            set(slot, Instruction.REG, size == 1 && insn.op != Op.SSE ? byteRegister(register) : register, size);
        } else {
            set(slot, Instruction.MEM, 0, size);
        }
    }

    private void xmmOperand(int slot, int size) {
        if (modrm >= 0xC0) {
            set(slot, Instruction.XMM, rmRegister(), size);
        } else {
            set(slot, Instruction.MEM, 0, size);
        }
    }

    /** A memory operand for each element of a vector of indices, which SIB.index names (SDM vol. 2 §2.3.12). */
    private void vectorIndex(int slot) {
        if ((modrm & 7) != 4 || insn.addressSize == 2) {
            insn.op = Op.INVALID;
        }
        insn.vectorIndex = sibIndex;
        insn.index = Instruction.NO_REGISTER;
        set(slot, Instruction.MEM, 0, insn.rexW ? 8 : 4);
    }

    private int vectorSize() {
        return insn.wideVector ? 32 : 16;
    }

    private void mmxOperand(int slot, int register, int size) {
        insn.mmx = true;
        set(slot, Instruction.MMX, register, size);
    }

    private int rmRegister() {
        return modrm & 7 | (rex & 1) << 3;
    }

    private int regField() {
        return modrm >> 3 & 7 | (rex & 4) << 1;
    }

    /** Without REX, byte registers 4 to 7 are AH, CH, DH, BH (SDM vol. 1 §3.4.1.1). */
    private int byteRegister(int number) {
        return rex == 0 && number >= 4 && number < 8 ? 16 + number - 4 : number;
    }

    private void immediate(int slot, long value, int size) {
        insn.imm = value;
        set(slot, Instruction.IMM, 0, size);
    }

    private void set(int slot, int kind, long immediate) {
        insn.imm = immediate;
        set(slot, kind, 0, operandSize);
    }

    private void set(int slot, int kind, int register, int size) {
        switch (slot) {
            case 0 -> {
                insn.kind0 = kind;
                insn.reg0 = register;
                insn.size0 = size;
                if (kind == Instruction.REG || kind == Instruction.MEM || kind == Instruction.XMM) {
                    insn.size = size;
                }
            }
            case 1 -> {
                insn.kind1 = kind;
                insn.reg1 = register;
                insn.size1 = size;
            }
            default -> {
                insn.kind2 = kind;
                insn.reg2 = register;
            }
        }
    }

    private void absolute(int slot, int size) {
        insn.disp = nextInteger(insn.addressSize);
        if (insn.addressSize == 4) {
            insn.disp &= 0xFFFF_FFFFL;
        } else if (insn.addressSize == 2) {
            insn.disp &= 0xFFFF;
        }
        set(slot, Instruction.MEM, 0, size);
    }

    private void memoryOperand() {
        int mod = modrm >> 6;
        int rm = modrm & 7;
        if (insn.addressSize == 2) {
            memoryOperand16(mod, rm);
            return;
        }
        if (rm == 4) {
            sib(mod);
        } else if (mod == 0 && rm == 5) {
            insn.disp = (int) nextInteger(4);
            // In 64-bit mode this form is RIP-relative (SDM vol. 2 §2.2.1.6).
            insn.base = mode == 8 ? Instruction.RIP : Instruction.NO_REGISTER;
        } else {
            insn.base = rm | (rex & 1) << 3;
        }
        if (mod == 1) {
            insn.disp = (byte) nextByte();
        } else if (mod == 2) {
            insn.disp = (int) nextInteger(4);
        }
    }

    private void sib(int mod) {
        int sib = nextByte();
        insn.scale = sib >> 6;
        int index = sib >> 3 & 7 | (rex & 2) << 2;
        sibIndex = index;
        insn.index = index == 4 ? Instruction.NO_REGISTER : index;
        int base = sib & 7;
        if (base == 5 && mod == 0) {
            insn.disp = (int) nextInteger(4);
        } else {
            insn.base = base | (rex & 1) << 3;
        }
    }

    /** 16-bit addressing forms (SDM vol. 2, table 2-1). */
    private void memoryOperand16(int mod, int rm) {
        switch (rm) {
            case 0 -> pair(3, 6);
            case 1 -> pair(3, 7);
            case 2 -> pair(5, 6);
            case 3 -> pair(5, 7);
            case 4 -> insn.base = 6;
            case 5 -> insn.base = 7;
            case 6 -> {
                if (mod == 0) {
                    insn.disp = nextInteger(2) & 0xFFFF;
                } else {
                    insn.base = 5;
                }
            }
            default -> insn.base = 3;
        }
        if (mod == 1) {
            insn.disp = (byte) nextByte();
        } else if (mod == 2) {
            insn.disp = nextInteger(2);
        }
    }

    private void pair(int base, int index) {
        insn.base = base;
        insn.index = index;
    }

    private int nextByte() {
        if (at >= limit) {
            ranOut = true;
            return 0;
        }
        return code[at++] & 0xFF;
    }

    /** The next little-endian integer, sign-extended. */
    private long nextInteger(int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) nextByte() << 8 * i;
        }
        int shift = 64 - 8 * size;
        return value << shift >> shift;
    }
}
