package org.jvmm.cpu.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.testing.BareCpu;
import org.jvmm.cpu.testing.MachineState;
import org.jvmm.cpu.testing.NativeRunner;

/** Makes instructions from rows of the table, with operands whose addresses lie where {@link MachineState#window} is. */
final class CaseGenerator {
    /** Where most operands lie: the border between the data pages. */
    static final long MIDDLE = BareCpu.DATA + 4096;

    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final int RSI = 6;
    private static final int RDI = 7;

    final OperandValues values;
    final byte[] code = new byte[NativeRunner.MAX_CODE + Decoder.MAX_LENGTH];
    final MachineState state = new MachineState();

    private final Decoder decoder = new Decoder();
    private final ByteBuffer window = ByteBuffer.wrap(state.window).order(ByteOrder.LITTLE_ENDIAN);
    private int dispAt;
    private int dispSize;

    CaseGenerator(long seed) {
        values = new OperandValues(seed);
    }

    /**
     * Bytes of a random instruction of the row at {@code start} of {@link #code}.
     *
     * @param fixedModrm a ModRM byte, a memory digit (0 to 7, shifted by 3), or -1
     * @return null when the bytes turned out to be another row's
     */
    Instruction instruction(OpcodeForm form, int fixedModrm, int mode, int start) {
        int at = start;
        for (int i = start; i < start + Decoder.MAX_LENGTH + 8; i += 8) {
            long random = values.next();
            for (int k = 0; k < 8 && i + k < code.length; k++) {
                code[i + k] = (byte) (random >>> 8 * k);
            }
        }
        at = prefixes(form, mode, at);
        int low = form.row().contains("+cc") ? values.below(16) : form.row().contains("+r") ? values.below(8) : 0;
        code[at++] = (byte) (form.opcode() + low);
        dispSize = 0;
        if (form.hasModrm()) {
            at = modrm(form, fixedModrm, mode, at);
        }
        Instruction insn = decoder.decode(code, start, start + Decoder.MAX_LENGTH, mode);
        if (insn == null || insn.form != form || dispSize > 0 && insn.addressSize == 2 || !patch(insn, start)) {
            return null;
        }
        return decoder.decode(code, start, start + Decoder.MAX_LENGTH, mode);
    }

    private int prefixes(OpcodeForm form, int mode, int start) {
        int at = start;
        if (values.oneIn(12) && !isX87(form)) {
            code[at++] = 0x67;
        }
        // In 32-bit mode FS and GS are null on the host.
        if (mode == 8 && values.oneIn(16)) {
            code[at++] = (byte) (0x64 + values.below(2));
        }
        if (form.map() > OpcodeForm.VEX) {
            return vexPrefix(form, mode, at);
        }
        if (form.prefix() == 0x66 || form.prefix() == OpcodeForm.ANY && values.oneIn(4)) {
            code[at++] = 0x66;
        }
        if (form.prefix() > 0x66) {
            code[at++] = (byte) form.prefix();
        } else if (isString(form.op()) && values.oneIn(2)) {
            code[at++] = (byte) (0xF2 + values.below(2));
        }
        if (form.has(OpcodeForm.LOCK) ? values.oneIn(6) : values.oneIn(200)) {
            code[at++] = (byte) 0xF0;
        }
        if (mode == 8 && values.oneIn(2)) {
            code[at++] = (byte) (0x40 | values.below(16));
        }
        if (form.map() > OpcodeForm.VEX) {
            return vexPrefix(form, mode, at);
        }
        if (form.map() > 0) {
            code[at++] = 0x0F;
        }
        if (form.map() > 1) {
            code[at++] = (byte) (form.map() == 2 ? 0x38 : 0x3A);
        }
        return at;
    }

