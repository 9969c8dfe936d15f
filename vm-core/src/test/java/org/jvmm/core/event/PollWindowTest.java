package org.jvmm.core.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The window opens for short sleeps and closes after a long one. */
class PollWindowTest {
    private long now;
    private final PollWindow window = new PollWindow(() -> now += 1000, true);

    /** A sleep that lasts so many nanoseconds; returns how long the thread looked out before. */
    private long sleep(long nanos) {
        long begin = now;
        assertThat(window.poll(() -> false)).isFalse();
        long looked = now - begin;
        now += nanos;
        window.slept();
        return looked;
    }

    @Test
    void itOpensStepByStepAndNoFurtherThanItsLimit() {
        assertThat(window.nanos()).isZero();
        sleep(5000);
        assertThat(window.nanos()).isEqualTo(PollWindow.FIRST);
        for (long expected = 2 * PollWindow.FIRST; expected < PollWindow.LONGEST; expected *= 2) {
            sleep(5000);
            assertThat(window.nanos()).isEqualTo(expected);
        }
        sleep(5000);
        assertThat(window.nanos()).isEqualTo(PollWindow.LONGEST);
        assertThat(sleep(5000)).isBetween(PollWindow.LONGEST, PollWindow.LONGEST + 3000);
        assertThat(window.nanos()).as("what does not come in the longest window is not waited for awake").isZero();
    }

    @Test
    void aLongSleepClosesIt() {
        sleep(5000);
        sleep(5000);
        sleep(PollWindow.LONGEST);
        assertThat(window.nanos()).isZero();
        assertThat(sleep(1_000_000_000)).as("looks once").isLessThan(4000);
    }

    @Test
    void whatComesInTimeIsSeen() {
        sleep(5000);
        AtomicInteger looks = new AtomicInteger();
        assertThat(window.poll(() -> looks.incrementAndGet() == 50)).isTrue();
        assertThat(looks).hasValue(50);
        assertThat(window.nanos()).as("stays as it was").isEqualTo(PollWindow.FIRST);
    }

    @Test
    void oneProcessorLooksOnce() {
        PollWindow alone = new PollWindow(() -> {
            throw new AssertionError("no clock is read");
        }, false);
        AtomicInteger looks = new AtomicInteger();
        assertThat(alone.poll(() -> looks.incrementAndGet() > 1)).isFalse();
        alone.slept();
        assertThat(looks).hasValue(1);
        assertThat(alone.nanos()).isZero();
    }
}
