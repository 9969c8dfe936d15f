package org.jvmm.virtio.limit;

/**
 * A token bucket: holds at most {@code size} tokens, refilled steadily so that an empty one is full after the refill time, and begins with a one-time burst that is used up
 * first and never refilled. Not thread-safe.
 */
public final class TokenBucket {
    private final long size;
    private final long refillNanos;
    private long tokens;
    private long burst;
    private long last;

    /**
     * A full bucket.
     *
     * @param size tokens, greater than 0
     * @param oneTimeBurst extra tokens at the start, 0 or more
     * @param refillMillis time in which an empty bucket fills, greater than 0
     * @param now the clock, nanoseconds
     */
    public TokenBucket(long size, long oneTimeBurst, long refillMillis, long now) {
        if (size <= 0 || oneTimeBurst < 0 || refillMillis <= 0 || refillMillis > Long.MAX_VALUE / 1_000_000) {
            throw new IllegalArgumentException(
                    "Token bucket of size " + size + ", burst " + oneTimeBurst + ", refill time " + refillMillis + " ms");
        }
        this.size = size;
        this.refillNanos = refillMillis * 1_000_000;
        this.tokens = size;
        this.burst = oneTimeBurst;
        this.last = now;
    }

    /** Tokens there are now, the burst included. */
    public long available(long now) {
        refill(now);
        return burst + tokens;
    }

    /** Most tokens of a bucket without burst. */
    public long size() {
        return size;
    }

    /** Whether a request for {@code wanted} tokens may pass: they are there, or the bucket is full and will never hold more. */
    boolean allows(long wanted, long now) {
        refill(now);
        return wanted <= burst + tokens || tokens == size;
    }

    /** Takes tokens. A request larger than a full bucket leaves a debt, which the refill repays first. */
    void take(long wanted, long now) {
        refill(now);
        long fromBurst = Math.min(burst, wanted);
        burst -= fromBurst;
        tokens -= wanted - fromBurst;
    }

    /** Gives tokens back that were taken for what did not happen. */
    void giveBack(long amount) {
        tokens = Math.min(size, tokens + amount);
    }

    /** Nanoseconds until {@code wanted} tokens, or a full bucket if that is fewer, are there; 0 when they are. */
    long delay(long wanted, long now) {
        refill(now);
        long missing = Math.min(wanted - burst, size) - tokens;
        if (missing <= 0) {
            return 0;
        }
        // Rounded up, or the wait would end a moment too early.
        return (long) Math.ceil((double) missing * refillNanos / size);
    }

    private void refill(long now) {
        long passed = now - last;
        if (passed <= 0) {
            return;
        }
        long missing = size - tokens;
        double due = (double) passed * size / refillNanos;
        if (due >= missing) {
            tokens = size;
            last = now;
            return;
        }
        long fresh = (long) due;
        tokens += fresh;
        // The part of a token that has not come yet is not forgotten.
        last += (long) ((double) fresh * refillNanos / size);
    }
}
