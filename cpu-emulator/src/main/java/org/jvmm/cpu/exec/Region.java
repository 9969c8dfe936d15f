package org.jvmm.cpu.exec;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.cpu.decode.Instruction;

/**
 * Blocks of one page that branch to each other, to be compiled as one method; the first is the entry. Made on the CPU's thread, read by the compiler's.
 *
 * <p>A position numbers the uops of all blocks in order: compiled code names by it the instruction that faulted, of two that are one uop the second.
 */
final class Region {
    /** More would make methods that the JVM's compiler takes too long over. */
    private static final int MAX_BLOCKS = 24;
    private static final int MAX_COST = 110;
    /** An instruction that is left to {@link SlowPath} costs the spilling of registers around it. */
    private static final int SLOW_COST = 5;

    /** The blocks, entry first. */
    final Block[] blocks;
    /** First position of each block. */
    final int[] firstPosition;
    /** By position: address of the instruction relative to the entry's. */
    final int[] offsets;
    /** By position: instructions of its block from it on. */
    final int[] remaining;
    /** By position: the instruction when it is left to {@link SlowPath}; else null. */
    final Instruction[] slow;
    /** The words of each block's uops. */
    final long[][] code;
    /** By block: index of the successor when its branch is taken, and when it is not; -1 when that is none of the region. */
    final int[] taken;
    final int[] fallThrough;
    /** False once the bytes of any block changed. Written on the CPU's thread. */
    boolean valid = true;
    private final Translator owner;
    /** Instructions that the CPU had executed when it was made. */
    final long since;

    private Region(List<Block> chosen, Translator owner, long since) {
        this.owner = owner;
        this.since = since;
        blocks = chosen.toArray(Block[]::new);
        firstPosition = new int[blocks.length];
        int positions = 0;
        for (int i = 0; i < blocks.length; i++) {
            firstPosition[i] = positions;
            positions += blocks[i].uops;
        }
        code = new long[blocks.length][];
        taken = new int[blocks.length];
        fallThrough = new int[blocks.length];
        offsets = new int[positions];
        remaining = new int[positions];
        slow = new Instruction[positions];
        for (int i = 0; i < blocks.length; i++) {
            Block b = blocks[i];
            code[i] = b.copyWords();
            DeadFlags.restore(code[i]);
            taken[i] = indexOf(b.taken());
            fallThrough[i] = indexOf(b.fallThrough());
            for (int k = 0; k < b.uops; k++) {
                int position = firstPosition[i] + k;
                boolean last = b.before(k + 1) == b.count;
                offsets[position] = offset(b) + (last ? b.lastOffset : b.offset(k));
                remaining[position] = last ? 1 : b.count - b.before(k);
                if (((int) code[i][2 * k] & 0xFF) == Uop.SLOW) {
                    slow[position] = b.slow(k);
                }
            }
            b.regions.add(this);
        }
    }

    /** The region around a block, from the successors seen so far. */
    static Region around(Block entry, Translator owner, long since) {
        List<Block> chosen = new ArrayList<>();
        chosen.add(entry);
        int cost = cost(entry);
        for (int i = 0; i < chosen.size() && chosen.size() < MAX_BLOCKS; i++) {
            Block b = chosen.get(i);
            for (Block next : new Block[] { b.fallThrough(), b.taken() }) {
                if (next != null && next.valid && !chosen.contains(next) && cost + cost(next) <= MAX_COST && chosen.size() < MAX_BLOCKS) {
                    chosen.add(next);
                    cost += cost(next);
                }
            }
        }
        return new Region(chosen, owner, since);
    }

    /** Whose compiler makes it. */
    Translator owner() {
        return owner;
    }

    /** The bytes of one of its blocks changed. */
    void invalidate() {
        if (valid) {
            synchronized (this) {
                valid = false;
                blocks[0].compiled = null;
            }
            owner.dropped(this);
        }
    }

    /** It is compiled; on the compiler's thread. */
    synchronized void compiled(CompiledRegion made) {
        if (valid) {
            blocks[0].compiled = made;
        }
    }

    private static int cost(Block b) {
        int cost = 0;
        for (int i = 0; i < b.uops; i++) {
            cost += ((int) b.word(2 * i) & 0xFF) == Uop.SLOW ? SLOW_COST : 1;
        }
        return cost;
    }

    /** Address of a block relative to the entry's: all lie in one page. */
    int offset(Block b) {
        return (int) (b.physical - blocks[0].physical);
    }

    /** Index of a block, or -1. */
    private int indexOf(Block b) {
        for (int i = 0; i < blocks.length; i++) {
            if (blocks[i] == b) {
                return i;
            }
        }
        return -1;
    }
}