    private int vexPrefix(OpcodeForm form, int mode, int start) {
        int at = start;
        int pp = switch (form.prefix()) {
            case 0x66 -> 1;
            case 0xF3 -> 2;
            case 0xF2 -> 3;
            default -> 0;
        };
        boolean l = form.has(OpcodeForm.L1) || !form.has(OpcodeForm.L0) && values.oneIn(2) || values.oneIn(100);
        boolean w = form.has(OpcodeForm.W1) || !form.has(OpcodeForm.W0) && values.oneIn(2);
        int vvvv = form.usesVvvv() || values.oneIn(60) ? values.below(16) : 15;
        if (mode != 8) {
            vvvv |= 8;
        }
        int last = vvvv << 3 | (l ? 4 : 0) | pp;
        int extension = mode == 8 ? (int) values.next() & 0xE0 : 0xE0;
        if (form.map() == OpcodeForm.VEX + 1 && !w && values.oneIn(2)) {
            code[at++] = (byte) 0xC5;
            code[at++] = (byte) (extension & 0x80 | last);
        } else {
            code[at++] = (byte) 0xC4;
            code[at++] = (byte) (extension | form.map() - OpcodeForm.VEX);
            code[at++] = (byte) ((w ? 0x80 : 0) | last);
        }
        return at;
    }

    /** A register form, or memory in any of the ways to address it. */
    private int modrm(OpcodeForm form, int fixed, int mode, int start) {
        int at = start;
        int reg = (form.digit() >= 0 ? form.digit() : values.below(8)) << 3;
        boolean memory = values.below(5) > 1;
        if (form.wholeModrm() >= 0) {
            code[at++] = (byte) form.wholeModrm();
            return at;
        }
        if (fixed >= 0xC0) {
            code[at++] = (byte) fixed;
            return at;
        }
        if (fixed >= 0) {
            reg = fixed;
            memory = true;
        }
        if (!memory) {
            code[at++] = (byte) (0xC0 | reg | values.below(8));
            return at;
        }
        int mod = values.oneIn(6) ? 0 : values.oneIn(3) ? 2 : 1;
        int rm = values.oneIn(3) ? values.below(8) : RBX;
        code[at++] = (byte) (mod << 6 | reg | rm);
        boolean absolute = rm == 5 && mod == 0;
        if (rm == 4) {
            int sib = (int) values.next() & 0xFF;
            absolute = (sib & 7) == 5 && mod == 0;
            code[at++] = (byte) sib;
        }
        dispAt = at;
        dispSize = mod == 2 || absolute ? 4 : mod;
        if (mod == 2) {
            int disp = values.below(1 << 20) - (1 << 19);
            write32(at, disp);
        }
        return at + (dispSize == 0 ? 0 : dispSize);
    }

    private void write32(int at, int value) {
        for (int i = 0; i < 4; i++) {
            code[at + i] = (byte) (value >>> 8 * i);
        }
    }

    /** Makes displacements without a base register lead to the window; false for what cannot be made to. */
    private boolean patch(Instruction insn, int start) {
        if (!insn.hasMemory() || insn.op == Op.LEA || insn.op == Op.NOP) {
            return true;
        }
        if (insn.base == Instruction.NO_REGISTER && dispSize == 4) {
            write32(dispAt, (int) target(insn));
            // An index would lead elsewhere: prepare() solves for the base, which is none.
            return insn.index == Instruction.NO_REGISTER;
        }
        if (insn.base == Instruction.RIP) {
            write32(dispAt, (int) (target(insn) - BareCpu.CODE - start - insn.length));
            return true;
        }
        if (insn.kind0 == Instruction.MEM && insn.base == Instruction.NO_REGISTER
                || insn.kind1 == Instruction.MEM && insn.base == Instruction.NO_REGISTER) {
            return moffs(insn, start);
        }
        if (isImage(insn.op) && (insn.base == RAX || insn.base == RDX || insn.index == RAX || insn.index == RDX)) {
            return false;
        }
        boolean usesStack = insn.op == Op.PUSH || insn.op == Op.POP || insn.op == Op.CALL;
        if (usesStack && insn.base == RSP && insn.index != Instruction.NO_REGISTER) {
            return false;
        }
        boolean disp8OfStack = insn.base != RSP || Math.abs(insn.disp) <= 128;
        return insn.base != insn.index && disp8OfStack && insn.index != RSP;
    }

