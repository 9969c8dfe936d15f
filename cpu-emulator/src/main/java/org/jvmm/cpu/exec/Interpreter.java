package org.jvmm.cpu.exec;

import java.lang.invoke.VarHandle;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.decode.Op;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.fault.DebugStop;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/**
 * Executes blocks: {@link UopLoop} what is frequent, this what comes in between, {@link SlowPath} the instructions without a form of their own,
 * {@link CompiledRegion}s what was compiled.
 *
 * <p>While it runs the instruction pointer is the block's address, {@link CpuState#BLOCK_RIP}, plus an offset. {@link CpuState#rip} is made right before
 * anything that reads it, and computed from the position in the block after a fault.
 */
final class Interpreter {
    private static final long LOW32 = 0xFFFF_FFFFL;
    private static final int RSP = X86Regs.RSP;

    private final CpuState state;
    private final Mmu mmu;
    private final SlowPath slow;
    private final MemoryAlu memory;
    private final BlockCache blocks;
    private final Translator translator;
    private final UopLoop loop = new UopLoop();

    /** Null unless {@link InstructionProfile#ON}. */
    private final InstructionProfile profile;
    /** Instructions retired in compiled code. */
    private long retiredCompiled;
    /** Entries into compiled code. */
    private long regionEntries;

    Interpreter(CpuState state, Mmu mmu, SlowPath slow, BlockCache blocks) {
        this.state = state;
        this.mmu = mmu;
        this.slow = slow;
        this.memory = new MemoryAlu(state, mmu);
        this.blocks = blocks;
        this.translator = new Translator(mmu, this);
        blocks.translator(translator);
        this.profile = InstructionProfile.ON ? new InstructionProfile() : null;
        blocks.profile(profile);
    }

    /** Makes this the loop of one of several CPUs. */
    void share() {
        translator.share();
    }

    /** Asks the loop to return soon; any thread. */
    void requestAttention() {
        loop.attention = true;
    }

    /** Clears the request; to be called before looking for its reason. */
    void clearAttention() {
        loop.attention = false;
    }

    /** Whether somebody wants the loop to return. */
    boolean attentionRequested() {
        return loop.attention;
    }

    /** Instructions retired so far. */
    long retired() {
        return loop.retired + retiredCompiled;
    }

    /** Compiled code left for another block: what it executed. */
    void addRetired(long count, long memoryAccesses) {
        retiredCompiled += count;
        loop.accesses += memoryAccesses;
        regionEntries++;
    }

    /** The machine has ended. */
    void end() {
        if (InstructionProfile.ON) {
            InstructionProfile.write();
        }
    }

    /** Adds what was counted here. */
    void addCounters(VcpuCounters sum) {
        sum.interpreted += loop.retired;
        sum.compiled += retiredCompiled;
        sum.dataAccesses += loop.accesses;
        sum.regionEntries += regionEntries;
        sum.regionsCompiled += translator.compiled.get();
        sum.regionsInvalidated += translator.invalidated;
    }

    /**
     * Executes from {@link CpuState#rip} until attention is wanted or an instruction changed what the loop relies on.
     *
     * @throws CpuException an exception of the guest; {@link CpuState#rip} is the address of the instruction that raised it
     */
    void run() {
        execute(blocks.find(state.rip));
    }

