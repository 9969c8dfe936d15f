package org.jvmm.core.cpu;

/** A segment register with its hidden part. */
public final class SegmentState {
    /** Visible selector. */
    public int selector;
    /** Base address. */
    public long base;
    /** Limit in bytes (already scaled by the granularity bit). */
    public int limit;
    /** Access rights as in bits 8 to 15 and 20 to 23 of the descriptor: type 0-3, S 4, DPL 5-6, P 7, AVL 12, L 13, D/B 14, G 15. */
    public int attributes;

    /** A null segment. */
    public SegmentState() {}

    /** Sets all four parts. */
    public SegmentState set(int newSelector, long newBase, int newLimit, int newAttributes) {
        selector = newSelector;
        base = newBase;
        limit = newLimit;
        attributes = newAttributes;
        return this;
    }

    /** Copies from another. */
    public void copyFrom(SegmentState other) {
        set(other.selector, other.base, other.limit, other.attributes);
    }
}
