package org.jvmm.cpu.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.mmu.CodePage;

/**
 * A straight run of decoded instructions, named by the physical address and the mode they were decoded for. What is executed of it is in the {@link CodeArena};
 * here is what is needed now and then.
 *
 * <p>A block that was overwritten is poisoned: its uops become {@link Uop#EXIT}, so that an interpreter in the midst of it leaves after the current
 * instruction.
 */
final class Block implements CodePage.Dependent {
    /** Bytes of the objects that each block has, of an instruction's words, and of a decoded instruction. */
    private static final int OBJECTS = 200;
    private static final int WORDS = 16;
    private static final int INSTRUCTION = 150;
    private static final int PLACE_SHIFT = 8;

    /** Of {@link #name()}: below the address is the mode. */
    static final int MODE_BITS = 4;
    static final long MODES = 15;

    final long physical;
    final int mode;
    /** Where it is in the arena. */
    final int position;
    /** For each uop: offset of its first instruction from the block's start, and the number of instructions before that; for what is behind the last too. */
    private final int[] places;
    /** Offset of the last instruction. */
    final int lastOffset;
    /** Instructions in the block. */
    final int count;
    /** Bytes of the block. */
    final int length;
    /** Words of its uops: two for each, and for {@link Uop#FALL} where it ends with no branch. */
    final int words;
    /** Its uops without that one: as many as instructions, but for those that are joined ({@link Fusion}). */
    final int uops;
    /** Accesses to memory that its instructions make. */
    final int accesses;
    /** Instructions that are left to {@link SlowPath}. */
    private final int slow;
    /** Physical address of the page that its last instruction reaches into, or -1. */
    final long secondPage;
    private final CodeArena arena;

    /** False once the bytes changed. */
    boolean valid = true;
    /** Executions until it became invalid, for a profile. */
    private int executed;
    /** Executions until the compiler is asked, or looked after, again; 0 before it was asked. */
    int patience;
    /** Code for the region that begins here, or null. Set by the compiler's thread. */
    volatile CompiledRegion compiled;
    /** The regions that it is part of. */
    final List<Region> regions = new ArrayList<>(0);

    /**
     * Writes its record.
     *
     * @param position a place for {@code words} words of uops
     * @param code the uops; those that are left to {@link SlowPath} have the instruction's index in {@code slow}
     * @param first for each uop the index of its first instruction
     * @param offsets of each instruction from the block's start, and behind the last one the block's length in bytes
     * @param count instructions
     * @param countdown executions until the compiler is to be asked
     */
    Block(CodeArena arena, int position, long physical, int mode, long[] code, int words, int[] first, int[] offsets, Instruction[] slow,
            int count,
            long secondPage, int countdown) {
        this.arena = arena;
        this.position = position;
        this.physical = physical;
        this.mode = mode;
        this.words = words;
        this.count = count;
        this.length = offsets[count];
        this.lastOffset = offsets[count - 1];
        this.uops = ((int) code[words - 2] & 0xFF) == Uop.FALL ? words / 2 - 1 : words / 2;
        this.places = new int[uops + 1];
        for (int i = 0; i < uops; i++) {
            places[i] = offsets[first[i]] << PLACE_SHIFT | first[i];
        }
        places[uops] = length << PLACE_SHIFT | count;
        this.secondPage = secondPage;
        long[] to = arena.words;
        int sum = 0;
        int left = 0;
        for (int i = 0; i < words; i += 2) {
            int uop = (int) code[i] & 0xFF;
            int at = position + CodeArena.UOPS + i;
            to[at] = code[i];
            to[at + 1] = code[i + 1];
            if (uop == Uop.SLOW || uop == Uop.SLOW_END) {
                Instruction instruction = slow[(int) code[i + 1]];
                to[at + 1] = arena.keep(position, instruction);
                sum += instruction.hasMemory() ? 1 : 0;
                left++;
            } else {
                sum += Uop.accesses(uop);
            }
        }
        this.accesses = sum;
        this.slow = left;
        to[position + CodeArena.KEY] = crossesPage() ? ~name() : name();
        to[position + CodeArena.HEAD] = CodeArena.head(count, accesses, length, countdown);
        to[position + CodeArena.LINKS] = CodeArena.NONE;
        arena.own(position, this);
    }

    /** Offset of the first instruction of the uop with an index; behind the last one the block's length. */
    int offset(int uop) {
        return places[uop] >> PLACE_SHIFT;
    }

    /** Instructions before that. */
    int before(int uop) {
        return places[uop] & (1 << PLACE_SHIFT) - 1;
    }

    /** The instruction that is left to {@link SlowPath} by the uop at an index. */
    Instruction slow(int index) {
        return arena.instruction((int) word(2 * index + 1));
    }

    /** One of the words of its uops. */
    long word(int index) {
        return arena.words[position + CodeArena.UOPS + index];
    }

    /** The words of its uops. */
    long[] copyWords() {
        return Arrays.copyOfRange(arena.words, position + CodeArena.UOPS, position + CodeArena.UOPS + words);
    }

    /** Successor in the same page when the final branch is taken, or null. */
    Block taken() {
        return successor((int) arena.words[position + CodeArena.LINKS]);
    }

    /** Successor in the same page when it is not, or null. */
    Block fallThrough() {
        return successor((int) (arena.words[position + CodeArena.LINKS] >>> 32));
    }

    private Block successor(int at) {
        return at <= CodeArena.NONE ? null : arena.at(at);
    }

    /** Executions so far, where the compiler is off. */
    long executions() {
        return valid ? CodeArena.MOST_COUNTDOWN - countdown() : executed;
    }

    private int countdown() {
        return (int) (arena.words[position + CodeArena.HEAD] >>> 32);
    }

    /** Sets after how many executions it needs attention. */
    void countdown(int executions) {
        arena.words[position + CodeArena.HEAD] = CodeArena.head(count, accesses, length, executions);
    }

    /** Whether it is made of bytes of two pages; it is found by looking at both, and never linked. */
    boolean crossesPage() {
        return secondPage >= 0;
    }

    @Override
    public boolean valid() {
        return valid;
    }

    @Override
    public long name() {
        return name(physical, mode);
    }

    /** The name of the block that begins at an address. */
    static long name(long physical, int mode) {
        return physical << MODE_BITS | mode;
    }

    @Override
    public int weight() {
        return OBJECTS + count * (WORDS + Integer.BYTES) + slow * INSTRUCTION;
    }

    @Override
    public void invalidate() {
        if (!valid) {
            // Its place in the arena may be another's.
            return;
        }
        executed = CodeArena.MOST_COUNTDOWN - countdown();
        valid = false;
        compiled = null;
        for (Region region : regions) {
            region.invalidate();
        }
        long[] to = arena.words;
        to[position + CodeArena.KEY] = CodeArena.INVALID;
        countdown(0);
        for (int i = 0; i < words; i += 2) {
            to[position + CodeArena.UOPS + i] = Uop.EXIT;
        }
    }
}
