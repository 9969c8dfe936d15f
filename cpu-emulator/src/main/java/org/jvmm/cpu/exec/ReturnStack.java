package org.jvmm.cpu.exec;

import java.util.Arrays;

/** Where the latest calls came from, as processors remember it: a return most often goes back to the last, whose block knows the block behind it. */
final class ReturnStack {
    private static final int DEPTH = 32;

    private final long[] addresses = new long[DEPTH];
    private final int[] callers = new int[DEPTH];
    private int top;

    ReturnStack() {}

    /**
     * A block ended with a call.
     *
     * @param position the block's in the {@link CodeArena}
     * @param address the instruction behind the call
     */
    void called(int position, long address) {
        int at = ++top & DEPTH - 1;
        addresses[at] = address;
        callers[at] = position;
    }

    /** The block whose call a return to an address ends; {@link CodeArena#NONE} when it is not known. */
    int caller(long address) {
        int at = top-- & DEPTH - 1;
        return addresses[at] == address ? callers[at] : CodeArena.NONE;
    }

    /** The blocks are no more. */
    void clear() {
        Arrays.fill(callers, CodeArena.NONE);
    }
}
