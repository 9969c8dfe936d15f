package org.jvmm.cpu.exec;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.mmu.CodePage;

/**
 * A straight run of decoded instructions, named by the physical address and the mode they were decoded for.
 *
 * <p>{@link #code} holds two words an instruction; {@link Uop} describes them. A block that was overwritten is poisoned: its words become
 * {@link Uop#EXIT}, so that an interpreter in the midst of it leaves after the current instruction.
 */
final class Block implements CodePage.Dependent {
    /** Bytes of the objects that each block has, of an instruction's words, and of a decoded instruction. */
    private static final int OBJECTS = 200;
    private static final int WORDS = 16;
    private static final int INSTRUCTION = 150;

    final long physical;
    final int mode;
    /** Two words an instruction. */
    final long[] code;
    /** Offset of each instruction from the block's start, and behind the last one the block's length in bytes. */
    final int[] offsets;
    /** What {@link Uop#SLOW} words refer to; null elsewhere. */
    final Instruction[] slow;
    /** Instructions in the block. */
    final int count;
    /** Bytes of the block. */
    final int length;

    /** Successor in the same page when the final branch is taken, or null. */
    Block taken;
    /** Successor in the same page when it is not, or null. */
    Block fallThrough;
    /** False once the bytes changed. */
    boolean valid = true;
    /** Physical address of the page that its last instruction reaches into, or -1. */
    final long secondPage;
    /** Accesses to memory that its instructions make. */
    final int accesses;
    /** Executions in the interpreter. */
    int heat;
    /** Code for the region that begins here, or null. Set by the compiler's thread. */
    volatile CompiledRegion compiled;
    /** The regions that it is part of. */
    final List<Region> regions = new ArrayList<>(0);

    Block(long physical, int mode, long[] code, int[] offsets, Instruction[] slow, int count, long secondPage) {
        this.physical = physical;
        this.mode = mode;
        this.code = code;
        this.offsets = offsets;
        this.slow = slow;
        this.count = count;
        this.length = offsets[count];
        this.secondPage = secondPage;
        this.accesses = countAccesses();
    }

    private int countAccesses() {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            int uop = (int) code[2 * i] & 0xFF;
            sum += uop == Uop.SLOW || uop == Uop.SLOW_END ? slow[(int) code[2 * i + 1]].hasMemory() ? 1 : 0 : Uop.accesses(uop);
        }
        return sum;
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
        return physical << 4 | mode;
    }

    @Override
    public int weight() {
        return OBJECTS + count * (WORDS + Integer.BYTES) + slow.length * INSTRUCTION;
    }

    @Override
    public void invalidate() {
        valid = false;
        compiled = null;
        for (Region region : regions) {
            region.invalidate();
        }
        for (int i = 0; i < code.length; i += 2) {
            code[i] = Uop.EXIT;
        }
    }
}
