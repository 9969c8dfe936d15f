package org.jvmm.cpu.mmu;

/** A RAM page that holds decoded code: which 64-byte pieces, and what to drop when one is written. */
public final class CodePage {
    /** Something made from the page's bytes. */
    public interface Dependent {
        /** The bytes changed: never run again. */
        void invalidate();

        /** Whether they have not changed. */
        boolean valid();

        /** Address and mode. Only one of a name is kept in a page, the newest. */
        long name();

        /** Bytes of this process's memory that it takes, roughly. */
        int weight();
    }

    private long pieces;
    /** By {@link Dependent#name}, with open addressing. */
    private Dependent[] dependents = new Dependent[8];
    /** Taken elements of {@link #dependents}; some may have become invalid by their other page. */
    private int taken;
    private int weight;

    CodePage() {}

    /** Registers {@code dependent} as made from bytes {@code from} to {@code to} (exclusive) of the page. */
    void add(Dependent dependent, int from, int to) {
        pieces |= mask(from, to);
        int at = slot(dependent.name());
        Dependent before = dependents[at];
        dependents[at] = dependent;
        weight += dependent.weight();
        if (before != null) {
            weight -= before.weight();
            if (before != dependent) {
                before.invalidate();
            }
        } else if (++taken * 4 > dependents.length * 3) {
            rehash();
        }
    }

    /** The one with this name, if it is valid; else null. */
    Dependent find(long name) {
        Dependent found = dependents[slot(name)];
        return found != null && found.valid() ? found : null;
    }

    /** More memory is taken for the page's code. */
    void weigh(int bytes) {
        weight += bytes;
    }

    /** Bytes of this process's memory that the page's code takes, roughly. */
    int weight() {
        return weight;
    }

    private int slot(long name) {
        int mask = dependents.length - 1;
        int at = (int) (name * 0x9E37_79B9_7F4A_7C15L >>> 40) & mask;
        while (dependents[at] != null && dependents[at].name() != name) {
            at = at + 1 & mask;
        }
        return at;
    }

    /** Leaves out what is not valid any more, so that it does not pile up. */
    private void rehash() {
        Dependent[] old = dependents;
        int live = 0;
        for (Dependent one : old) {
            live += one != null && one.valid() ? 1 : 0;
        }
        dependents = new Dependent[Math.max(8, Integer.highestOneBit(live) * 4)];
        taken = live;
        for (Dependent one : old) {
            if (one != null && one.valid()) {
                dependents[slot(one.name())] = one;
            } else if (one != null) {
                weight -= one.weight();
            }
        }
    }

    /** Whether a write of bytes {@code from} to {@code to} (exclusive) touches code. */
    boolean touches(int from, int to) {
        return (pieces & mask(from, to)) != 0;
    }

    void invalidate() {
        for (Dependent one : dependents) {
            if (one != null) {
                one.invalidate();
            }
        }
    }

    /** The pieces that bytes {@code from} to {@code to} (exclusive) lie in, one bit each. */
    static long mask(int from, int to) {
        int first = from >> 6;
        int last = to - 1 >> 6;
        return -1L << first & -1L >>> 63 - last;
    }
}
