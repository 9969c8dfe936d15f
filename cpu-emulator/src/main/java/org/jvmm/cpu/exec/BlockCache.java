package org.jvmm.cpu.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jvmm.cpu.decode.Decoder;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.state.CpuState;

/**
 * Decoded blocks by physical address and mode, in a direct-mapped table. Blocks end at a branch, at an instruction that may change how code is fetched, at
 * the end of their page and after {@link #MAX_INSTRUCTIONS}.
 */
final class BlockCache {
    private static final int TABLE_BITS = 16;
    private static final int MAX_INSTRUCTIONS = 64;
    private static final int MAX_BYTES = 512;
    private static final int PAGE_BITS = 12;
    private static final int PAGE = 1 << PAGE_BITS;

    private final CpuState state;
    private final Mmu mmu;
    private final Decoder decoder = new Decoder();
    private final Lowering lowering = new Lowering();
    private final CodeArena arena = new CodeArena();
    private final ReturnStack returns = new ReturnStack();
    /** Positions in the arena. */
    private final int[] table = new int[1 << TABLE_BITS];

    private final byte[] bytes = new byte[MAX_BYTES + Decoder.MAX_LENGTH + 1];
    private final long[] code = new long[2 * MAX_INSTRUCTIONS + 2];
    private final int[] offsets = new int[MAX_INSTRUCTIONS + 1];
    private final int[] first = new int[MAX_INSTRUCTIONS + 1];
    private final Instruction[] slow = new Instruction[MAX_INSTRUCTIONS];

    /** Blocks made of bytes that another CPU may have written unseen. */
    private final List<Block> unsettled = new ArrayList<>();
    private final byte[] again = new byte[MAX_BYTES + 2 * Decoder.MAX_LENGTH + 1];

    /** Blocks decoded. */
    private long built;
    /** Calls of {@link #find}. */
    private long lookups;
    /** How often all blocks were dropped. */
    private int clearings;
    /** Physical address of the second page of the block being built, or -1. */
    private long secondPage;
    private InstructionProfile profile;
    private Translator translator;
    /** What a debugger wants, or null. */
    private DebugPoints points;

    BlockCache(CpuState state, Mmu mmu) {
        this.state = state;
        this.mmu = mmu;
    }

    /** Blocks decoded since the start. */
    long built() {
        return built;
    }

    /** Adds what was counted here. */
    void addCounters(VcpuCounters sum) {
        sum.blockLookups += lookups;
        sum.blocksDecoded += built;
    }

    /** Where the blocks are. */
    CodeArena arena() {
        return arena;
    }

    /**
     * The position of the block at an instruction pointer.
     *
     * @throws CpuException when the code cannot be fetched
     */
    int find(long rip) {
        lookups++;
        long linear = linear(rip);
        if (points != null) {
            points.next(linear);
            if (points.stepping()) {
                // Of one instruction, for this time only: nobody need tell it of writes.
                return build(linear, mmu.fetchAddress(linear), 1).position;
            }
        }
        long physical = mmu.fetchAddress(linear);
        int slot = slot(physical);
        int position = table[slot];
        long name = Block.name(physical, state.mode);
        long key = arena.words[position + CodeArena.KEY];
        if (key != name && (key != ~name || !usable(arena.at(position), linear))) {
            position = miss(linear, physical).position;
            table[slot] = position;
        }
        return state.mode == 8 ? position : within(position, rip, linear, physical);
    }

    /** Whether a block of the right address is of the right mode and bytes. */
    private boolean usable(Block block, long linear) {
        return block.mode == state.mode && block.valid
                && (!block.crossesPage() || block.secondPage == mmu.fetchAddress((linear | PAGE - 1) + 1));
    }

    /** Not in the table: another block has taken its place there, or it must be decoded. */
    private Block miss(long linear, long physical) {
        Block block = (Block) mmu.code().find(physical, Block.name(physical, state.mode));
        if (block != null && usable(block, linear)) {
            return block;
        }
        if (mmu.code().takesTooMuch() || !arena.hasRoom(code.length)) {
            mmu.code().dropAll();
            arena.clear();
            returns.clear();
            Arrays.fill(table, CodeArena.NONE);
            clearings++;
        }
        do {
            block = build(linear, physical, MAX_INSTRUCTIONS);
        } while (mmu.shared() && !stillSame(block));
        return block;
    }

    /** The part of a block within the limit of CS: all of it, or its first instruction; #GP where even that leaves the segment. */
    private int within(int position, long rip, long linear, long physical) {
        Block block = arena.at(position);
        long limit = state.segments[X86Sregs.CS].limit & 0xFFFF_FFFFL;
        if (rip + block.length - 1 <= limit || limit == 0xFFFF_FFFFL) {
            return position;
        }
        if (rip + block.offset(1) - 1 > limit) {
            throw state.gp();
        }
        return build(linear, physical, 1).position;
    }

