package org.jvmm.vmm;

import java.util.concurrent.atomic.AtomicLongArray;

/** When each {@link Milestone} was first reached. Any thread may mark. */
public final class Timings {
    private static final Milestone[] ALL = Milestone.values();
    private static final long UNSET = Long.MIN_VALUE;

    private final AtomicLongArray reached = new AtomicLongArray(ALL.length);

    /** Nothing is reached. */
    public Timings() {
        for (int i = 0; i < ALL.length; i++) {
            reached.set(i, UNSET);
        }
    }

    /** Notes the present time, unless the milestone has been reached before. */
    public void mark(Milestone milestone) {
        reached.compareAndSet(milestone.ordinal(), UNSET, System.nanoTime());
    }

    /** Whether a milestone has been reached. */
    public boolean isReached(Milestone milestone) {
        return reached.get(milestone.ordinal()) != UNSET;
    }

    /**
     * The {@link System#nanoTime} at which a milestone was reached.
     *
     * @throws IllegalStateException when it was not
     */
    public long nanoTime(Milestone milestone) {
        long value = reached.get(milestone.ordinal());
        if (value == UNSET) {
            throw new IllegalStateException(milestone.key() + " was not reached");
        }
        return value;
    }
}
