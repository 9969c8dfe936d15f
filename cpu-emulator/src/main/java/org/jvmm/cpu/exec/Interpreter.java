package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/**
 * The loop that executes blocks. It knows the frequent instruction forms; all others go to {@link SlowPath}.
 *
 * <p>State that the loop keeps to itself while it runs: the instruction pointer (the block's address plus an offset). {@link CpuState#rip} is made right
 * before anything that reads it, and {@link #settle} computes it after a fault from {@link #faultPc}, which every instruction that can fault sets first.
 */
final class Interpreter {
    private static final long LOW32 = 0xFFFF_FFFFL;
    private static final int RSP = X86Regs.RSP;
    private static final int RBP = X86Regs.RBP;

    private final CpuState state;
    private final Mmu mmu;
    private final SlowPath slow;
    private final MemoryAlu memory;
    private final BlockCache blocks;

    /** The block in execution. */
    private Block current;
    /** Index in the block's code behind the instruction that may fault; 0 when {@link CpuState#rip} is right. */
    private int faultPc;
    /** Instructions retired. */
    private long retired;
    /** Non-zero when the loop should return at the next block end. Written by any thread. */
    private volatile boolean attention;

    Interpreter(CpuState state, Mmu mmu, SlowPath slow, BlockCache blocks) {
        this.state = state;
        this.mmu = mmu;
        this.slow = slow;
        this.memory = new MemoryAlu(state, mmu);
        this.blocks = blocks;
    }

    /** Asks the loop to return soon; any thread. */
    void requestAttention() {
        attention = true;
    }

    /** Clears the request; to be called before looking for its reason. */
    void clearAttention() {
        attention = false;
    }

    /** Whether somebody wants the loop to return. */
    boolean attentionRequested() {
        return attention;
    }

    /** Instructions retired so far. */
    long retired() {
        return retired;
    }

    /** Counts instructions that were executed outside the loop. */
    void addRetired(long count) {
        retired += count;
    }

    /**
     * After {@link #run} threw: makes {@link CpuState#rip} point to the instruction that faulted, and the count of retired instructions leave it
     * out.
     */
    void settle() {
        if (faultPc == 0) {
            return;
        }
        int index = (faultPc >> 1) - 1;
        state.rip = state.r[CpuState.BLOCK_RIP] + current.offsets[index];
        retired -= current.count - index;
        faultPc = 0;
    }

    /**
     * Executes from {@link CpuState#rip} until attention is wanted or an instruction changed what the loop relies on.
     *
     * @throws CpuException an exception of the guest; {@link #settle} tells where
     */
    void run() {
        faultPc = 0;
        execute(blocks.find(state.rip));
    }

