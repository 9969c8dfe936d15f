package org.jvmm.cpu.exec;

import java.util.Arrays;
import org.jvmm.cpu.decode.Instruction;

/**
 * The words that the interpreter executes, of all blocks of one CPU in one array, in the order in which they were decoded: code that is executed once in a
 * while is bound by what the processor's caches miss, and so a block's words are side by side, followed by those of the block that came next.
 *
 * <p>A block is named by its position; {@link #NONE} is none. Its record, from there, is
 *
 * <ul>
 * <li>{@link #KEY}: its {@link Block#name()}; of one that crosses a page that name's complement; -1 when it must not be executed any more;
 * <li>{@link #HEAD}: bits 0-7 instructions, 8-15 accesses to memory, 16-31 bytes, 32-62 executions until it needs attention: that of the
 * {@link Translator}, or because it is invalid or compiled;
 * <li>{@link #LINKS}: positions of the successors, in the low half when the final branch is taken, in the high half when it is not, or after a call's
 * return. That of one in another page is negative: before it is used its name must be compared, for another page may be there now;
 * <li>from {@link #UOPS}: two words an instruction ({@link Uop}).
 * </ul>
 *
 * <p>What {@link Uop#SLOW} words refer to is here too. Nothing is taken out: when the array is full, all blocks of the CPU are dropped. Of the CPU's
 * thread.
 */
final class CodeArena {
    /** Where no block is: the words there are zero, which is no name. */
    static final int NONE = 0;
    static final int KEY = 0;
    static final int HEAD = 1;
    static final int LINKS = 2;
    static final int UOPS = 3;
    /** One execution less in the head. A smaller head needs attention. */
    static final long ONCE = 1L << 32;
    static final int MOST_COUNTDOWN = Integer.MAX_VALUE;
    static final long INVALID = -1;

    private static final int LENGTH_SHIFT = 16;
    private static final int ACCESSES_SHIFT = 8;
    /** Records are longer than this power of two, so that each has an element of {@link #owners} of its own. */
    private static final int OWNER_SHIFT = 2;
    /** The place of a block of one instruction that is executed once, before the next such. */
    static final int TRANSIENT = 4;
    private static final int FIRST = TRANSIENT + UOPS + 2 * 2;
    private static final int INITIAL = 1 << 15;
    /** 64 MiB, at most an eighth of the JVM's heap for all CPUs of a machine, but so much that a CPU gets along with it. */
    private static final int MOST = 1 << 23;
    private static final int LEAST = 1 << 16;
    private static final int PART_OF_HEAP = 8;

    /** Replaced when it grows, which it does only when a block is added. */
    long[] words = new long[INITIAL];
    private Block[] owners = new Block[INITIAL >> OWNER_SHIFT];
    /** The first is the transient block's. */
    private Instruction[] instructions = new Instruction[1 << 10];
    private int end = FIRST;
    private int nextInstruction = 1;
    private int most = most(1);

    CodeArena() {}

    private static int most(int cpus) {
        return Math.clamp(Runtime.getRuntime().maxMemory() / PART_OF_HEAP / Long.BYTES / cpus, LEAST, MOST);
    }

    /** Makes this the array of one of several CPUs. */
    void share(int cpus) {
        most = most(cpus);
    }

    /** The word before the first execution. */
    static long head(int count, int accesses, int length, int countdown) {
        return (long) countdown << 32 | (long) length << LENGTH_SHIFT | (long) accesses << ACCESSES_SHIFT | count;
    }

    static int count(long head) {
        return (int) head & 0xFF;
    }

    static int accesses(long head) {
        return (int) head >>> ACCESSES_SHIFT & 0xFF;
    }

    static int length(long head) {
        return (int) head >>> LENGTH_SHIFT;
    }

    /** Whether a block with so many words of uops still fits. */
    boolean hasRoom(int uops) {
        return end + UOPS + uops <= most;
    }

    /** The place of a block; its record is the caller's to write. */
    int place(int uops) {
        int at = end;
        end += UOPS + uops;
        while (end > words.length) {
            words = Arrays.copyOf(words, 2 * words.length);
            owners = Arrays.copyOf(owners, 2 * owners.length);
        }
        return at;
    }

    /** Keeps an instruction of the block at a position. Returns its number. */
    int keep(int position, Instruction instruction) {
        if (nextInstruction == instructions.length) {
            instructions = Arrays.copyOf(instructions, 2 * instructions.length);
        }
        int number = position == TRANSIENT ? 0 : nextInstruction++;
        instructions[number] = instruction;
        return number;
    }

    /** The instruction with a number. */
    Instruction instruction(int number) {
        return instructions[number];
    }

    /** Remembers the successor of the block at a position when its branch is taken. */
    void linkTaken(int position, int next) {
        words[position + LINKS] = words[position + LINKS] >>> 32 << 32 | next & 0xFFFF_FFFFL;
    }

    /** Remembers the successor when it is not taken. */
    void linkBehind(int position, int next) {
        words[position + LINKS] = (long) next << 32 | words[position + LINKS] & 0xFFFF_FFFFL;
    }

    void own(int position, Block block) {
        owners[position >> OWNER_SHIFT] = block;
    }

    /** The block at a position. */
    Block at(int position) {
        return owners[position >> OWNER_SHIFT];
    }

    /** Makes room for other blocks; all have been invalidated. */
    void clear() {
        Arrays.fill(owners, null);
        Arrays.fill(instructions, null);
        end = FIRST;
        nextInstruction = 1;
    }
}
