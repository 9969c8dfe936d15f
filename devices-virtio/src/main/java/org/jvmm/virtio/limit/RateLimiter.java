package org.jvmm.virtio.limit;

import org.jvmm.core.event.EventLoop;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.core.time.VmClock;

/**
 * Limits bytes and operations of a device by two token buckets, each of which may be absent. A request that is refused waits: the limiter calls back on the loop when it may be
 * tried again. Thread-safe, as queues with threads of their own share one.
 */
public final class RateLimiter {
    private final VmClock clock;
    private final TimerQueue.Timer timer;
    private TokenBucket bytes;
    private TokenBucket operations;
    private boolean waiting;

    /**
     * @param bytes limits bandwidth; null for no limit
     * @param operations limits requests; null for no limit
     * @param timers tells the time and wakes
     * @param loop where {@code retry} runs
     * @param retry continues the device's work
     */
    public RateLimiter(TokenBucket bytes, TokenBucket operations, TimerQueue timers, EventLoop loop, Runnable retry) {
        this.bytes = bytes;
        this.operations = operations;
        this.clock = timers.clock();
        this.timer = timers.newTimer(() -> loop.execute(() -> {
            release();
            retry.run();
        }));
    }

    private synchronized void release() {
        waiting = false;
    }

    /** Whether a refused request waits; the device takes no other one meanwhile. */
    public synchronized boolean isBlocked() {
        return waiting;
    }

    /**
     * Takes the tokens of one operation with {@code size} bytes.
     *
     * @return false when they are not there; then nothing was taken and the call back will come
     */
    public synchronized boolean tryTake(long size) {
        if (waiting) {
            return false;
        }
        long now = clock.nanoTime();
        boolean pass = (operations == null || operations.allows(1, now)) && (bytes == null || bytes.allows(size, now));
        if (!pass) {
            long delay = Math.max(operations == null ? 0 : operations.delay(1, now), bytes == null ? 0 : bytes.delay(size, now));
            waiting = true;
            timer.arm(now + delay);
            return false;
        }
        if (operations != null) {
            operations.take(1, now);
        }
        if (bytes != null) {
            bytes.take(size, now);
        }
        return true;
    }

    /** Gives back the tokens of an operation that did not happen. */
    public synchronized void giveBack(long size) {
        if (operations != null) {
            operations.giveBack(1);
        }
        if (bytes != null) {
            bytes.giveBack(size);
        }
    }

    /** Replaces both buckets; what waits is tried again at once. */
    public synchronized void update(TokenBucket newBytes, TokenBucket newOperations) {
        bytes = newBytes;
        operations = newOperations;
        if (waiting) {
            timer.arm(clock.nanoTime());
        }
    }

    /** Forgets a waiting request, at a reset. */
    public synchronized void reset() {
        timer.cancel();
        waiting = false;
    }
}