    private void execute(int first) {
        final CpuState s = state;
        final long[] r = s.r;
        final Mmu m = mmu;
        final CodeArena arena = blocks.arena();
        long[] code = arena.words;
        // The block that p is linked from.
        int from = CodeArena.NONE;
        int p = first;
        long rip = s.rip;
        while (true) {
            r[CpuState.BLOCK_RIP] = rip;
            long head = code[p + CodeArena.HEAD];
            if (head < CodeArena.ONCE) {
                final Block b = arena.at(p);
                if (!b.valid) {
                    p = blocks.successor(false, from, rip, CodeArena.NONE);
                    from = CodeArena.NONE;
                    code = arena.words;
                    continue;
                }
                final CompiledRegion compiled = b.compiled;
                if (compiled != null) {
                    compiled.run(s, r, m, this);
                    if (loop.attention) {
                        return;
                    }
                    rip = s.rip;
                    p = blocks.find(rip);
                    from = CodeArena.NONE;
                    code = arena.words;
                    continue;
                }
                if (translator.attend(b)) {
                    continue;
                }
                head = code[p + CodeArena.HEAD];
            }
            code[p + CodeArena.HEAD] = head - CodeArena.ONCE;
            if (InstructionProfile.ON) {
                profile.enter(arena.at(p));
            }
            loop.retired += CodeArena.count(head);
            loop.accesses += CodeArena.accesses(head);
            int pc = p + CodeArena.UOPS;
            loop.position = p;
            long w;
            long im;
            int op;
            try {
                while (true) {
                    pc = loop.run(s, r, code, pc);
                    p = loop.position;
                    rip = r[CpuState.BLOCK_RIP];
                    w = code[pc - 2];
                    im = code[pc - 1];
                    op = (int) w & 0xFF;
                    if (op >= Uop.TERMINATORS) {
                        break;
                    }
                    if (op == Uop.SLOW) {
                        slow(rip + Uop.next(w), (int) im);
                    } else if (op >= Uop.LOADS64) {
                        addressed(r, w, im);
                    } else {
                        rare(r, w, im, p, rip, 0);
                    }
                }
                if (Uop.endsElsewhere(op) && !ended(w, im, p, pc)) {
                    return;
                }
            } catch (CpuException | MachineStop | DebugStop e) {
                // Of what runs above, only an instruction that had no effect yet throws.
                s.rip = cut(p, pc);
                throw e;
            }
            rip = loop.target;
            s.rip = rip;
            final int next = loop.successor;
            if (loop.attention) {
                if (rip << 16 >> 16 != rip) {
                    checkBorder(p, rip);
                }
                return;
            }
            if (next > CodeArena.NONE) {
                from = p;
                p = next;
            } else {
                if (rip << 16 >> 16 != rip) {
                    checkBorder(p, rip);
                }
                p = blocks.successor(op == Uop.RET, p, rip, next);
                from = CodeArena.NONE;
                code = arena.words;
            }
        }
    }

    /**
     * Executes what ends a block, where {@link UopLoop} does not know where that goes; tells the loop's target and successor.
     *
     * @return false when the loop should end
     */
    private boolean ended(long w, long im, int p, int pc) {
        final CpuState s = state;
        final CodeArena arena = blocks.arena();
        final long rip = s.r[CpuState.BLOCK_RIP];
        final int length = CodeArena.length(arena.words[p + CodeArena.HEAD]);
        final long links = arena.words[p + CodeArena.LINKS];
        final int op = (int) w & 0xFF;
        loop.successor = CodeArena.NONE;
        if (op < Uop.FALL) {
            boolean taken = s.condition(op - Uop.TERMINATORS);
            loop.target = rip + (taken ? (int) im : length);
            loop.successor = (int) (links >>> (taken ? 0 : 32));
        } else if (op == Uop.SLOW_END) {
            final Instruction instruction = arena.instruction((int) im);
            s.rip = rip + length;
            if (InstructionProfile.ON) {
                profile.slow(instruction);
            }
            boolean stay = slow.executeEnd(instruction);
            if (InstructionProfile.ON) {
                profile.slow(null);
            }
            loop.target = s.rip;
            return stay;
        } else if (op == Uop.EXIT) {
            // The block's bytes changed under it: go on from this instruction with a fresh block.
            loop.target = cut(p, pc);
        } else {
            if (op == Uop.CALL) {
                loop.successor = (int) links;
            }
            loop.target = rare(s.r, w, im, p, rip, length);
        }
        return true;
    }

    /** The block in execution ends before the instruction whose uop is the one before {@code pc}: returns that one's address. */
    private long cut(int p, int pc) {
        int index = (pc - p - CodeArena.UOPS >> 1) - 1;
        Block b = blocks.arena().at(p);
        loop.retired -= b.count - b.before(index);
        return state.r[CpuState.BLOCK_RIP] + b.offset(index);
    }

    /** A direct jump to an address that is none faults where it is (SDM vol. 2, JMP and Jcc); what only goes on there faults there. */
    private void checkBorder(int position, long rip) {
        Block b = blocks.arena().at(position);
        if (Uop.isDirectBranch((int) b.word(b.words - 2) & 0xFF) && rip - state.r[CpuState.BLOCK_RIP] != b.length) {
            state.rip = state.r[CpuState.BLOCK_RIP] + b.lastOffset;
            loop.retired--;
            throw state.gp();
        }
    }

