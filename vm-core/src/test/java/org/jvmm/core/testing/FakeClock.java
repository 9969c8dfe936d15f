package org.jvmm.core.testing;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.core.time.VmClock;

/** A clock that stands still until told, with its timers: {@link #advance} runs what became due, in order, on the caller's thread. */
public final class FakeClock implements VmClock, TimerQueue {
    private final List<FakeTimer> armed = new ArrayList<>();
    private long now;
    private long wallOffsetMillis = 1_000_000_000_000L;

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public long wallMillis() {
        return wallOffsetMillis + now / 1_000_000;
    }

    /** Sets the wall clock. */
    public void setWallMillis(long millis) {
        wallOffsetMillis = millis - now / 1_000_000;
    }

    /** Moves time forward, firing timers at their own deadlines on the way. */
    public void advance(long nanos) {
        long end = now + nanos;
        for (FakeTimer due = earliest(end); due != null; due = earliest(end)) {
            now = Math.max(now, due.deadline);
            armed.remove(due);
            due.callback.run();
        }
        now = end;
    }

    private FakeTimer earliest(long end) {
        FakeTimer best = null;
        for (FakeTimer timer : armed) {
            if (timer.deadline <= end && (best == null || timer.deadline < best.deadline)) {
                best = timer;
            }
        }
        return best;
    }

    /** Number of armed timers. */
    public int armedTimers() {
        return armed.size();
    }

    @Override
    public Timer newTimer(Runnable callback) {
        return new FakeTimer(callback);
    }

    @Override
    public VmClock clock() {
        return this;
    }

    private final class FakeTimer implements Timer {
        private final Runnable callback;
        private long deadline;

        private FakeTimer(Runnable callback) {
            this.callback = callback;
        }

        @Override
        public void arm(long newDeadline) {
            deadline = newDeadline;
            if (!armed.contains(this)) {
                armed.add(this);
            }
        }

        @Override
        public void cancel() {
            armed.remove(this);
        }
    }
}
