package org.jvmm.vmm.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessStartTest {
    /** Field 22 is 12345 ticks; the name holds what a parser may stumble over. */
    private static final String STAT = "4711 (a) b (c) S 1 4711 4711 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 9 0 12345 1000000 500\n";

    @Test
    void ticksAreTurnedIntoNanoseconds() {
        assertThat(ProcessStart.nanoTime(STAT, "124.00 200.00\n", 124_003_000_000L)).isEqualTo(123_450_000_000L);
    }

    @Test
    void suspendedTimeIsTakenOff() {
        // The host was suspended for 1000 s: nanoTime stood still meanwhile, the ticks did not.
        assertThat(ProcessStart.nanoTime(STAT, "1124.00 200.00\n", 124_000_000_000L)).isEqualTo(123_450_000_000L - 1_000_000_000_000L);
    }

    @Test
    void thisProcessBeganBeforeNow() {
        long start = ProcessStart.nanoTime();
        assertThat(start).isLessThanOrEqualTo(System.nanoTime());
        assertThat(System.nanoTime() - start).isLessThan(24 * 3600 * 1_000_000_000L);
    }
}