    /** MOV with an absolute address: the displacement ends the instruction. */
    private boolean moffs(Instruction insn, int start) {
        if (insn.addressSize == 2) {
            return false;
        }
        long target = target(insn);
        for (int i = 0; i < insn.addressSize; i++) {
            code[start + insn.length - insn.addressSize + i] = (byte) (target >>> 8 * i);
        }
        return true;
    }

    /** An address for the memory operand. */
    private long target(Instruction insn) {
        if (insn.form.op() == Op.SSE && insn.form.row().contains(" SHA")) {
            // AMD's processors do not check the alignment of these operands, although their manual says #GP as Intel's.
            return MIDDLE - 64 + 16 * values.below(8);
        }
        if (values.oneIn(60)) {
            return BareCpu.DATA + BareCpu.DATA_SIZE - values.below(40);
        }
        if (isImage(insn.op)) {
            return MIDDLE - 448 + (values.oneIn(16) ? 16 : 64 * values.below(3));
        }
        if (insn.op == Op.FXSAVE || insn.op == Op.FXRSTOR) {
            return MIDDLE - 512 + (values.oneIn(16) ? 8 : 16 * values.below(16));
        }
        if (insn.aligned && insn.wideVector) {
            return MIDDLE - 128 + (values.oneIn(12) ? values.below(128) : 32 * values.below(8));
        }
        if (insn.aligned || insn.op == Op.CMPXCHG8B) {
            return MIDDLE - 64 + (values.oneIn(12) ? values.below(64) : 16 * values.below(8));
        }
        return values.oneIn(3) ? MIDDLE - 64 + 16 * values.below(8) : MIDDLE - 70 + values.below(140);
    }

    /** Fills {@link #state} with operands. */
    void operands(int mode) {
        for (int i = 0; i < 16; i++) {
            state.gpr[i] = values.integer();
        }
        state.gpr[RSP] = MIDDLE - 256 + values.below(64) * 8 + (values.oneIn(8) ? values.below(8) : 0);
        state.fsBase = values.below(1 << 20);
        state.gsBase = values.below(1 << 20);
        state.rflags = values.next() & CpuState.ARITHMETIC | 0x202;
        int kind = values.kind();
        for (int i = 0; i < 16; i++) {
            for (int part = 0; part < 4; part++) {
                state.vector(i, part, values.lanes(kind));
            }
        }
        for (int i = 0; i < MachineState.WINDOW; i += 8) {
            boolean near = Math.abs(i - MachineState.WINDOW / 2) < 192;
            window.putLong(i, near ? values.lanes(kind) : values.next());
        }
        if (values.oneIn(6)) {
            int skew = 1 + values.below(7);
            System.arraycopy(state.window, 0, state.window, skew, MachineState.WINDOW - skew);
        }
        controls();
        floats();
        state.xsave.putLong(512, 7);
        if (mode == 4) {
            for (int i = 0; i < 16; i++) {
                state.gpr[i] &= 0xFFFF_FFFFL;
            }
        }
    }

    private void controls() {
        int mxcsr = 0x1F80;
        switch (values.below(4)) {
            case 0 -> mxcsr = (int) values.next() & 0xFFBF | 0x1F80;
            case 1 -> mxcsr = (int) values.next() & 0xFFFF;
            case 2 -> mxcsr |= values.below(4) << 13 | values.below(2) << 5;
            default -> {
            }
        }
        state.mxcsr(mxcsr);
        int control = switch (values.below(4)) {
            case 0 -> 0x37F | values.below(4) << 10;
            case 1 -> 0x7F | values.below(4) << 10 | 0x200 * values.below(2);
            case 2 -> 0x40 | (int) values.next() & 0xF3F;
            default -> 0x37F;
        };
        if ((control & 0x300) == 0x100) {
            control |= 0x300;
        }
        int top = values.below(8);
        int used = 0x1F << top;
        used = values.oneIn(8) ? (int) values.next() & 0xFF : (used | used >> 8) & 0xFF;
        int flags = (int) values.next() & 0x3F;
        // Mostly without a pending exception, which the next instruction would raise.
        flags &= values.oneIn(24) ? 0x3F : control & 0x3F;
        int status = top << 11 | (int) values.next() & 0x4700 | flags | ((flags & ~control) != 0 ? 0x8080 : 0);
        state.x87(control, status, used);
    }

