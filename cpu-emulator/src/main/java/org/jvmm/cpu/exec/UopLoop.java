package org.jvmm.cpu.exec;

import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.mmu.TlbAccess;
import org.jvmm.cpu.mmu.Words;
import org.jvmm.cpu.state.CpuState;

/**
 * The loop over the uops of linked blocks, as far as it goes without a call: it knows the frequent forms, addresses whose translations are at hand, and
 * branches that lead to a block that is linked. What else comes, it leaves to the {@link Interpreter}, which comes back afterwards.
 *
 * <p>The shape follows from what C2 does with it. A Java method has no registers that survive a call, so one call in the loop, however rare, puts all of
 * its variables on the stack, and the dispatch of a uop goes through a dozen of them. C2 computes whatever two cases have in common once, before
 * the switch, so cases share no loads, and what evaluates flags is told apart first; registers and TLBs are one array. Helpers are static and small, to be
 * inlined; C2 stops inlining when a method has 18,000 nodes (NodeCountInliningCutoff), and past that the smallest helper becomes a call. Arrays are accessed
 * without a check of the index ({@link Words}) for that too: code for an exception takes more nodes than the access. There are some 16,000.
 *
 * <p>Helpers are calls too where the compiler is not told to inline what is rare, and the switches become tables of jumps, which some processors predict
 * worse than a tree of comparisons: the launcher has the options for both.
 *
 * <p>The fences around guest accesses are no instructions on x86: they keep C2 from moving the accesses (see {@link Mmu}).
 */
final class UopLoop {
    private static final long LOW32 = 0xFFFF_FFFFL;
    private static final int RSP = X86Regs.RSP;

    /** Instructions of the blocks entered here. */
    long retired;
    /** Accesses to memory of the blocks entered here. */
    long accesses;
    /** The block in execution. */
    int position;
    /** Where that block's end leads, unless it is left to the caller. */
    long target;
    /** The link to there: a position, that of a block in another page as a negative number, or {@link CodeArena#NONE}. */
    int successor;
    /** Whether the loop should return at the next block end. Written by any thread. */
    volatile boolean attention;

