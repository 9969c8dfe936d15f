package org.jvmm.virtio.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.ManualLoop;

/** Buckets on a clock that the test moves. */
class RateLimiterTest {
    private static final long MS = 1_000_000;

    private final FakeClock clock = new FakeClock();
    private final ManualLoop loop = new ManualLoop();
    private final AtomicInteger retries = new AtomicInteger();

    private RateLimiter limiter(TokenBucket bytes, TokenBucket operations) {
        return new RateLimiter(bytes, operations, clock, loop, retries::incrementAndGet);
    }

    @Test
    void burstIsSpentFirstAndNeverComesBack() {
        TokenBucket bucket = new TokenBucket(100, 50, 1000, 0);
        bucket.take(120, 0);
        assertThat(bucket.available(0)).isEqualTo(30);
        assertThat(bucket.available(10_000 * MS)).isEqualTo(100);
    }

    @Test
    void refillIsProportional() {
        TokenBucket bucket = new TokenBucket(100, 0, 1000, 0);
        bucket.take(100, 0);
        assertThat(bucket.available(250 * MS)).isEqualTo(25);
        assertThat(bucket.delay(50, 250 * MS)).isEqualTo(250 * MS);
        // Fractions of a token add up.
        for (int t = 251; t <= 1250; t++) {
            bucket.available(t * MS);
        }
        assertThat(bucket.available(1250 * MS)).isEqualTo(100);
    }

    @Test
    void refusedOperationIsTriedAgainInTime() {
        RateLimiter limiter = limiter(null, new TokenBucket(2, 0, 1000, 0));
        assertThat(limiter.tryTake(1)).isTrue();
        assertThat(limiter.tryTake(1)).isTrue();
        assertThat(limiter.tryTake(1)).isFalse();
        assertThat(limiter.isBlocked()).isTrue();
        clock.advance(499 * MS);
        loop.runAll();
        assertThat(retries).hasValue(0);
        clock.advance(MS);
        loop.runAll();
        assertThat(retries).hasValue(1);
        assertThat(limiter.tryTake(1)).isTrue();
    }

    @Test
    void oversizeRequestPassesOnceAndIsRepaid() {
        RateLimiter limiter = limiter(new TokenBucket(1000, 0, 1000, 0), null);
        assertThat(limiter.tryTake(3000)).isTrue();
        assertThat(limiter.tryTake(1000)).isFalse();
        clock.advance(2999 * MS);
        loop.runAll();
        assertThat(retries).hasValue(0);
        clock.advance(MS);
        loop.runAll();
        assertThat(retries).hasValue(1);
        assertThat(limiter.tryTake(1000)).isTrue();
    }

    @Test
    void bothBucketsMustAllowAndNothingIsTakenOtherwise() {
        TokenBucket bytes = new TokenBucket(100, 0, 1000, 0);
        TokenBucket operations = new TokenBucket(10, 0, 1000, 0);
        RateLimiter limiter = limiter(bytes, operations);
        assertThat(limiter.tryTake(100)).isTrue();
        assertThat(limiter.tryTake(1)).isFalse();
        assertThat(operations.available(0)).isEqualTo(9);
        limiter.reset();
        limiter.giveBack(100);
        assertThat(limiter.tryTake(1)).isTrue();
    }

    @Test
    void updateFreesWhatWaits() {
        RateLimiter limiter = limiter(null, new TokenBucket(1, 0, 100_000, 0));
        assertThat(limiter.tryTake(1)).isTrue();
        assertThat(limiter.tryTake(1)).isFalse();
        limiter.update(null, null);
        clock.advance(0);
        loop.runAll();
        assertThat(retries).hasValue(1);
        assertThat(limiter.tryTake(1 << 30)).isTrue();
    }

    @Test
    void hugeNumbersDoNotOverflow() {
        TokenBucket bucket = new TokenBucket(Long.MAX_VALUE / 4, 0, 1, 0);
        bucket.take(Long.MAX_VALUE / 8, 0);
        assertThat(bucket.available(MS)).isEqualTo(Long.MAX_VALUE / 4);
        assertThatThrownBy(() -> new TokenBucket(0, 0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