    private void floats() {
        int near = 0x3FFF;
        long significand = Long.MIN_VALUE;
        for (int i = 0; i < 8; i++) {
            values.extended(state, i, near, significand);
            near = state.signExponent(i);
            significand = state.significand(i);
        }
    }

    /** Gives registers the values that this instruction needs to do something interesting at allowed addresses. */
    void prepare(Instruction insn, int mode) {
        long[] gpr = state.gpr;
        switch (insn.op) {
            case DIV, IDIV -> gpr[RDX] = values.oneIn(3) ? gpr[RDX] : values.below(5) - 2;
            case LEAVE, ENTER -> gpr[RBP] = MIDDLE - 128 + values.below(256);
            case MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS -> {
                gpr[RSI] = MIDDLE - 200 + values.below(400);
                gpr[RDI] = MIDDLE - 200 + values.below(400);
                gpr[RCX] = values.below(40);
                if (values.oneIn(3)) {
                    state.rflags |= CpuState.DF;
                }
                if (insn.segmentOverride) {
                    gpr[RSI] -= insn.segment == 4 ? state.fsBase : state.gsBase;
                }
            }
            case XLAT -> gpr[RBX] = MIDDLE - 64 + values.below(128) - (gpr[RAX] & 0xFF)
                    - (insn.segmentOverride ? insn.segment == 4 ? state.fsBase : state.gsBase : 0);
            case CMPXCHG -> {
                if (values.oneIn(2) && insn.kind0 == Instruction.REG) {
                    gpr[RAX] = gpr[insn.reg0 & 15];
                }
            }
            case POPF -> window.putLong((int) (gpr[RSP] - MIDDLE) + 1024, values.next() & (CpuState.ARITHMETIC | CpuState.DF));
            case RET -> window.putLong((int) (gpr[RSP] - MIDDLE) + 1024, BareCpu.CODE + insn.length);
            case CALL, JMP -> {
                if (insn.kind0 == Instruction.REG) {
                    gpr[insn.reg0 & 15] = BareCpu.CODE + insn.length;
                }
            }
            case BT, BTS, BTR, BTC -> {
                if (insn.kind1 == Instruction.REG) {
                    gpr[insn.reg1 & 15] = values.below(4096) - 2048;
                }
            }
            case XSAVE, XSAVEC, XSAVEOPT, XRSTOR -> {
                gpr[RAX] = values.below(8);
                gpr[RDX] = 0;
                image();
            }
            case FXRSTOR -> image();
            case XGETBV -> gpr[RCX] = 2 + values.below(5);
            case WRFSBASE, WRGSBASE -> gpr[insn.reg0] = values.oneIn(2) ? gpr[insn.reg0] & Integer.MAX_VALUE : gpr[insn.reg0];
            case SSE -> {
                if (insn.form.row().contains("GATHER")) {
                    gather(insn);
                }
                if (insn.form.row().contains("MASKMOV")) {
                    gpr[RDI] = MIDDLE - 40 + values.below(80)
                            - (insn.segmentOverride ? insn.segment == 4 ? state.fsBase : state.gsBase : 0);
                    // With no byte selected, whether an address that faults does so is each processor's own (SDM vol. 2, MASKMOVDQU).
                    if (insn.form.row().contains("MASKMOVDQU")) {
                        state.vector(insn.reg1 & 15, 0, state.vector(insn.reg1 & 15, 0) | 0x80);
                    }
                }
            }
            default -> {
            }
        }
        if (insn.hasMemory() && insn.op != Op.LEA && insn.op != Op.NOP) {
            place(insn);
        }
        if (insn.op == Op.LDMXCSR) {
            // Bit 17 exists on AMD's processors.
            int place = operandAt(insn);
            if (place >= 0 && place <= MachineState.WINDOW - 4) {
                window.putInt(place, values.below(0x10000) | (values.oneIn(4) ? 0x4_0000 << values.below(14) : 0));
            }
        }
        int at = insn.kind0 == Instruction.MEM && (insn.op == Op.JMP || insn.op == Op.CALL) ? operandAt(insn) : -1;
        if (at >= 0 && at <= MachineState.WINDOW - 8) {
            window.putLong(at, BareCpu.CODE + insn.length);
        }
        if (mode == 4) {
            for (int i = 0; i < 16; i++) {
                gpr[i] &= 0xFFFF_FFFFL;
            }
        }
    }