    /**
     * Executes from the uop at {@code pc} of the block at {@link #position}, whose address is in {@link CpuState#BLOCK_RIP}.
     *
     * @return the place behind the uop at which it ended: one that was not executed, or the end of a block, with {@link #target} and {@link #successor}
     */
    int run(CpuState s, long[] r, long[] code, int pc) {
        // What is known not to be null here is not looked at again in the loop.
        Objects.requireNonNull(code);
        loop : while (true) {
            final long w = Words.get(code, pc);
            final long im = Words.get(code, pc + 1);
            pc += 2;
            final int op = (int) w & 0xFF;
            final int d = Uop.d(w);
            if (op < Uop.CARRYING) {
                final int a = Uop.a(w);
                switch (op) {
                    case Uop.NOP -> {
                    }
                    case Uop.MOV64 -> Words.put(r, d, Words.get(r, Uop.s(w)));
                    case Uop.MOV32 -> Words.put(r, d, Words.get(r, Uop.s(w)) & LOW32);
                    case Uop.MOV_RI -> Words.put(r, d, im);
                    case Uop.MOVZX8 -> Words.put(r, d, Words.get(r, Uop.s(w)) & 0xFF);
                    case Uop.MOVZX16 -> Words.put(r, d, Words.get(r, Uop.s(w)) & 0xFFFF);
                    case Uop.MOVSXD -> Words.put(r, d, (int) Words.get(r, Uop.s(w)));
                    case Uop.MOV8 -> Words.put(r, d, Alu.low8(Words.get(r, d), Uop.b(r, w, im)));
                    case Uop.ADD64 -> Words.put(r, d, Alu.add64(s, Words.get(r, a), Uop.b(r, w, im)));
                    case Uop.SUB64 -> Words.put(r, d, Alu.sub64(s, Words.get(r, a), Uop.b(r, w, im)));
                    case Uop.CMP64 -> Alu.sub64(s, Words.get(r, d), Uop.b(r, w, im));
                    case Uop.AND64 -> Words.put(r, d, Alu.logic64(s, Words.get(r, a) & Uop.b(r, w, im)));
                    case Uop.OR64 -> Words.put(r, d, Alu.logic64(s, Words.get(r, a) | Uop.b(r, w, im)));
                    case Uop.XOR64 -> Words.put(r, d, Alu.logic64(s, Words.get(r, a) ^ Uop.b(r, w, im)));
                    case Uop.TEST64 -> Alu.logic64(s, Words.get(r, d) & Uop.b(r, w, im));
                    case Uop.SHL64 -> Words.put(r, d, Shifts.shl64(s, Words.get(r, a), (int) (im >> 32)));
                    case Uop.SHR64 -> Words.put(r, d, Shifts.shr64(s, Words.get(r, a), (int) (im >> 32)));
                    case Uop.SAR64 -> Words.put(r, d, Shifts.sar64(s, Words.get(r, a), (int) (im >> 32)));
                    case Uop.IMUL64 -> Words.put(r, d, Alu.imul64(s, Words.get(r, a), Words.get(r, Uop.s(w))));
                    case Uop.ADD32 -> Words.put(r, d, Alu.add32(s, Words.get(r, a), Uop.b(r, w, im)));
                    case Uop.SUB32 -> Words.put(r, d, Alu.sub32(s, Words.get(r, a), Uop.b(r, w, im)));
                    case Uop.CMP32 -> Alu.sub32(s, Words.get(r, d), Uop.b(r, w, im));
                    case Uop.AND32 -> Words.put(r, d, Alu.logic32(s, Words.get(r, a) & Uop.b(r, w, im)));
                    case Uop.OR32 -> Words.put(r, d, Alu.logic32(s, Words.get(r, a) | Uop.b(r, w, im)));
                    case Uop.XOR32 -> Words.put(r, d, Alu.logic32(s, Words.get(r, a) ^ Uop.b(r, w, im)));
                    case Uop.TEST32 -> Alu.logic32(s, Words.get(r, d) & Uop.b(r, w, im));
                    case Uop.SHL32 -> Words.put(r, d, Shifts.shl32(s, Words.get(r, a), (int) (im >> 32)));
                    case Uop.SHR32 -> Words.put(r, d, Shifts.shr32(s, Words.get(r, a), (int) (im >> 32)));
                    case Uop.SAR32 -> Words.put(r, d, Shifts.sar32(s, Words.get(r, a), (int) (im >> 32)));
                    case Uop.IMUL32 -> Words.put(r, d, Alu.imul32(s, Words.get(r, a), Words.get(r, Uop.s(w))));
                    case Uop.CMP8 -> Alu.sub8(s, Words.get(r, d), Uop.b(r, w, im));
                    case Uop.TEST8 -> Alu.logic64(s, (byte) (Words.get(r, d) & Uop.b(r, w, im)));
                    case Uop.ADD16 -> Words.put(r, d, Alu.low16(Words.get(r, d), Alu.add16(s, Words.get(r, d), Uop.b(r, w, im))));
                    case Uop.CMP16 -> Alu.sub16(s, Words.get(r, d), Uop.b(r, w, im));
                    case Uop.ZERO -> Words.put(r, d, Alu.logic64(s, 0));
                    case Uop.ADD64_N -> Words.put(r, d, Words.get(r, a) + Uop.b(r, w, im));
                    case Uop.ADD32_N -> Words.put(r, d, Words.get(r, a) + Uop.b(r, w, im) & LOW32);
                    case Uop.SUB64_N -> Words.put(r, d, Words.get(r, a) - Uop.b(r, w, im));
                    case Uop.SUB32_N -> Words.put(r, d, Words.get(r, a) - Uop.b(r, w, im) & LOW32);
                    case Uop.AND64_N -> Words.put(r, d, Words.get(r, a) & Uop.b(r, w, im));
                    case Uop.AND32_N -> Words.put(r, d, Words.get(r, a) & Uop.b(r, w, im) & LOW32);
                    case Uop.OR64_N -> Words.put(r, d, Words.get(r, a) | Uop.b(r, w, im));
                    case Uop.OR32_N -> Words.put(r, d, (Words.get(r, a) | Uop.b(r, w, im)) & LOW32);
                    case Uop.XOR64_N -> Words.put(r, d, Words.get(r, a) ^ Uop.b(r, w, im));
                    case Uop.XOR32_N -> Words.put(r, d, (Words.get(r, a) ^ Uop.b(r, w, im)) & LOW32);
                    case Uop.SHL64_N -> Words.put(r, d, Words.get(r, a) << (int) (im >> 32));
                    case Uop.MOVES64 -> {
                        Words.put(r, Uop.moveTo(im, 0), Words.get(r, Uop.moveFrom(im, 0)));
                        Words.put(r, Uop.moveTo(im, 1), Words.get(r, Uop.moveFrom(im, 1)));
                        Words.put(r, Uop.moveTo(im, 2), Words.get(r, Uop.moveFrom(im, 2)));
                        Words.put(r, Uop.moveTo(im, 3), Words.get(r, Uop.moveFrom(im, 3)));
                    }
                    case Uop.MOVES32 -> {
                        Words.put(r, Uop.moveTo(im, 0), Words.get(r, Uop.moveFrom(im, 0)) & LOW32);
                        Words.put(r, Uop.moveTo(im, 1), Words.get(r, Uop.moveFrom(im, 1)) & LOW32);
                        Words.put(r, Uop.moveTo(im, 2), Words.get(r, Uop.moveFrom(im, 2)) & LOW32);
                        Words.put(r, Uop.moveTo(im, 3), Words.get(r, Uop.moveFrom(im, 3)) & LOW32);
                    }
                    case Uop.SHR32_N -> Words.put(r, d, (Words.get(r, a) & LOW32) >>> (int) (im >> 32));
                    default -> {
                        break loop;
                    }
                }
            } else if (op >= Uop.ADDRESSED && op < Uop.TERMINATORS) {
                final long a = Uop.address(r, w, im);
                if (op < Uop.LOADS64) {
                    Words.put(r, d, op == Uop.LEA64 ? a : a & LOW32);
                } else if (op < Uop.STORES) {
                    final int at = TlbAccess.readSlot(a);
                    if (!TlbAccess.hits(r, at, a + Uop.size(w) - 1)) {
                        break;
                    }
                    final long host = TlbAccess.host(r, at, a);
                    if (op < Uop.LOADS32) {
                        final long v = TlbAccess.get64(host);
                        VarHandle.acquireFence();
                        switch (op) {
                            case Uop.LOAD64 -> Words.put(r, d, v);
                            case Uop.ADD64_M -> Words.put(r, d, Alu.add64(s, Words.get(r, d), v));
                            case Uop.SUB64_M -> Words.put(r, d, Alu.sub64(s, Words.get(r, d), v));
                            case Uop.CMP64_M -> Alu.sub64(s, Words.get(r, d), v);
                            case Uop.CMP64_MB -> Alu.sub64(s, v, Uop.b(r, w, im));
                            case Uop.AND64_M -> Words.put(r, d, Alu.logic64(s, Words.get(r, d) & v));
                            case Uop.OR64_M -> Words.put(r, d, Alu.logic64(s, Words.get(r, d) | v));
                            case Uop.XOR64_M -> Words.put(r, d, Alu.logic64(s, Words.get(r, d) ^ v));
                            case Uop.TEST64_M -> Alu.logic64(s, v & Uop.b(r, w, im));
                            case Uop.POP -> {
                                Words.put(r, Uop.base(w), Words.get(r, Uop.base(w)) + 8);
                                Words.put(r, d, v);
                            }
                            default -> {
                                // LEAVE
                                Words.put(r, RSP, a + 8);
                                Words.put(r, d, v);
                            }
                        }
                    } else if (op < Uop.LOADS_SHORT) {
                        final long v = TlbAccess.get32(host);
                        VarHandle.acquireFence();
                        switch (op) {
                            case Uop.LOAD32 -> Words.put(r, d, v);
                            case Uop.ADD32_M -> Words.put(r, d, Alu.add32(s, Words.get(r, d), v));
                            case Uop.SUB32_M -> Words.put(r, d, Alu.sub32(s, Words.get(r, d), v));
                            case Uop.CMP32_M -> Alu.sub32(s, Words.get(r, d), v);
                            case Uop.CMP32_MB -> Alu.sub32(s, v, Uop.b(r, w, im));
                            case Uop.AND32_M -> Words.put(r, d, Alu.logic32(s, Words.get(r, d) & v));
                            case Uop.OR32_M -> Words.put(r, d, Alu.logic32(s, Words.get(r, d) | v));
                            case Uop.XOR32_M -> Words.put(r, d, Alu.logic32(s, Words.get(r, d) ^ v));
                            case Uop.TEST32_M -> Alu.logic32(s, v & Uop.b(r, w, im));
                            default -> Words.put(r, d, (int) v);
                        }
                    } else if (op >= Uop.LOADS16) {
                        final long v = TlbAccess.get16(host);
                        VarHandle.acquireFence();
                        Words.put(r, d, op == Uop.LOAD16Z ? v : Alu.low16(Words.get(r, d), v));
                    } else {
                        final long v = TlbAccess.get8(host);
                        VarHandle.acquireFence();
                        switch (op) {
                            case Uop.LOAD8Z -> Words.put(r, d, v);
                            case Uop.LOAD8 -> Words.put(r, d, Alu.low8(Words.get(r, d), v));
                            case Uop.CMP8_MB -> Alu.sub8(s, v, Uop.b(r, w, im));
                            default -> Alu.logic64(s, (byte) (v & Uop.b(r, w, im)));
                        }
                    }
                } else {
                    final int at = TlbAccess.writeSlot(a);
                    if (!TlbAccess.hits(r, at, a + Uop.size(w) - 1)) {
                        break;
                    }
                    final long host = TlbAccess.host(r, at, a);
                    final long v = Uop.b(r, w, im);
                    VarHandle.releaseFence();
                    switch (op) {
                        case Uop.STORE32 -> TlbAccess.put32(host, v);
                        case Uop.STORE16 -> TlbAccess.put16(host, v);
                        case Uop.STORE8 -> TlbAccess.put8(host, v);
                        default -> {
                            TlbAccess.put64(host, v);
                            if (op == Uop.PUSH) {
                                Words.put(r, Uop.base(w), a);
                            }
                        }
                    }
                }
            } else if (op < Uop.CONDITIONAL) {
                final int a = Uop.a(w);
                switch (op) {
                    case Uop.MOV16 -> Words.put(r, d, Alu.low16(Words.get(r, d), Uop.b(r, w, im)));
                    case Uop.INC64 -> Words.put(r, d, Alu.increment64(s, Words.get(r, a)));
                    case Uop.INC32 -> Words.put(r, d, Alu.increment32(s, Words.get(r, a)));
                    case Uop.DEC64 -> Words.put(r, d, Alu.decrement64(s, Words.get(r, a)));
                    case Uop.DEC32 -> Words.put(r, d, Alu.decrement32(s, Words.get(r, a)));
                    case Uop.ROL32 -> Words.put(r, d, Shifts.rol32(s, Words.get(r, a), (int) (im >> 32)));
                    case Uop.ROR32 -> Words.put(r, d, Shifts.ror32(s, Words.get(r, a), (int) (im >> 32)));
                    default -> {
                        break loop;
                    }
                }
            } else if (op < Uop.ADDRESSED) {
                switch (op) {
                    case Uop.CMOV64 ->
                        Words.put(r, d, taken(s, Uop.TERMINATORS + Uop.condition(w)) ? Words.get(r, Uop.s(w)) : Words.get(r, d));
                    case Uop.CMOV32 ->
                        Words.put(r, d, (taken(s, Uop.TERMINATORS + Uop.condition(w)) ? Words.get(r, Uop.s(w)) : Words.get(r, d)) & LOW32);
                    case Uop.SETCC -> Words.put(r, d, Alu.low8(Words.get(r, d), taken(s, Uop.TERMINATORS + Uop.condition(w)) ? 1 : 0));
                    default -> {
                        break loop;
                    }
                }
            } else {
                int condition = op;
                if (op >= Uop.FUSED) {
                    switch (op) {
                        case Uop.CMP64_J -> Alu.sub64(s, Words.get(r, d), Uop.b(r, w, im));
                        case Uop.CMP32_J -> Alu.sub32(s, Words.get(r, d), Uop.b(r, w, im));
                        case Uop.CMP16_J -> Alu.sub16(s, Words.get(r, d), Uop.b(r, w, im));
                        case Uop.CMP8_J -> Alu.sub8(s, Words.get(r, d), Uop.b(r, w, im));
                        case Uop.TEST64_J -> Alu.logic64(s, Words.get(r, d) & Uop.b(r, w, im));
                        case Uop.TEST32_J -> Alu.logic32(s, Words.get(r, d) & Uop.b(r, w, im));
                        default -> Alu.logic64(s, (byte) (Words.get(r, d) & Uop.b(r, w, im)));
                    }
                    condition = Uop.TERMINATORS + Uop.condition(w);
                } else if (Uop.endsElsewhere(op)) {
                    break;
                }
                final int p = position;
                final int next;
                long rip = Words.get(r, CpuState.BLOCK_RIP);
                final long links = Words.get(code, p + CodeArena.LINKS);
                if (condition == Uop.JMP || condition != Uop.FALL && taken(s, condition)) {
                    rip += (int) im;
                    next = (int) links;
                } else {
                    rip += CodeArena.length(Words.get(code, p + CodeArena.HEAD));
                    next = (int) (links >>> 32);
                }
                final long h = Words.get(code, Math.max(next, CodeArena.NONE) + CodeArena.HEAD);
                // The words of no block are zero.
                if (h < CodeArena.ONCE || attention || InstructionProfile.ON) {
                    successor = next;
                    target = rip;
                    break;
                }
                position = next;
                Words.put(code, next + CodeArena.HEAD, h - CodeArena.ONCE);
                Words.put(r, CpuState.BLOCK_RIP, rip);
                retired += CodeArena.count(h);
                accesses += CodeArena.accesses(h);
                pc = next + CodeArena.UOPS;
            }
        }
        return pc;
    }

    /** Evaluates what a conditional jump asks; not for {@link Uop#isRareCondition rare ones}. */
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
            default -> result != 0 && CpuState.less(result, aux) >= 0;
        };
    }
}