    // ---- for compiled code --------------------------------------------------------------------------------------------------------------

    /** A form without code of its own; {@link CpuState#BLOCK_RIP} is the block's. */
    void rareForm(long w, long im) {
        rare(state.r, w, im, CodeArena.NONE, 0, 0);
    }

    /** An instruction in the midst of a block; {@code next} is the address behind it. */
    void slowForm(Instruction instruction, long next) {
        state.rip = next;
        slow.execute(instruction);
    }

    /** An indirect branch or a return to an address that is none. */
    CpuException nonCanonicalTarget() {
        return state.gp();
    }

    /** An instruction of a region raised an exception. */
    void faulted(Region region, int position, long entry, long executed, long memoryAccesses) {
        state.rip = entry + region.offsets[position];
        addRetired(executed - region.remaining[position], memoryAccesses);
    }

    /** For tests: see {@link Translator#compileAfter}. */
    void compileAfter(int executions, boolean wears) {
        translator.compileAfter(executions, wears);
    }

    /** An instruction that is left to {@link SlowPath}, in the midst of a block. */
    private void slow(long next, int number) {
        Instruction instruction = blocks.arena().instruction(number);
        state.rip = next;
        if (InstructionProfile.ON) {
            profile.slow(instruction);
        }
        slow.execute(instruction);
        if (InstructionProfile.ON) {
            profile.slow(null);
        }
    }

    /** A form with an address whose translation is not at hand. */
    private void addressed(long[] r, long w, long im) {
        final int d = Uop.d(w);
        final long a = Uop.address(r, w, im);
        final long b = Uop.b(r, w, im);
        switch ((int) w & 0xFF) {
            case Uop.LOAD8 -> r[d] = Alu.low8(r[d], mmu.read8(a));
            case Uop.LOAD16 -> r[d] = Alu.low16(r[d], mmu.read16(a));
            case Uop.LOAD64, Uop.LOAD32, Uop.LOAD16Z, Uop.LOAD8Z -> r[d] = mmu.read(a, Uop.size(w));
            case Uop.LOADSXD -> r[d] = (int) mmu.read32(a);
            case Uop.POP -> {
                long v = mmu.read64(a);
                r[Uop.base(w)] += 8;
                r[d] = v;
            }
            case Uop.LEAVE -> {
                long v = mmu.read64(a);
                r[RSP] = a + 8;
                r[d] = v;
            }
            case Uop.CMP64_MB, Uop.CMP32_MB, Uop.CMP8_MB, Uop.TEST64_M, Uop.TEST32_M, Uop.TEST8_M -> memory.aluToMemory(w, im, b);
            case Uop.STORE64, Uop.STORE32, Uop.STORE16, Uop.STORE8 -> mmu.write(a, Uop.size(w), b);
            case Uop.PUSH -> {
                mmu.write64(a, b);
                // The stack pointer moves only when the store went through.
                r[Uop.base(w)] = a;
            }
            default -> memory.aluFromMemory(w, im);
        }
    }

    /** The stack pointer moves only when the store went through. */
    private static void push(long[] r, Mmu m, long value) {
        long top = r[RSP] - 8;
        VarHandle.releaseFence();
        Mmu.write64(r, m, top, value);
        r[RSP] = top;
    }

