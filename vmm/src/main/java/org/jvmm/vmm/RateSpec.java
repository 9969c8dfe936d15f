package org.jvmm.vmm;

import org.jvmm.core.event.EventLoop;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.limit.TokenBucket;

/**
 * What a device may do in a second. A bucket holds the tokens of one second, so that much may pass at once after a pause.
 *
 * @param bandwidth bytes a second, or 0 for no limit
 * @param operations requests or packets a second, or 0 for no limit
 */
public record RateSpec(long bandwidth, long operations) {
    /** No limit. */
    public static final RateSpec NONE = new RateSpec(0, 0);

    private static final long SECOND_MILLIS = 1000;

    public RateSpec {
        if (bandwidth < 0 || operations < 0) {
            throw new IllegalArgumentException("Rate of " + bandwidth + " bytes and " + operations + " operations a second");
        }
    }

    /** The same with another bandwidth, written as {@link MemorySize}s are. */
    RateSpec withBandwidth(String text) {
        return new RateSpec(positive(MemorySize.parse(text), text), operations);
    }

    /** The same with another number of operations, written with the units K, M, G of powers of 1024 or without. */
    RateSpec withOperations(String text) {
        return new RateSpec(bandwidth, positive(MemorySize.parse(text), text));
    }

    private static long positive(long value, String text) {
        if (value == 0) {
            throw new MachineException("Rate " + text + " would let nothing pass");
        }
        return value;
    }

    /** The limiter, or null for {@link #NONE}; {@code retry} runs on the loop when what was held back may be tried again. */
    RateLimiter limiter(TimerQueue timers, EventLoop loop, Runnable retry) {
        if (bandwidth == 0 && operations == 0) {
            return null;
        }
        return new RateLimiter(bucket(bandwidth, timers), bucket(operations, timers), timers, loop, retry);
    }

    private static TokenBucket bucket(long perSecond, TimerQueue timers) {
        return perSecond == 0 ? null : new TokenBucket(perSecond, 0, SECOND_MILLIS, timers.clock().nanoTime());
    }
}
