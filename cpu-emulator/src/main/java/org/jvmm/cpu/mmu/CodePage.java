package org.jvmm.cpu.mmu;

/** A RAM page that holds decoded code: which 64-byte pieces, and what to drop when one is written. */
public final class CodePage {
    /** Something made from the page's bytes. */
    public interface Dependent {
        /** The bytes changed: never run again. */
        void invalidate();
    }

    private long pieces;
    private Dependent[] dependents = new Dependent[4];
    private int count;

    CodePage() {}

    /** Registers {@code dependent} as made from bytes {@code from} to {@code to} (exclusive) of the page. */
    public void add(Dependent dependent, int from, int to) {
        pieces |= mask(from, to);
        if (count == dependents.length) {
            dependents = java.util.Arrays.copyOf(dependents, count * 2);
        }
        dependents[count++] = dependent;
    }

    /** Whether a write of bytes {@code from} to {@code to} (exclusive) touches code. */
    boolean touches(int from, int to) {
        return (pieces & mask(from, to)) != 0;
    }

    void invalidate() {
        for (int i = 0; i < count; i++) {
            dependents[i].invalidate();
            dependents[i] = null;
        }
        count = 0;
        pieces = 0;
    }

    /** The pieces that bytes {@code from} to {@code to} (exclusive) lie in, one bit each. */
    static long mask(int from, int to) {
        int first = from >> 6;
        int last = to - 1 >> 6;
        return -1L << first & -1L >>> 63 - last;
    }
}