    /**
     * The less frequent forms, and what ends a block with a jump that the instruction alone does not tell. The JVM's compiler does not inline so long a
     * method, which is as it should be (see the class comment).
     *
     * @param position the block's
     * @param rip the block's address
     * @param length the block's bytes, where the form ends it
     * @return where the jump goes
     */
    private long rare(long[] r, long w, long im, int position, long rip, int length) {
        final CpuState s = state;
        final int d = Uop.d(w);
        switch ((int) w & 0xFF) {
            case Uop.ALU_RM -> memory.aluFromMemory(w, im);
            case Uop.ALU_MR -> memory.aluToMemory(w, im, Uop.b(r, w, im));
            case Uop.STEP_M -> memory.step(w, im);
            case Uop.SHIFT_CL -> shiftByCl(r, w);
            case Uop.MOVSX_RR -> signExtend(r, w, r[Uop.s(w)]);
            case Uop.LOADS -> signExtend(r, w, mmu.read(Uop.address(r, w, im), Uop.size(w)));
            case Uop.ALU64, Uop.ALU32 -> alu(r, w, Uop.b(r, w, im));
            case Uop.ALU16 -> alu16(r, w, Uop.b(r, w, im));
            case Uop.ALU8 -> r[d] = Alu.low8(r[d], Alu.binary(s, Uop.aluOp(w), r[d], Uop.b(r, w, im), 1));
            case Uop.NEG -> r[d] = Alu.negate(s, r[d], Uop.size(w));
            case Uop.NOT -> r[d] = Alu.zeroExtend(~r[d], Uop.size(w));
            case Uop.ROL -> r[d] = Shifts.rol(s, Alu.zeroExtend(r[d], Uop.size(w)), (int) (im >> 32), Uop.size(w));
            case Uop.ROR -> r[d] = Shifts.ror(s, Alu.zeroExtend(r[d], Uop.size(w)), (int) (im >> 32), Uop.size(w));
            case Uop.BSWAP -> r[d] = Uop.size(w) == 8 ? Long.reverseBytes(r[d]) : Integer.reverseBytes((int) r[d]) & LOW32;
            case Uop.IMUL64_I -> r[d] = Alu.imul(s, r[Uop.s(w)], Uop.imm(im), 8);
            case Uop.IMUL32_I -> r[d] = Alu.imul(s, r[Uop.s(w)], Uop.imm(im), 4);
            case Uop.CALL -> {
                return call(r, rip + (int) im, position, rip + length);
            }
            case Uop.CALL_R -> {
                return call(r, r[Uop.s(w)], position, rip + length);
            }
            case Uop.CALL_M -> {
                return call(r, mmu.read64(Uop.address(r, w, im)), position, rip + length);
            }
            case Uop.JMP_R -> {
                return checked(r[Uop.s(w)]);
            }
            case Uop.JMP_M -> {
                return checked(mmu.read64(Uop.address(r, w, im)));
            }
            case Uop.RET -> {
                long target = checked(mmu.read64(r[RSP]));
                r[RSP] += 8;
                return target;
            }
            default -> throw new IllegalStateException("No such uop: " + ((int) w & 0xFF));
        }
        return 0;
    }

    /** An indirect branch to an address that is none faults where it is (SDM vol. 2, CALL, JMP, RET). */
    private long checked(long target) {
        if (target << 16 >> 16 != target) {
            throw state.gp();
        }
        return target;
    }

    private long call(long[] r, long target, int position, long behind) {
        checked(target);
        push(r, mmu, behind);
        blocks.called(position, behind);
        return target;
    }

    private void alu(long[] r, long w, long b) {
        int op = Uop.aluOp(w);
        long x = Alu.binary(state, op, r[Uop.d(w)], b, Uop.size(w));
        if (Ops.writes(op)) {
            r[Uop.d(w)] = x;
        }
    }

    private void alu16(long[] r, long w, long b) {
        int op = Uop.aluOp(w);
        long x = Alu.binary(state, op, r[Uop.d(w)], b, 2);
        if (Ops.writes(op)) {
            r[Uop.d(w)] = Alu.low16(r[Uop.d(w)], x);
        }
    }

    private void shiftByCl(long[] r, long w) {
        Op op = switch (Uop.aluOp(w)) {
            case Lowering.SHL_BY_CL -> Op.SHL;
            case Lowering.SHR_BY_CL -> Op.SHR;
            default -> Op.SAR;
        };
        int d = Uop.d(w);
        r[d] = Shifts.shift(state, op, r[d], (int) r[X86Regs.RCX], Uop.size(w));
    }

    /** MOVSX and MOVSXD: the size field is the source's, the ALU field the destination's. */
    private static void signExtend(long[] r, long w, long value) {
        long x = Alu.signExtend(value, Uop.size(w));
        r[Uop.d(w)] = Uop.aluOp(w) == 8 ? x : x & LOW32;
    }

    /** Runs one instruction outside the loop and any cache, for single-stepping; after a fault {@link CpuState#rip} points to it. */
    void step(Instruction instruction) {
        long start = state.rip;
        state.rip = start + instruction.length;
        try {
            slow.executeEnd(instruction);
        } catch (CpuException e) {
            state.rip = start;
            throw e;
        }
        loop.retired++;
    }
}