    /** Makes this the cache of one of several CPUs. */
    void share(int cpus) {
        lowering.share();
        arena.share(cpus);
    }

    /**
     * A serialising instruction: code that another CPU wrote before this one learned of it is seen from here on (SDM vol. 3 §8.1.3). Of other code the
     * writes are told.
     */
    void serialise() {
        if (!unsettled.isEmpty()) {
            for (Block block : unsettled) {
                block.invalidate();
            }
            unsettled.clear();
        }
    }

    /** Whether a block's bytes, now that writes to them are told, are those that it was decoded from. */
    private boolean stillSame(Block block) {
        // Before the bytes: a CPU that has acknowledged has done all writes that nobody sees.
        boolean settled = mmu.code().settled();
        int first = Math.min(PAGE - ((int) block.physical & PAGE - 1), block.length);
        mmu.copyCode(block.physical, again, 0, first);
        if (block.crossesPage()) {
            mmu.copyCode(block.secondPage, again, first, block.length - first);
        }
        if (!Arrays.equals(again, 0, block.length, bytes, 0, block.length)) {
            block.invalidate();
            return false;
        }
        if (!settled) {
            unsettled.add(block);
        }
        return true;
    }

    /**
     * The position of the block after the one at {@code from}, which ended at {@code rip}; remembers it there. All in one method, too long for the JVM's
     * compiler to inline it into the interpreter's loop ({@link Interpreter}).
     *
     * @param returned whether the block ended with a return
     * @param candidate what was remembered there: nothing, or the negative position of a block in another page
     */
    int successor(boolean returned, int from, long rip, int candidate) {
        int before = clearings;
        int by = returned ? returns.caller(rip) : from;
        int likely = returned ? (int) (arena.words[by + CodeArena.LINKS] >>> 32) : candidate;
        int next = CodeArena.NONE;
        if (state.mode == 8 && points == null) {
            long physical = mmu.fetchAddress(rip);
            long name = Block.name(physical, 8);
            if (likely < 0 && arena.words[-likely + CodeArena.KEY] == name) {
                lookups++;
                return -likely;
            }
            int known = table[slot(physical)];
            if (arena.words[known + CodeArena.KEY] == name) {
                lookups++;
                next = known;
            }
        }
        if (next == CodeArena.NONE) {
            next = find(rip);
        }
        // Both must be whole and valid, for more than this once.
        if (by == CodeArena.NONE || by == CodeArena.TRANSIENT || next == CodeArena.TRANSIENT || clearings != before
                || arena.words[next + CodeArena.KEY] < 0) {
            return next;
        }
        if (returned) {
            arena.linkBehind(by, -next);
            return next;
        }
        long key = arena.words[by + CodeArena.KEY];
        long other = arena.words[next + CodeArena.KEY];
        long distance = rip - state.r[CpuState.BLOCK_RIP];
        boolean near = key > 0 && (key ^ other) >>> PAGE_BITS + Block.MODE_BITS == 0
                && (other >> Block.MODE_BITS) - (key >> Block.MODE_BITS) == distance
                && ((key ^ other) & Block.MODES) == 0 && (state.mode == 8 || state.segments[X86Sregs.CS].limit == -1);
        if (key > 0 && (near || (key & Block.MODES) == 8 && state.mode == 8) && (points == null || !points.cutsAt(rip))) {
            link(arena.at(by), near ? next : -next, distance);
        }
        return next;
    }

    private void link(Block from, int next, long distance) {
        int last = from.words - 2;
        int uop = (int) from.word(last) & 0xFF;
        boolean branches = Uop.isDirectBranch(uop);
        if (branches && distance == (int) from.word(last + 1)) {
            arena.linkTaken(from.position, next);
        } else if ((branches || uop == Uop.FALL) && distance == from.length) {
            arena.linkBehind(from.position, next);
        }
    }

    /** Remembers that a block ended with a call. */
    void called(int position, long behind) {
        if (position != CodeArena.TRANSIENT) {
            returns.called(position, behind);
        }
    }

    /** Who compiles the blocks; before any is found. */
    void translator(Translator compiler) {
        translator = compiler;
    }

    /** Tells a profile of blocks from now on; null for none. */
    void profile(InstructionProfile told) {
        profile = told;
    }

    /** Heeds a debugger's wishes from now on; null for none. Blocks that the new points cut must have been dropped. */
    void debugPoints(DebugPoints wanted) {
        points = wanted;
    }

