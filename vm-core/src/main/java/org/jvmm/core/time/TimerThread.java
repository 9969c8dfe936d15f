package org.jvmm.core.time;

import java.util.concurrent.locks.LockSupport;

/** The production {@link TimerQueue}: one daemon thread that sleeps until the earliest deadline. It starts with the first timer that is armed. */
public final class TimerThread implements TimerQueue {
    /** Sorted by deadline, earliest first; only armed timers. Guarded by {@code this}. A machine has a handful of timers. */
    private Entry first;
    private final VmClock clock;
    private final Thread thread;
    /** Guarded by {@code this}. */
    private boolean started;
    private volatile boolean stopped;

    /** Has no thread yet. */
    public TimerThread(VmClock clock) {
        this.clock = clock;
        this.thread = new Thread(this::loop, "timers");
        thread.setDaemon(true);
    }

    @Override
    public Timer newTimer(Runnable callback) {
        return new Entry(callback);
    }

    @Override
    public VmClock clock() {
        return clock;
    }

    /** Ends the thread; no callback starts after this returns and the thread has ended. */
    public void stop() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    private void loop() {
        while (!stopped) {
            Entry due = null;
            long wait = Long.MAX_VALUE;
            synchronized (this) {
                if (first != null) {
                    wait = first.deadline - clock.nanoTime();
                    if (wait <= 0) {
                        due = first;
                        first = due.next;
                        due.armed = false;
                    }
                }
            }
            if (due != null) {
                due.callback.run();
            } else if (wait == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, wait);
            }
        }
    }

    private final class Entry implements Timer {
        private final Runnable callback;
        private long deadline;
        private boolean armed;
        private Entry next;

        private Entry(Runnable callback) {
            this.callback = callback;
        }

        @Override
        public void arm(long newDeadline) {
            boolean wake;
            synchronized (TimerThread.this) {
                unlink();
                deadline = newDeadline;
                armed = true;
                wake = insert();
                if (!started) {
                    started = true;
                    thread.start();
                }
            }
            if (wake) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void cancel() {
            synchronized (TimerThread.this) {
                unlink();
            }
        }

        /** Puts this entry in its place; true when it is the earliest now. */
        private boolean insert() {
            if (first == null || deadline - first.deadline < 0) {
                next = first;
                first = this;
                return true;
            }
            Entry before = first;
            while (before.next != null && before.next.deadline - deadline <= 0) {
                before = before.next;
            }
            next = before.next;
            before.next = this;
            return false;
        }

        private void unlink() {
            if (!armed) {
                return;
            }
            armed = false;
            if (first == this) {
                first = next;
                return;
            }
            Entry before = first;
            while (before.next != this) {
                before = before.next;
            }
            before.next = next;
        }
    }
}
