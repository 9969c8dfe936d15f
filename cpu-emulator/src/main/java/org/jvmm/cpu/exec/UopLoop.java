package org.jvmm.cpu.exec;

import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.mmu.TlbAccess;
import org.jvmm.cpu.state.CpuState;

/**
 * The loop over the uops of linked blocks, as far as it goes without a call: it knows the frequent forms, addresses whose translations are at hand, and
 * branches that lead to a block that is linked. What else comes, it leaves to the {@link Interpreter}, which comes back afterwards.
 *
 * <p>The shape follows from what C2 does with it. A Java method has no registers that survive a call, so one call in the loop, however rare, puts all of
 * its variables on the stack, and the dispatch of a uop goes through a dozen of them. C2 computes whatever two cases have in common once, before
 * the switch, so cases share no loads, and what evaluates flags is told apart first; registers and TLBs are one array. Helpers are static and small, to be
 * inlined; C2 stops inlining when a method has 18,000 nodes (NodeCountInliningCutoff), of which one access to memory takes eight hundred before it is
 * simplified, and past that the smallest helper becomes a call. So each kind of access is here once.
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
    /** The block in which {@link #run} ended. */
    int position;
    /** Where that block's end leads, unless it is left to the caller. */
    long target;
    /** The link to there: a position, that of a block in another page as a negative number, or {@link CodeArena#NONE}. */
    int successor;
    /** Whether the loop should return at the next block end. Written by any thread. */
    volatile boolean attention;

    /**
     * Executes from the uop at {@code pc} of the block at {@code p}, whose address is in {@link CpuState#BLOCK_RIP}.
     *
     * @return the place behind the uop at which it ended: one that was not executed, or the end of a block, with {@link #target} and {@link #successor}
     */
    int run(CpuState s, long[] code, int p, int pc) {
        final long[] r = s.r;
        // What is known not to be null here is not looked at again in the loop.
        Objects.requireNonNull(code);
        long rip = r[CpuState.BLOCK_RIP];
        loop : while (true) {
            final long w = code[pc];
            final long im = code[pc + 1];
            pc += 2;
            final int op = (int) w & 0xFF;
            final int d = Uop.d(w);
            if (op < Uop.CARRYING) {
                switch (op) {
                    case Uop.NOP -> {
                    }
                    case Uop.MOV64 -> r[d] = r[Uop.s(w)];
                    case Uop.MOV32 -> r[d] = r[Uop.s(w)] & LOW32;
                    case Uop.MOV_RI -> r[d] = im;
                    case Uop.MOVZX8 -> r[d] = r[Uop.s(w)] & 0xFF;
                    case Uop.MOVZX16 -> r[d] = r[Uop.s(w)] & 0xFFFF;
                    case Uop.MOVSXD -> r[d] = (int) r[Uop.s(w)];
                    case Uop.MOV8 -> r[d] = Alu.low8(r[d], Uop.b(r, w, im));
                    case Uop.ADD64 -> r[d] = Alu.add64(s, r[d], Uop.b(r, w, im));
                    case Uop.SUB64 -> r[d] = Alu.sub64(s, r[d], Uop.b(r, w, im));
                    case Uop.CMP64 -> Alu.sub64(s, r[d], Uop.b(r, w, im));
                    case Uop.AND64 -> r[d] = Alu.logic64(s, r[d] & Uop.b(r, w, im));
                    case Uop.OR64 -> r[d] = Alu.logic64(s, r[d] | Uop.b(r, w, im));
                    case Uop.XOR64 -> r[d] = Alu.logic64(s, r[d] ^ Uop.b(r, w, im));
                    case Uop.TEST64 -> Alu.logic64(s, r[d] & Uop.b(r, w, im));
                    case Uop.SHL64 -> r[d] = Shifts.shl64(s, r[d], (int) (im >> 32));
                    case Uop.SHR64 -> r[d] = Shifts.shr64(s, r[d], (int) (im >> 32));
                    case Uop.SAR64 -> r[d] = Shifts.sar64(s, r[d], (int) (im >> 32));
                    case Uop.IMUL64 -> r[d] = Alu.imul64(s, r[d], r[Uop.s(w)]);
                    case Uop.ADD32 -> r[d] = Alu.add32(s, r[d], Uop.b(r, w, im));
                    case Uop.SUB32 -> r[d] = Alu.sub32(s, r[d], Uop.b(r, w, im));
                    case Uop.CMP32 -> Alu.sub32(s, r[d], Uop.b(r, w, im));
                    case Uop.AND32 -> r[d] = Alu.logic32(s, r[d] & Uop.b(r, w, im));
                    case Uop.OR32 -> r[d] = Alu.logic32(s, r[d] | Uop.b(r, w, im));
                    case Uop.XOR32 -> r[d] = Alu.logic32(s, r[d] ^ Uop.b(r, w, im));
                    case Uop.TEST32 -> Alu.logic32(s, r[d] & Uop.b(r, w, im));
                    case Uop.SHL32 -> r[d] = Shifts.shl32(s, r[d], (int) (im >> 32));
                    case Uop.SHR32 -> r[d] = Shifts.shr32(s, r[d], (int) (im >> 32));
                    case Uop.SAR32 -> r[d] = Shifts.sar32(s, r[d], (int) (im >> 32));
                    case Uop.IMUL32 -> r[d] = Alu.imul32(s, r[d], r[Uop.s(w)]);
                    case Uop.CMP8 -> Alu.sub8(s, r[d], Uop.b(r, w, im));
                    case Uop.TEST8 -> Alu.logic64(s, (byte) (r[d] & Uop.b(r, w, im)));
                    case Uop.ADD16 -> r[d] = Alu.low16(r[d], Alu.add16(s, r[d], Uop.b(r, w, im)));
                    case Uop.CMP16 -> Alu.sub16(s, r[d], Uop.b(r, w, im));
                    case Uop.ZERO -> r[d] = Alu.logic64(s, 0);
                    case Uop.ADD64_N -> r[d] = r[d] + Uop.b(r, w, im);
                    case Uop.ADD32_N -> r[d] = r[d] + Uop.b(r, w, im) & LOW32;
                    case Uop.SUB64_N -> r[d] = r[d] - Uop.b(r, w, im);
                    case Uop.SUB32_N -> r[d] = r[d] - Uop.b(r, w, im) & LOW32;
                    case Uop.AND64_N -> r[d] = r[d] & Uop.b(r, w, im);
                    case Uop.AND32_N -> r[d] = r[d] & Uop.b(r, w, im) & LOW32;
                    case Uop.OR64_N -> r[d] = r[d] | Uop.b(r, w, im);
                    case Uop.OR32_N -> r[d] = (r[d] | Uop.b(r, w, im)) & LOW32;
                    case Uop.XOR64_N -> r[d] = r[d] ^ Uop.b(r, w, im);
                    case Uop.XOR32_N -> r[d] = (r[d] ^ Uop.b(r, w, im)) & LOW32;
                    case Uop.SHL64_N -> r[d] = r[d] << (int) (im >> 32);
                    case Uop.SHR32_N -> r[d] = (r[d] & LOW32) >>> (int) (im >> 32);
                    default -> {
                        break loop;
                    }
                }
            } else if (op >= Uop.ADDRESSED && op < Uop.TERMINATORS) {
                final long a = Uop.address(r, w, im);
                if (op < Uop.LOADS64) {
                    r[d] = op == Uop.LEA64 ? a : a & LOW32;
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
                            case Uop.LOAD64 -> r[d] = v;
                            case Uop.ADD64_M -> r[d] = Alu.add64(s, r[d], v);
                            case Uop.SUB64_M -> r[d] = Alu.sub64(s, r[d], v);
                            case Uop.CMP64_M -> Alu.sub64(s, r[d], v);
                            case Uop.CMP64_MB -> Alu.sub64(s, v, Uop.b(r, w, im));
                            case Uop.AND64_M -> r[d] = Alu.logic64(s, r[d] & v);
                            case Uop.OR64_M -> r[d] = Alu.logic64(s, r[d] | v);
                            case Uop.XOR64_M -> r[d] = Alu.logic64(s, r[d] ^ v);
                            case Uop.TEST64_M -> Alu.logic64(s, v & Uop.b(r, w, im));
                            case Uop.POP -> {
                                r[Uop.base(w)] += 8;
                                r[d] = v;
                            }
                            default -> {
                                // LEAVE
                                r[RSP] = a + 8;
                                r[d] = v;
                            }
                        }
                    } else if (op < Uop.LOADS_SHORT) {
                        final long v = TlbAccess.get32(host);
                        VarHandle.acquireFence();
                        switch (op) {
                            case Uop.LOAD32 -> r[d] = v;
                            case Uop.ADD32_M -> r[d] = Alu.add32(s, r[d], v);
                            case Uop.SUB32_M -> r[d] = Alu.sub32(s, r[d], v);
                            case Uop.CMP32_M -> Alu.sub32(s, r[d], v);
                            case Uop.CMP32_MB -> Alu.sub32(s, v, Uop.b(r, w, im));
                            case Uop.AND32_M -> r[d] = Alu.logic32(s, r[d] & v);
                            case Uop.OR32_M -> r[d] = Alu.logic32(s, r[d] | v);
                            case Uop.XOR32_M -> r[d] = Alu.logic32(s, r[d] ^ v);
                            case Uop.TEST32_M -> Alu.logic32(s, v & Uop.b(r, w, im));
                            default -> r[d] = (int) v;
                        }
                    } else if (op >= Uop.LOADS16) {
                        final long v = TlbAccess.get16(host);
                        VarHandle.acquireFence();
                        r[d] = op == Uop.LOAD16Z ? v : Alu.low16(r[d], v);
                    } else {
                        final long v = TlbAccess.get8(host);
                        VarHandle.acquireFence();
                        switch (op) {
                            case Uop.LOAD8Z -> r[d] = v;
                            case Uop.LOAD8 -> r[d] = Alu.low8(r[d], v);
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
                                r[Uop.base(w)] = a;
                            }
                        }
                    }
                }
            } else if (op < Uop.CONDITIONAL) {
                switch (op) {
                    case Uop.MOV16 -> r[d] = Alu.low16(r[d], Uop.b(r, w, im));
                    case Uop.INC64 -> r[d] = Alu.increment64(s, r[d]);
                    case Uop.INC32 -> r[d] = Alu.increment32(s, r[d]);
                    case Uop.DEC64 -> r[d] = Alu.decrement64(s, r[d]);
                    case Uop.DEC32 -> r[d] = Alu.decrement32(s, r[d]);
                    case Uop.ROL32 -> r[d] = Shifts.rol32(s, r[d], (int) (im >> 32));
                    case Uop.ROR32 -> r[d] = Shifts.ror32(s, r[d], (int) (im >> 32));
                    default -> {
                        break loop;
                    }
                }
            } else if (op < Uop.ADDRESSED) {
                switch (op) {
                    case Uop.CMOV64 -> r[d] = taken(s, Uop.TERMINATORS + Uop.condition(w)) ? r[Uop.s(w)] : r[d];
                    case Uop.CMOV32 -> r[d] = (taken(s, Uop.TERMINATORS + Uop.condition(w)) ? r[Uop.s(w)] : r[d]) & LOW32;
                    case Uop.SETCC -> r[d] = Alu.low8(r[d], taken(s, Uop.TERMINATORS + Uop.condition(w)) ? 1 : 0);
                    default -> {
                        break loop;
                    }
                }
            } else {
                if (op > Uop.JMP || Uop.isRareCondition(op)) {
                    break;
                }
                final int next;
                final long links = code[p + CodeArena.LINKS];
                if (op == Uop.JMP || op != Uop.FALL && taken(s, op)) {
                    rip += (int) im;
                    next = (int) links;
                } else {
                    rip += CodeArena.length(code[p + CodeArena.HEAD]);
                    next = (int) (links >>> 32);
                }
                final long h = code[Math.max(next, CodeArena.NONE) + CodeArena.HEAD];
                // The words of no block are zero.
                if (h < CodeArena.ONCE || attention || InstructionProfile.ON) {
                    successor = next;
                    target = rip;
                    break;
                }
                p = next;
                code[p + CodeArena.HEAD] = h - CodeArena.ONCE;
                r[CpuState.BLOCK_RIP] = rip;
                retired += CodeArena.count(h);
                accesses += CodeArena.accesses(h);
                pc = p + CodeArena.UOPS;
            }
        }
        position = p;
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