    /** Images everywhere an image's operand may start: MXCSR mostly right, headers mostly valid. */
    private void image() {
        for (int i = 0; i < MachineState.WINDOW; i += 64) {
            if (!values.oneIn(8)) {
                window.putInt(i + 24, values.below(0x10000));
            }
        }
        for (int i = 0; i < 3; i++) {
            int header = 1024 - 448 + 64 * i + 512;
            boolean compact = values.oneIn(2);
            long components = values.below(8);
            window.putLong(header, values.oneIn(8) ? values.next() : values.below(8) & (compact ? components : 7));
            window.putLong(header + 8, values.oneIn(8) ? values.next() : compact ? Long.MIN_VALUE | components : 0);
            for (int k = 16; k < 64; k += 8) {
                window.putLong(header + k, values.oneIn(100) ? 1 : 0);
            }
        }
    }

    /** Offset in the window of the instruction's memory operand, whose registers {@link #prepare} set. */
    int operandAt(Instruction insn) {
        long base = insn.base == Instruction.NO_REGISTER
                ? 0
                : insn.base == Instruction.RIP ? BareCpu.CODE + insn.length : state.gpr[insn.base];
        long index = insn.index == Instruction.NO_REGISTER ? 0 : state.gpr[insn.index] << insn.scale;
        long offset = base + index + insn.disp;
        long segment = insn.segmentOverride ? insn.segment == 4 ? state.fsBase : state.gsBase : 0;
        return (int) ((insn.addressSize == 4 ? offset & 0xFFFF_FFFFL : offset) + segment - BareCpu.DATA) - MachineState.WINDOW_AT;
    }

    /** Indices and masks of a gather: most elements in the window. */
    private void gather(Instruction insn) {
        boolean wideIndex = (insn.opcode & 1) != 0;
        for (int i = 0; i < 4; i++) {
            long near = values.below(400) - 200;
            long other = values.below(400) - 200;
            long index = wideIndex ? near : near & 0xFFFF_FFFFL | other << 32;
            state.vector(insn.vectorIndex, i, values.oneIn(30) ? values.next() : index);
        }
    }

    /** Solves for the base register. */
    private void place(Instruction insn) {
        long[] gpr = state.gpr;
        long base = insn.segmentOverride && insn.segment >= 4 ? insn.segment == 4 ? state.fsBase : state.gsBase : 0;
        long target = target(insn) - base;
        if (insn.base >= 16 && (insn.base == Instruction.RIP || insn.index == Instruction.NO_REGISTER)) {
            return;
        }
        long index = 0;
        if (insn.index != Instruction.NO_REGISTER) {
            boolean byValue = insn.op == Op.CMPXCHG && insn.index == RAX || insn.index == insn.base;
            if (!byValue && insn.addressSize == 8) {
                gpr[insn.index] = values.oneIn(2) ? values.next() : values.below(64) - 32;
            }
            index = gpr[insn.index] << insn.scale;
        }
        if (insn.base < 16) {
            gpr[insn.base] = target - insn.disp - index;
            if (insn.addressSize == 4) {
                gpr[insn.base] = gpr[insn.base] & 0xFFFF_FFFFL | (values.next() << 32);
            }
        }
    }

    private static boolean isImage(Op op) {
        return op == Op.XSAVE || op == Op.XSAVEC || op == Op.XSAVEOPT || op == Op.XRSTOR;
    }

    static boolean isString(Op op) {
        return switch (op) {
            case MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS -> true;
            default -> false;
        };
    }

    static boolean isX87(OpcodeForm form) {
        return form.op() == Op.FPU;
    }
}