    /** Decodes one instruction at {@link CpuState#rip}, for single-stepping. */
    Instruction decodeOne() {
        long linear = linear(state.rip);
        long physical = mmu.fetchAddress(linear);
        int available = fetch(physical, Decoder.MAX_LENGTH);
        Instruction insn = decodeAt(linear, 0, available, true);
        long limit = state.segments[X86Sregs.CS].limit & 0xFFFF_FFFFL;
        if (state.mode != 8 && state.rip + insn.length - 1 > limit && limit != 0xFFFF_FFFFL) {
            throw state.gp();
        }
        return insn;
    }

    /** Linear address of an instruction pointer. */
    long linear(long rip) {
        return state.mode == 8 ? rip : state.segments[X86Sregs.CS].base + rip & 0xFFFF_FFFFL;
    }

    private static int slot(long physical) {
        return (int) (physical ^ physical >>> 13) & (1 << TABLE_BITS) - 1;
    }

    private int fetch(long physical, int most) {
        int available = Math.min(PAGE - ((int) physical & PAGE - 1), most);
        mmu.copyCode(physical, bytes, 0, available);
        return available;
    }

    private Block build(long linear, long physical, int most) {
        int available = fetch(physical, MAX_BYTES);
        int at = 0;
        int count = 0;
        int slowCount = 0;
        boolean open = true;
        secondPage = -1;
        while (open && count < most) {
            if (count > 0 && points != null && points.cutsAt(physical + at)) {
                break;
            }
            Instruction insn = decodeAt(linear, at, available, count == 0);
            if (insn == null) {
                break;
            }
            offsets[count] = at;
            at += insn.length;
            if (lowering.lower(insn, at)) {
                code[2 * count] = lowering.word;
                code[2 * count + 1] = lowering.operand;
                open = !Terminators.endsBlock(insn);
            } else {
                open = !Terminators.endsBlock(insn);
                code[2 * count] = (open ? Uop.SLOW : Uop.SLOW_END) | (long) at << Uop.NEXT_SHIFT;
                code[2 * count + 1] = slowCount;
                slow[slowCount++] = insn;
            }
            count++;
            if (secondPage >= 0) {
                break;
            }
        }
        offsets[count] = at;
        int words = 2 * count;
        if (open) {
            code[words++] = Uop.FALL;
            code[words++] = 0;
        }
        built++;
        DeadFlags.drop(code, words);
        if (InstructionProfile.ON) {
            // It counts each instruction for itself.
            Arrays.setAll(first, i -> i);
        } else {
            words = Fusion.join(code, words, first);
        }
        int position = most > 1 ? arena.place(words) : CodeArena.TRANSIENT;
        Block block = new Block(arena, position, physical, state.mode, code, words, first, offsets,
                slow, count, secondPage, translator.countdown(physical));
        if (InstructionProfile.ON) {
            profile.built(block);
        }
        if (most > 1) {
            register(block, physical, at);
        }
        return block;
    }

    private void register(Block block, long physical, int length) {
        int from = (int) physical & PAGE - 1;
        mmu.code().add(physical, block, from, Math.min(from + length, PAGE));
        if (secondPage >= 0) {
            mmu.code().add(secondPage, block, 0, from + length - PAGE);
        }
    }

    /**
     * Decodes at offset {@code at} of the fetched bytes. When they end before the instruction does, the first of a block goes on into the next page,
     * another is left to a block of its own (null).
     */
    private Instruction decodeAt(long linear, int at, int available, boolean first) {
        Instruction insn = decoder.decode(bytes, at, available, state.mode);
        if (insn != null || !first) {
            return insn;
        }
        secondPage = mmu.fetchAddress((linear | PAGE - 1) + 1);
        mmu.copyCode(secondPage, bytes, available, Decoder.MAX_LENGTH);
        insn = decoder.decode(bytes, at, available + Decoder.MAX_LENGTH, state.mode);
        if (insn == null) {
            // More than fifteen bytes of prefixes (SDM vol. 2 §2.3.11).
            throw state.fault(CpuException.GP, 0);
        }
        return insn;
    }

    /** The operations after which a block ends. */
    private static final class Terminators {
        private Terminators() {}

        static boolean endsBlock(Instruction insn) {
            return switch (insn.op) {
                case JCC, JMP, CALL, RET, JMPF, CALLF, RETF, IRET, INT, INT3, INT1, INTO, SYSCALL, SYSRET, HLT, MWAIT, LOOP, LOOPE, LOOPNE,
                        JRCXZ,
                        MOVTOCR, LMSW, WRMSR, INVLPG, STI, POPF, MOVTOSEG, POPSEG, LSS, LDS, LES, LFS, LGS, UD2, INVALID, WBINVD, INVD,
                        CPUID, LGDT, LIDT, LLDT, LTR, MOVTODR ->
                    true;
                case MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS -> insn.rep != 0;
                default -> false;
            };
        }
    }
}
