package org.jvmm.core.metrics;

import java.util.concurrent.atomic.LongAdder;

/** A named count of events, cheap to bump from any thread. */
public final class Counter {
    private final String name;
    private final LongAdder value = new LongAdder();

    /** @param name {@code group.field}, as it appears in the metrics output */
    public Counter(String name) {
        this.name = name;
    }

    /** {@code group.field}. */
    public String name() {
        return name;
    }

    /** Adds one. */
    public void increment() {
        value.increment();
    }

    /** Adds {@code amount}. */
    public void add(long amount) {
        value.add(amount);
    }

    /** The count since the start. */
    public long get() {
        return value.sum();
    }
}