    private void execute(Block first) {
        final CpuState s = state;
        final long[] r = s.r;
        final Mmu m = mmu;
        Block b = first;
        long rip = s.rip;
        while (true) {
            current = b;
            r[CpuState.BLOCK_RIP] = rip;
            retired += b.count;
            final long[] code = b.code;
            int pc = 0;
            Block next = null;
            block : while (true) {
                final long w = code[pc];
                final long im = code[pc + 1];
                pc += 2;
                switch ((int) w & 0xFF) {
                    case Uop.NOP -> {
                    }
                    case Uop.MOV64_RR -> {
                        r[Uop.d(w)] = r[Uop.s(w)];
                    }
                    case Uop.MOV32_RR -> {
                        r[Uop.d(w)] = r[Uop.s(w)] & LOW32;
                    }
                    case Uop.MOV_RI -> {
                        r[Uop.d(w)] = im;
                    }
                    case Uop.MOVZX8_RR -> {
                        r[Uop.d(w)] = r[Uop.s(w)] & 0xFF;
                    }
                    case Uop.MOVZX16_RR -> {
                        r[Uop.d(w)] = r[Uop.s(w)] & 0xFFFF;
                    }
                    case Uop.MOVSXD_RR -> {
                        r[Uop.d(w)] = (int) r[Uop.s(w)];
                    }
                    case Uop.MOVSX_RR -> {
                        signExtend(r, w, r[Uop.s(w)]);
                    }
                    case Uop.MOV8_RR -> {
                        setLow8(r, Uop.d(w), r[Uop.s(w)]);
                    }
                    case Uop.LOAD64 -> {
                        faultPc = pc;
                        r[Uop.d(w)] = m.read64(Uop.address(r, w, im));
                    }
                    case Uop.LOAD32 -> {
                        faultPc = pc;
                        r[Uop.d(w)] = m.read32(Uop.address(r, w, im));
                    }
                    case Uop.LOAD8Z -> {
                        faultPc = pc;
                        r[Uop.d(w)] = m.read8(Uop.address(r, w, im));
                    }
                    case Uop.LOAD16Z -> {
                        faultPc = pc;
                        r[Uop.d(w)] = m.read16(Uop.address(r, w, im));
                    }
                    case Uop.LOADS -> {
                        faultPc = pc;
                        signExtend(r, w, m.read(Uop.address(r, w, im), Uop.size(w)));
                    }
                    case Uop.STORE64 -> {
                        faultPc = pc;
                        m.write64(Uop.address(r, w, im), r[Uop.s(w)]);
                    }
                    case Uop.STORE32 -> {
                        faultPc = pc;
                        m.write32(Uop.address(r, w, im), r[Uop.s(w)]);
                    }
                    case Uop.STORE16 -> {
                        faultPc = pc;
                        m.write16(Uop.address(r, w, im), r[Uop.s(w)]);
                    }
                    case Uop.STORE8 -> {
                        faultPc = pc;
                        m.write8(Uop.address(r, w, im), r[Uop.s(w)]);
                    }
                    case Uop.STORE64_I -> {
                        faultPc = pc;
                        m.write64(Uop.address(r, w, im), Uop.imm(im));
                    }
                    case Uop.STORE32_I -> {
                        faultPc = pc;
                        m.write32(Uop.address(r, w, im), Uop.imm(im));
                    }
                    case Uop.STORE8_I -> {
                        faultPc = pc;
                        m.write8(Uop.address(r, w, im), Uop.imm(im));
                    }
                    case Uop.LEA64 -> {
                        r[Uop.d(w)] = Uop.address(r, w, im);
                    }
                    case Uop.LEA32 -> {
                        r[Uop.d(w)] = Uop.address(r, w, im) & LOW32;
                    }
                    case Uop.ADD64_RR -> {
                        r[Uop.d(w)] = Alu.add64(s, r[Uop.d(w)], r[Uop.s(w)]);
                    }
                    case Uop.ADD64_RI -> {
                        r[Uop.d(w)] = Alu.add64(s, r[Uop.d(w)], Uop.imm(im));
                    }
                    case Uop.ADD32_RR -> {
                        r[Uop.d(w)] = Alu.add32(s, r[Uop.d(w)], r[Uop.s(w)]);
                    }
                    case Uop.ADD32_RI -> {
                        r[Uop.d(w)] = Alu.add32(s, r[Uop.d(w)], Uop.imm(im));
                    }
                    case Uop.SUB64_RR -> {
                        r[Uop.d(w)] = Alu.sub64(s, r[Uop.d(w)], r[Uop.s(w)]);
                    }
                    case Uop.SUB64_RI -> {
                        r[Uop.d(w)] = Alu.sub64(s, r[Uop.d(w)], Uop.imm(im));
                    }
                    case Uop.SUB32_RR -> {
                        r[Uop.d(w)] = Alu.sub32(s, r[Uop.d(w)], r[Uop.s(w)]);
                    }
                    case Uop.SUB32_RI -> {
                        r[Uop.d(w)] = Alu.sub32(s, r[Uop.d(w)], Uop.imm(im));
                    }
                    case Uop.CMP64_RR -> {
                        Alu.sub64(s, r[Uop.d(w)], r[Uop.s(w)]);
                    }
                    case Uop.CMP64_RI -> {
                        Alu.sub64(s, r[Uop.d(w)], Uop.imm(im));
                    }
                    case Uop.AND64_RR -> {
                        r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] & r[Uop.s(w)]);
                    }
                    case Uop.AND64_RI -> {
                        r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] & Uop.imm(im));
                    }
                    case Uop.OR64_RR -> {
                        r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] | r[Uop.s(w)]);
                    }
                    case Uop.XOR64_RR -> {
                        r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] ^ r[Uop.s(w)]);
                    }
                    case Uop.TEST64_RR -> {
                        Alu.logic64(s, r[Uop.d(w)] & r[Uop.s(w)]);
                    }
                    case Uop.CMP32_RR -> {
                        Alu.sub32(s, r[Uop.d(w)], r[Uop.s(w)]);
                    }
                    case Uop.CMP32_RI -> {
                        Alu.sub32(s, r[Uop.d(w)], Uop.imm(im));
                    }
                    case Uop.AND32_RR -> {
                        r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] & r[Uop.s(w)]);
                    }
                    case Uop.AND32_RI -> {
                        r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] & Uop.imm(im));
                    }
                    case Uop.OR32_RR -> {
                        r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] | r[Uop.s(w)]);
                    }
                    case Uop.XOR32_RR -> {
                        r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] ^ r[Uop.s(w)]);
                    }
                    case Uop.TEST32_RR -> {
                        Alu.logic32(s, r[Uop.d(w)] & r[Uop.s(w)]);
                    }
                    case Uop.TEST32_RI -> {
                        Alu.logic32(s, r[Uop.d(w)] & Uop.imm(im));
                    }
                    case Uop.TEST8_RR -> {
                        Alu.logic64(s, (byte) (r[Uop.d(w)] & r[Uop.s(w)]));
                    }
                    case Uop.TEST8_RI -> {
                        Alu.logic64(s, (byte) (r[Uop.d(w)] & Uop.imm(im)));
                    }
                    case Uop.CMP8_RR -> {
                        Alu.sub(s, r[Uop.d(w)], r[Uop.s(w)], 0, 1);
                    }
                    case Uop.CMP8_RI -> {
                        Alu.sub(s, r[Uop.d(w)], Uop.imm(im), 0, 1);
                    }
                    case Uop.ZERO -> {
                        r[Uop.d(w)] = Alu.logic64(s, 0);
                    }
                    case Uop.CMP64_RM -> {
                        faultPc = pc;
                        Alu.sub64(s, r[Uop.d(w)], m.read64(Uop.address(r, w, im)));
                    }
                    case Uop.CMP32_RM -> {
                        faultPc = pc;
                        Alu.sub32(s, r[Uop.d(w)], m.read32(Uop.address(r, w, im)));
                    }
                    case Uop.CMP64_MI -> {
                        faultPc = pc;
                        Alu.sub64(s, m.read64(Uop.address(r, w, im)), Uop.imm(im));
                    }
                    case Uop.CMP32_MI -> {
                        faultPc = pc;
                        Alu.sub32(s, m.read32(Uop.address(r, w, im)), Uop.imm(im));
                    }
                    case Uop.CMP8_MI -> {
                        faultPc = pc;
                        Alu.sub(s, m.read8(Uop.address(r, w, im)), Uop.imm(im), 0, 1);
                    }
                    case Uop.TEST8_MI -> {
                        faultPc = pc;
                        Alu.logic64(s, (byte) (m.read8(Uop.address(r, w, im)) & Uop.imm(im)));
                    }
                    case Uop.ALU_RM -> {
                        faultPc = pc;
                        memory.aluFromMemory(w, im);
                    }
                    case Uop.ALU_MR -> {
                        faultPc = pc;
                        memory.aluToMemory(w, im, r[Uop.s(w)]);
                    }
                    case Uop.ALU_MI -> {
                        faultPc = pc;
                        memory.aluToMemory(w, im, Uop.imm(im));
                    }
                    case Uop.SHL64 -> {
                        r[Uop.d(w)] = Shifts.shl(s, r[Uop.d(w)], (int) (im >> 32), 8);
                    }
                    case Uop.SHR64 -> {
                        r[Uop.d(w)] = Shifts.shr(s, r[Uop.d(w)], (int) (im >> 32), 8);
                    }
                    case Uop.SAR64 -> {
                        r[Uop.d(w)] = Shifts.sar(s, r[Uop.d(w)], (int) (im >> 32), 8);
                    }
                    case Uop.SHL32 -> {
                        r[Uop.d(w)] = Shifts.shl(s, r[Uop.d(w)] & LOW32, (int) (im >> 32), 4);
                    }
                    case Uop.SHR32 -> {
                        r[Uop.d(w)] = Shifts.shr(s, r[Uop.d(w)] & LOW32, (int) (im >> 32), 4);
                    }
                    case Uop.SAR32 -> {
                        r[Uop.d(w)] = Shifts.sar(s, r[Uop.d(w)], (int) (im >> 32), 4);
                    }
                    case Uop.CMOV64 -> {
                        if (s.condition(Uop.condition(w))) {
                            r[Uop.d(w)] = r[Uop.s(w)];
                        }
                    }
                    case Uop.CMOV32 -> {
                        r[Uop.d(w)] = r[s.condition(Uop.condition(w)) ? Uop.s(w) : Uop.d(w)] & LOW32;
                    }
                    case Uop.SETCC -> {
                        setLow8(r, Uop.d(w), s.condition(Uop.condition(w)) ? 1 : 0);
                    }
                    case Uop.PUSH -> {
                        faultPc = pc;
                        m.write64(r[RSP] - 8, r[Uop.s(w)]);
                        r[RSP] -= 8;
                    }
                    case Uop.PUSH_I -> {
                        faultPc = pc;
                        m.write64(r[RSP] - 8, Uop.imm(im));
                        r[RSP] -= 8;
                    }
                    case Uop.POP -> {
                        faultPc = pc;
                        long popped = m.read64(r[RSP]);
                        r[RSP] += 8;
                        r[Uop.d(w)] = popped;
                    }
                    case Uop.LEAVE -> {
                        faultPc = pc;
                        long frame = m.read64(r[RBP]);
                        r[RSP] = r[RBP] + 8;
                        r[RBP] = frame;
                    }
                    case Uop.SLOW -> {
                        faultPc = pc;
                        s.rip = rip + b.offsets[pc >> 1];
                        slow.execute(b.slow[(int) im]);
                    }
                    case Uop.JCC -> {
                        if (s.condition(Uop.condition(w))) {
                            rip += (int) im;
                            next = b.taken;
                        } else {
                            rip += b.offsets[b.count];
                            next = b.fallThrough;
                        }
                        break block;
                    }
                    case Uop.JE -> {
                        if (s.flagResult == 0) {
                            rip += (int) im;
                            next = b.taken;
                        } else {
                            rip += b.offsets[b.count];
                            next = b.fallThrough;
                        }
                        break block;
                    }
                    case Uop.JNE -> {
                        if (s.flagResult != 0) {
                            rip += (int) im;
                            next = b.taken;
                        } else {
                            rip += b.offsets[b.count];
                            next = b.fallThrough;
                        }
                        break block;
                    }
                    case Uop.JMP -> {
                        rip += (int) im;
                        next = b.taken;
                        break block;
                    }
                    case Uop.FALL -> {
                        rip += b.offsets[b.count];
                        next = b.fallThrough;
                        break block;
                    }
                    case Uop.CALL -> {
                        faultPc = pc;
                        m.write64(r[RSP] - 8, rip + b.offsets[b.count]);
                        r[RSP] -= 8;
                        rip += (int) im;
                        next = b.taken;
                        break block;
                    }
                    case Uop.RET -> {
                        faultPc = pc;
                        rip = m.read64(r[RSP]);
                        r[RSP] += 8;
                        break block;
                    }
                    case Uop.JMP_R -> {
                        rip = r[Uop.s(w)];
                        break block;
                    }
                    case Uop.JMP_M -> {
                        faultPc = pc;
                        rip = m.read64(Uop.address(r, w, im));
                        break block;
                    }
                    case Uop.CALL_R -> {
                        faultPc = pc;
                        long target = r[Uop.s(w)];
                        m.write64(r[RSP] - 8, rip + b.offsets[b.count]);
                        r[RSP] -= 8;
                        rip = target;
                        break block;
                    }
                    case Uop.CALL_M -> {
                        faultPc = pc;
                        long target = m.read64(Uop.address(r, w, im));
                        m.write64(r[RSP] - 8, rip + b.offsets[b.count]);
                        r[RSP] -= 8;
                        rip = target;
                        break block;
                    }
                    case Uop.SLOW_END -> {
                        faultPc = pc;
                        s.rip = rip + b.offsets[pc >> 1];
                        boolean stay = slow.executeEnd(b.slow[(int) im]);
                        faultPc = 0;
                        if (!stay) {
                            return;
                        }
                        rip = s.rip;
                        break block;
                    }
                    case Uop.EXIT -> {
                        // The block's bytes changed under it: go on from this instruction with a fresh block.
                        int index = (pc >> 1) - 1;
                        retired -= b.count - index;
                        rip += b.offsets[index];
                        break block;
                    }
                    default -> rare(r, w, im);
                }
            }
            faultPc = 0;
            s.rip = rip;
            if (attention) {
                return;
            }
            if (next != null && next.valid) {
                b = next;
            } else {
                b = blocks.follow(b, rip);
            }
        }
    }

    /** The less frequent register forms. */
    private void rare(long[] r, long w, long im) {
        final CpuState s = state;
        final int d = Uop.d(w);
        switch ((int) w & 0xFF) {
            case Uop.ALU64_RR, Uop.ALU32_RR -> alu(r, w, r[Uop.s(w)]);
            case Uop.ALU64_RI, Uop.ALU32_RI -> alu(r, w, Uop.imm(im));
            case Uop.ALU8_RR -> setLow8(r, d, Alu.binary(s, Uop.aluOp(w), r[d], r[Uop.s(w)], 1));
            case Uop.ALU8_RI -> setLow8(r, d, Alu.binary(s, Uop.aluOp(w), r[d], Uop.imm(im), 1));
            case Uop.INC64 -> r[d] = Alu.step(s, r[d], 1, 8);
            case Uop.INC32 -> r[d] = Alu.step(s, r[d], 1, 4);
            case Uop.DEC64 -> r[d] = Alu.step(s, r[d], -1, 8);
            case Uop.DEC32 -> r[d] = Alu.step(s, r[d], -1, 4);
            case Uop.NEG -> r[d] = Alu.negate(s, r[d], Uop.size(w));
            case Uop.NOT -> r[d] = Alu.zeroExtend(~r[d], Uop.size(w));
            case Uop.ROL -> r[d] = Shifts.rol(s, Alu.zeroExtend(r[d], Uop.size(w)), (int) (im >> 32), Uop.size(w));
            case Uop.ROR -> r[d] = Shifts.ror(s, Alu.zeroExtend(r[d], Uop.size(w)), (int) (im >> 32), Uop.size(w));
            case Uop.BSWAP -> r[d] = Uop.size(w) == 8 ? Long.reverseBytes(r[d]) : Integer.reverseBytes((int) r[d]) & LOW32;
            case Uop.IMUL64 -> r[d] = Alu.imul(s, r[d], r[Uop.s(w)], 8);
            case Uop.IMUL32 -> r[d] = Alu.imul(s, r[d], r[Uop.s(w)], 4);
            case Uop.IMUL64_I -> r[d] = Alu.imul(s, r[Uop.s(w)], Uop.imm(im), 8);
            case Uop.IMUL32_I -> r[d] = Alu.imul(s, r[Uop.s(w)], Uop.imm(im), 4);
            default -> throw new IllegalStateException("No such uop: " + ((int) w & 0xFF));
        }
    }

    private void alu(long[] r, long w, long b) {
        int op = Uop.aluOp(w);
        long x = Alu.binary(state, op, r[Uop.d(w)], b, Uop.size(w));
        if (Ops.writes(op)) {
            r[Uop.d(w)] = x;
        }
    }

    private static void setLow8(long[] r, int register, long value) {
        r[register] = r[register] & ~0xFFL | value & 0xFF;
    }

    /** MOVSX and MOVSXD: the size field is the source's, the ALU field the destination's. */
    private static void signExtend(long[] r, long w, long value) {
        long x = Alu.signExtend(value, Uop.size(w));
        r[Uop.d(w)] = Uop.aluOp(w) == 8 ? x : x & LOW32;
    }

    /** Runs one instruction outside the loop and any cache, for single-stepping; after a fault {@link CpuState#rip} points to it. */
    void step(Instruction instruction) {
        long start = state.rip;
        faultPc = 0;
        state.rip = start + instruction.length;
        try {
            slow.executeEnd(instruction);
        } catch (CpuException e) {
            state.rip = start;
            throw e;
        }
        retired++;
    }
}
