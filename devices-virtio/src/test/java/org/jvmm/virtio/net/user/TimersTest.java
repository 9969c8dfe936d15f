package org.jvmm.virtio.net.user;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.ManualLoop;

/** Many timers on one. */
class TimersTest {
    private final FakeClock clock = new FakeClock();
    private final ManualLoop loop = new ManualLoop();
    private final Timers timers = new Timers(clock, loop);
    private final List<Long> expired = new ArrayList<>();

    private final class Probe extends Timers.Entry {
        private long due = -1;

        @Override
        void expired() {
            assertThat(clock.nanoTime()).isGreaterThanOrEqualTo(due);
            expired.add(due);
            due = -1;
        }
    }

    private void advance(long nanos) {
        clock.advance(nanos);
        loop.runAll();
    }

    @Test
    void eachExpiresOnceInOrder() {
        Random random = new Random(3);
        List<Probe> probes = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            probes.add(new Probe());
        }
        int armed = 0;
        for (int step = 0; step < 20_000; step++) {
            Probe probe = probes.get(random.nextInt(probes.size()));
            if (random.nextInt(4) == 0) {
                timers.cancel(probe);
                probe.due = -1;
            } else {
                long delay = 1 + random.nextInt(1000);
                probe.due = clock.nanoTime() + delay;
                timers.arm(probe, delay);
            }
            if (step % 8 == 0) {
                advance(random.nextInt(100));
            }
            armed = (int) probes.stream().filter(p -> p.due >= 0).count();
            assertThat(timers.armed()).isEqualTo(armed);
            assertThat(probe.isArmed()).isEqualTo(probe.due >= 0);
        }
        expired.clear();
        advance(2000);
        assertThat(expired).hasSize(armed).isSorted();
        assertThat(timers.armed()).isZero();
    }
}
