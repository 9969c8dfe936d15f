package org.jvmm.virtio.rng;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.RingFuzzer;

/** Whatever the driver does, the entropy device answers the next good one. */
class RngFuzzTest {
    private static final int OPERATIONS = 200_000;

    @Test
    void survivesAnyDriver() throws IOException {
        try (RngDevice device = new RngDevice()) {
            MockDriver driver = new MockDriver(device);
            RingFuzzer fuzzer = new RingFuzzer(driver, 1, 4, (d, random, queue) -> {
                long at = d.dataStart() + random.nextInt(1 << 16);
                if (random.nextInt(8) == 0) {
                    d.queue(queue).readable(at, random.nextInt(64));
                }
                d.queue(queue).writable(at, random.nextInt(512)).offer();
            });
            fuzzer.run(OPERATIONS);
            assertThat(fuzzer.restarts()).isGreaterThan(1000);
            driver.reset();
            driver.start();
            driver.queue(0).writable(driver.allocate(64), 64).offer();
            driver.kick(0);
            assertThat(driver.queue(0).poll()).isTrue();
            assertThat(driver.queue(0).usedLength()).isEqualTo(64);
        }
    }
}
