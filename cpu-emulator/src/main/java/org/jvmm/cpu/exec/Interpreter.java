package org.jvmm.cpu.exec;

import java.lang.invoke.VarHandle;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.fault.DebugStop;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/**
 * The loop that executes blocks. It knows the frequent instruction forms; all others go to {@link SlowPath}.
 *
 * <p>State that the loop keeps to itself while it runs: the instruction pointer (the block's address plus an offset). {@link CpuState#rip} is made right
 * before anything that reads it, and computed from the position in the block after a fault.
 *
 * <p>The shape follows from what C2 does with it. It computes whatever two cases have in common once, before the switch, so cases share no loads:
 * registers and TLBs are one array, and what only the end of a block needs is kept out of the inner loop. Helpers are static and small, to be inlined. C2
 * stops inlining when a method has 18,000 nodes (NodeCountInliningCutoff), of which one access to memory takes a thousand before it is simplified; past that
 * the smallest helper becomes a call. So each kind of access is in the loop once, and what is rare is in methods too long to be inlined (FreqInlineSize, 325
 * bytecodes).
 *
 * <p>The fences around guest accesses are no instructions on x86: they keep C2 from moving the accesses (see {@link Mmu}).
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

    /** Null unless {@link InstructionProfile#ON}. */
    private final InstructionProfile profile;
    /** Instructions retired in the loop and in {@link #step}. */
    private long retired;
    /** Instructions retired in compiled code. */
    private long retiredCompiled;
    /** Accesses to memory. */
    private long accesses;
    /** Entries into compiled code. */
    private long regionEntries;
    /** Non-zero when the loop should return at the next block end. Written by any thread. */
    private volatile boolean attention;

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
        return retired + retiredCompiled;
    }

    /** Compiled code left for another block: what it executed. */
    void addRetired(long count, long memoryAccesses) {
        retiredCompiled += count;
        accesses += memoryAccesses;
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
        sum.interpreted += retired;
        sum.compiled += retiredCompiled;
        sum.dataAccesses += accesses;
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
                    if (attention) {
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
            retired += CodeArena.count(head);
            accesses += CodeArena.accesses(head);
            int pc = p + CodeArena.UOPS;
            long w;
            long im;
            int next = CodeArena.NONE;
            int end = 0;
            try {
                while (true) {
                    w = code[pc];
                    im = code[pc + 1];
                    pc += 2;
                    final int op = (int) w & 0xFF;
                    if (op < Uop.CARRYING) {
                        switch (op) {
                            case Uop.SLOW -> slow(rip + Uop.next(w), (int) im);
                            case Uop.NOP -> {
                            }
                            case Uop.MOV64 -> r[Uop.d(w)] = r[Uop.s(w)];
                            case Uop.MOV32 -> r[Uop.d(w)] = r[Uop.s(w)] & LOW32;
                            case Uop.MOV_RI -> r[Uop.d(w)] = im;
                            case Uop.MOVZX8 -> r[Uop.d(w)] = r[Uop.s(w)] & 0xFF;
                            case Uop.MOVZX16 -> r[Uop.d(w)] = r[Uop.s(w)] & 0xFFFF;
                            case Uop.MOVSXD -> r[Uop.d(w)] = (int) r[Uop.s(w)];
                            case Uop.MOV8 -> setLow8(r, Uop.d(w), r[Uop.s(w)]);
                            case Uop.ADD64 -> r[Uop.d(w)] = Alu.add64(s, r[Uop.d(w)], Uop.b(r, w, im));
                            case Uop.SUB64 -> r[Uop.d(w)] = Alu.sub64(s, r[Uop.d(w)], Uop.b(r, w, im));
                            case Uop.CMP64 -> Alu.sub64(s, r[Uop.d(w)], Uop.b(r, w, im));
                            case Uop.AND64 -> r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] & Uop.b(r, w, im));
                            case Uop.OR64 -> r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] | Uop.b(r, w, im));
                            case Uop.XOR64 -> r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] ^ Uop.b(r, w, im));
                            case Uop.TEST64 -> Alu.logic64(s, r[Uop.d(w)] & Uop.b(r, w, im));
                            case Uop.SHL64 -> r[Uop.d(w)] = Shifts.shl64(s, r[Uop.d(w)], (int) (im >> 32));
                            case Uop.SHR64 -> r[Uop.d(w)] = Shifts.shr64(s, r[Uop.d(w)], (int) (im >> 32));
                            case Uop.SAR64 -> r[Uop.d(w)] = Shifts.sar64(s, r[Uop.d(w)], (int) (im >> 32));
                            case Uop.IMUL64 -> r[Uop.d(w)] = Alu.imul64(s, r[Uop.d(w)], r[Uop.s(w)]);
                            case Uop.ADD32 -> r[Uop.d(w)] = Alu.add32(s, r[Uop.d(w)], Uop.b(r, w, im));
                            case Uop.SUB32 -> r[Uop.d(w)] = Alu.sub32(s, r[Uop.d(w)], Uop.b(r, w, im));
                            case Uop.CMP32 -> Alu.sub32(s, r[Uop.d(w)], Uop.b(r, w, im));
                            case Uop.AND32 -> r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] & Uop.b(r, w, im));
                            case Uop.OR32 -> r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] | Uop.b(r, w, im));
                            case Uop.XOR32 -> r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] ^ Uop.b(r, w, im));
                            case Uop.TEST32 -> Alu.logic32(s, r[Uop.d(w)] & Uop.b(r, w, im));
                            case Uop.SHL32 -> r[Uop.d(w)] = Shifts.shl32(s, r[Uop.d(w)], (int) (im >> 32));
                            case Uop.SHR32 -> r[Uop.d(w)] = Shifts.shr32(s, r[Uop.d(w)], (int) (im >> 32));
                            case Uop.SAR32 -> r[Uop.d(w)] = Shifts.sar32(s, r[Uop.d(w)], (int) (im >> 32));
                            case Uop.IMUL32 -> r[Uop.d(w)] = Alu.imul32(s, r[Uop.d(w)], r[Uop.s(w)]);
                            case Uop.CMP8 -> Alu.sub8(s, r[Uop.d(w)], Uop.b(r, w, im));
                            case Uop.TEST8 -> Alu.logic64(s, (byte) (r[Uop.d(w)] & Uop.b(r, w, im)));
                            case Uop.ZERO -> r[Uop.d(w)] = Alu.logic64(s, 0);
                            case Uop.ADD64_N -> r[Uop.d(w)] += Uop.b(r, w, im);
                            case Uop.ADD32_N -> r[Uop.d(w)] = r[Uop.d(w)] + Uop.b(r, w, im) & LOW32;
                            case Uop.SUB64_N -> r[Uop.d(w)] -= Uop.b(r, w, im);
                            case Uop.SUB32_N -> r[Uop.d(w)] = r[Uop.d(w)] - Uop.b(r, w, im) & LOW32;
                            case Uop.AND64_N -> r[Uop.d(w)] &= Uop.b(r, w, im);
                            case Uop.AND32_N -> r[Uop.d(w)] = r[Uop.d(w)] & Uop.b(r, w, im) & LOW32;
                            case Uop.OR64_N -> r[Uop.d(w)] |= Uop.b(r, w, im);
                            case Uop.OR32_N -> r[Uop.d(w)] = (r[Uop.d(w)] | Uop.b(r, w, im)) & LOW32;
                            case Uop.XOR64_N -> r[Uop.d(w)] ^= Uop.b(r, w, im);
                            case Uop.XOR32_N -> r[Uop.d(w)] = (r[Uop.d(w)] ^ Uop.b(r, w, im)) & LOW32;
                            case Uop.SHL64_N -> r[Uop.d(w)] <<= (int) (im >> 32);
                            case Uop.SHR32_N -> r[Uop.d(w)] = (r[Uop.d(w)] & LOW32) >>> (int) (im >> 32);
                            default -> rare(r, w, im, p, rip, 0);
                        }
                    } else if (op >= Uop.TERMINATORS) {
                        break;
                    } else if (op < Uop.ADDRESSED) {
                        switch (op) {
                            case Uop.INC64 -> r[Uop.d(w)] = Alu.increment64(s, r[Uop.d(w)]);
                            case Uop.INC32 -> r[Uop.d(w)] = Alu.increment32(s, r[Uop.d(w)]);
                            case Uop.DEC64 -> r[Uop.d(w)] = Alu.decrement64(s, r[Uop.d(w)]);
                            case Uop.DEC32 -> r[Uop.d(w)] = Alu.decrement32(s, r[Uop.d(w)]);
                            case Uop.ROL32 -> r[Uop.d(w)] = Shifts.rol32(s, r[Uop.d(w)], (int) (im >> 32));
                            case Uop.ROR32 -> r[Uop.d(w)] = Shifts.ror32(s, r[Uop.d(w)], (int) (im >> 32));
                            default -> rare(r, w, im, p, rip, 0);
                        }
                    } else {
                        final long a = Uop.address(r, w, im);
                        if (op < Uop.LOADS64) {
                            r[Uop.d(w)] = op == Uop.LEA64 ? a : a & LOW32;
                        } else if (op < Uop.LOADS32) {
                            final long v = Mmu.read64(r, m, a);
                            VarHandle.acquireFence();
                            switch (op) {
                                case Uop.LOAD64 -> r[Uop.d(w)] = v;
                                case Uop.ADD64_M -> r[Uop.d(w)] = Alu.add64(s, r[Uop.d(w)], v);
                                case Uop.SUB64_M -> r[Uop.d(w)] = Alu.sub64(s, r[Uop.d(w)], v);
                                case Uop.CMP64_M -> Alu.sub64(s, r[Uop.d(w)], v);
                                case Uop.CMP64_MB -> Alu.sub64(s, v, Uop.b(r, w, im));
                                case Uop.AND64_M -> r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] & v);
                                case Uop.OR64_M -> r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] | v);
                                case Uop.XOR64_M -> r[Uop.d(w)] = Alu.logic64(s, r[Uop.d(w)] ^ v);
                                case Uop.TEST64_M -> Alu.logic64(s, v & Uop.b(r, w, im));
                                case Uop.POP -> {
                                    r[Uop.base(w)] += 8;
                                    r[Uop.d(w)] = v;
                                }
                                default -> {
                                    // LEAVE
                                    r[RSP] = a + 8;
                                    r[Uop.d(w)] = v;
                                }
                            }
                        } else if (op < Uop.LOADS_SHORT) {
                            final long v = Mmu.read32(r, m, a);
                            VarHandle.acquireFence();
                            switch (op) {
                                case Uop.LOAD32 -> r[Uop.d(w)] = v;
                                case Uop.ADD32_M -> r[Uop.d(w)] = Alu.add32(s, r[Uop.d(w)], v);
                                case Uop.SUB32_M -> r[Uop.d(w)] = Alu.sub32(s, r[Uop.d(w)], v);
                                case Uop.CMP32_M -> Alu.sub32(s, r[Uop.d(w)], v);
                                case Uop.CMP32_MB -> Alu.sub32(s, v, Uop.b(r, w, im));
                                case Uop.AND32_M -> r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] & v);
                                case Uop.OR32_M -> r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] | v);
                                case Uop.XOR32_M -> r[Uop.d(w)] = Alu.logic32(s, r[Uop.d(w)] ^ v);
                                case Uop.TEST32_M -> Alu.logic32(s, v & Uop.b(r, w, im));
                                default -> r[Uop.d(w)] = (int) v;
                            }
                        } else if (op == Uop.LOAD16Z || op == Uop.STORE16) {
                            rare(r, w, im, p, rip, 0);
                        } else if (op < Uop.STORES) {
                            final long v = Mmu.read8(r, m, a);
                            VarHandle.acquireFence();
                            switch (op) {
                                case Uop.LOAD8Z -> r[Uop.d(w)] = v;
                                case Uop.CMP8_MB -> Alu.sub8(s, v, Uop.b(r, w, im));
                                default -> Alu.logic64(s, (byte) (v & Uop.b(r, w, im)));
                            }
                        } else {
                            final long v = Uop.b(r, w, im);
                            VarHandle.releaseFence();
                            switch (op) {
                                case Uop.STORE32 -> Mmu.write32(r, m, a, v);
                                case Uop.STORE8 -> Mmu.write8(r, m, a, v);
                                default -> {
                                    Mmu.write64(r, m, a, v);
                                    if (op == Uop.PUSH) {
                                        // The stack pointer moves only when the store went through.
                                        r[Uop.base(w)] = a;
                                    }
                                }
                            }
                        }
                    }
                }
                end = (int) w & 0xFF;
                if (end <= Uop.FALL) {
                    if (end != Uop.FALL && taken(s, end)) {
                        rip += (int) im;
                        next = (int) code[p + CodeArena.LINKS];
                    } else {
                        rip += CodeArena.length(head);
                        next = (int) (code[p + CodeArena.LINKS] >>> 32);
                    }
                } else if (end == Uop.JMP) {
                    rip += (int) im;
                    next = (int) code[p + CodeArena.LINKS];
                } else if (end == Uop.SLOW_END) {
                    final Instruction instruction = arena.instruction((int) im);
                    s.rip = rip + CodeArena.length(head);
                    if (InstructionProfile.ON) {
                        profile.slow(instruction);
                    }
                    boolean stay = slow.executeEnd(instruction);
                    if (InstructionProfile.ON) {
                        profile.slow(null);
                    }
                    if (!stay) {
                        return;
                    }
                    rip = s.rip;
                } else if (end == Uop.EXIT) {
                    // The block's bytes changed under it: go on from this instruction with a fresh block.
                    int index = (pc - p - CodeArena.UOPS >> 1) - 1;
                    retired -= CodeArena.count(head) - index;
                    rip += arena.at(p).offsets[index];
                } else {
                    if (end == Uop.CALL) {
                        next = (int) code[p + CodeArena.LINKS];
                    }
                    rip = rare(r, w, im, p, rip, CodeArena.length(head));
                }
            } catch (CpuException | MachineStop | DebugStop e) {
                // Of what runs above, only an instruction that had no effect yet throws.
                int index = (pc - p - CodeArena.UOPS >> 1) - 1;
                s.rip = rip + arena.at(p).offsets[index];
                retired -= CodeArena.count(head) - index;
                throw e;
            }
            s.rip = rip;
            if (attention) {
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
                p = blocks.successor(end == Uop.RET, p, rip, next);
                from = CodeArena.NONE;
                code = arena.words;
            }
        }
    }

    /** A direct jump to an address that is none faults where it is (SDM vol. 2, JMP and Jcc); what only goes on there faults there. */
    private void checkBorder(int position, long rip) {
        Block b = blocks.arena().at(position);
        int last = b.count - 1;
        int uop = (int) b.word(2 * last) & 0xFF;
        if (uop >= Uop.TERMINATORS && uop <= Uop.CALL && uop != Uop.FALL && rip - state.r[CpuState.BLOCK_RIP] != b.length) {
            state.rip = state.r[CpuState.BLOCK_RIP] + b.offsets[last];
            retired--;
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

    private static boolean taken(CpuState s, int uop) {
        long result = s.flagResult;
        long aux = s.flagAux;
        return switch (uop) {
            case Uop.JB -> aux < 0;
            case Uop.JAE -> aux >= 0;
            case Uop.JE -> result == 0;
            case Uop.JNE -> result != 0;
            case Uop.JBE -> aux < 0 || result == 0;
            case Uop.JA -> aux >= 0 && result != 0;
            case Uop.JS -> CpuState.signed(result, aux) < 0;
            case Uop.JNS -> CpuState.signed(result, aux) >= 0;
            case Uop.JL -> CpuState.less(result, aux) < 0;
            case Uop.JGE -> CpuState.less(result, aux) >= 0;
            case Uop.JLE -> result == 0 || CpuState.less(result, aux) < 0;
            case Uop.JG -> result != 0 && CpuState.less(result, aux) >= 0;
            default -> s.condition(uop - Uop.TERMINATORS);
        };
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
            case Uop.CMOV64 -> r[d] = r[s.condition(Uop.condition(w)) ? Uop.s(w) : d];
            case Uop.CMOV32 -> r[d] = r[s.condition(Uop.condition(w)) ? Uop.s(w) : d] & LOW32;
            case Uop.SETCC -> setLow8(r, d, s.condition(Uop.condition(w)) ? 1 : 0);
            case Uop.LOAD16Z -> r[d] = mmu.read16(Uop.address(r, w, im));
            case Uop.STORE16 -> mmu.write16(Uop.address(r, w, im), Uop.b(r, w, im));
            case Uop.MOVSX_RR -> signExtend(r, w, r[Uop.s(w)]);
            case Uop.LOADS -> signExtend(r, w, mmu.read(Uop.address(r, w, im), Uop.size(w)));
            case Uop.ALU64, Uop.ALU32 -> alu(r, w, Uop.b(r, w, im));
            case Uop.ALU8 -> setLow8(r, d, Alu.binary(s, Uop.aluOp(w), r[d], Uop.b(r, w, im), 1));
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
