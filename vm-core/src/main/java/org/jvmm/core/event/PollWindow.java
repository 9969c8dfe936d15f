package org.jvmm.core.event;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How long a thread that has nothing to do looks out for more before it sleeps. Waking a sleeping thread costs both sides tens of microseconds, as long as a disk's answer takes; so the
 * window grows while sleeps turn out short, and goes when they are long. The policy is that of KVM's halt polling (Linux, Documentation/virt/kvm/halt-polling.rst). Of one thread.
 *
 * <p>The ordinary use: {@code if (!window.poll(condition)) { sleep until condition; window.slept(); }}.
 */
public final class PollWindow {
    /** Longest window in nanoseconds, KVM's {@code halt_poll_ns}. */
    public static final long LONGEST = 200_000;
    /** The window that the first short sleep opens, nanoseconds. */
    static final long FIRST = 10_000;
    /** Looks between two readings of the clock. */
    private static final int LOOKS = 16;

    private final LongSupplier clock;
    private final boolean useful;
    private long window;
    private long since;

    /**
     * A window that is closed at first; it stays so on a host with too few processors, where looking out keeps others from working.
     *
     * @param threads of the kind of this one, which may all be busy; one processor more is for the other side
     */
    public PollWindow(int threads) {
        this(System::nanoTime, Runtime.getRuntime().availableProcessors() > threads);
    }

    PollWindow(LongSupplier clock, boolean useful) {
        this.clock = clock;
        this.useful = useful;
    }

    /** Nanoseconds at present, 0 to {@link #LONGEST}. */
    long nanos() {
        return window;
    }

    /** Looks out for a condition as long as the window is. Returns whether it came. */
    public boolean poll(BooleanSupplier condition) {
        if (!useful) {
            return condition.getAsBoolean();
        }
        since = clock.getAsLong();
        long end = since + window;
        do {
            for (int i = 0; i < LOOKS; i++) {
                if (condition.getAsBoolean()) {
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (clock.getAsLong() - end < 0);
        return false;
    }

    /** The condition came after {@link #poll} had given up. */
    public void slept() {
        if (!useful) {
            return;
        }
        if (clock.getAsLong() - since > LONGEST) {
            window = 0;
        } else {
            window = window == 0 ? FIRST : Math.min(2 * window, LONGEST);
        }
    }
}
