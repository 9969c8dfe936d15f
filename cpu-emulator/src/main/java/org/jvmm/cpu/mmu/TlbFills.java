package org.jvmm.cpu.mmu;

import java.util.Arrays;

/**
 * What has been put into a CPU's TLBs since they were last emptied, so that emptying costs no more than filling did: the entries of pages that are not
 * global, and where large pages lie, of which a TLB holds many small pieces (SDM vol. 3 §4.10.2.3) that INVLPG drops together (§4.10.4.1).
 */
final class TlbFills {
    /** Large pages are noted by pieces of 4 MiB, the largest that is not of 1 GiB. */
    private static final int PIECE_SHIFT = 22;
    private static final int HUGE_SHIFT = 30;
    private static final int FILTER_BITS = 14;

    /** Indexes of entries, some of them more than once. */
    private final int[] entries;
    private int count;
    /** Hashes of where large pages were used: false alarms are possible, oversights not. */
    private final long[] filter = new long[1 << FILTER_BITS - 6];

    /** @param most the number of entries that are worth remembering: with more, all are looked at */
    TlbFills(int most) {
        entries = new int[most];
    }

    /** An entry was filled with a page that is not global. */
    void add(int entry) {
        if (count < entries.length) {
            entries[count] = entry;
        }
        // One more than fits means "too many".
        count = Math.min(count + 1, entries.length + 1);
    }

    /** Entries added, or -1 when they were too many. */
    int count() {
        return count > entries.length ? -1 : count;
    }

    /** One of the entries added. */
    int entry(int i) {
        return entries[i];
    }

    /** The entries added are empty now. */
    void clear() {
        count = 0;
    }

    /** All entries are empty now, those of global pages too. */
    void clearAll() {
        count = 0;
        Arrays.fill(filter, 0);
    }

    /** A piece of a large page was put in. */
    void addLarge(long linear, int pageShift) {
        int hash = pageShift == HUGE_SHIFT ? hashOfHuge(linear) : hashOfLarge(linear);
        filter[hash >> 6] |= 1L << hash;
    }

    /** Whether pieces of a page of 2 or 4 MiB around an address may be there. */
    boolean mayHoldLarge(long linear) {
        return holds(hashOfLarge(linear));
    }

    /** Whether pieces of a page of 1 GiB around an address may be there. */
    boolean mayHoldHuge(long linear) {
        return holds(hashOfHuge(linear));
    }

    private boolean holds(int hash) {
        return (filter[hash >> 6] & 1L << hash) != 0;
    }

    private static int hashOfLarge(long linear) {
        return hash(linear >>> PIECE_SHIFT);
    }

    private static int hashOfHuge(long linear) {
        return hash(~(linear >>> HUGE_SHIFT));
    }

    private static int hash(long key) {
        return (int) (key * 0x9E37_79B9_7F4A_7C15L >>> 64 - FILTER_BITS);
    }

    /** Whether two addresses lie in one page of 4 MiB. */
    static boolean samePiece(long a, long b) {
        return (a ^ b) >>> PIECE_SHIFT == 0;
    }
}
