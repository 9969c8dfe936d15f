package org.jvmm.virtio.rng;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.limit.TokenBucket;
import org.jvmm.virtio.testing.MockDriver;

/** The entropy device behind its registers. */
class RngDeviceTest {
    private final RngDevice device = new RngDevice();
    private final MockDriver driver = new MockDriver(device);

    @AfterEach
    void close() throws IOException {
        device.close();
    }

    @Test
    void fillsBuffers() {
        driver.start();
        long at = driver.allocate(4096);
        driver.queue(0).writable(at, 100).writable(at + 1024, 1000).offer();
        driver.kick(0);
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(driver.queue(0).usedLength()).isEqualTo(1100);
        assertThat(driver.bytes(at, 100)).isNotEqualTo(new byte[100]);
        assertThat(driver.bytes(at + 100, 900)).isEqualTo(new byte[900]);
        assertThat(device.metrics().bytes.get()).isEqualTo(1100);
    }

    @Test
    void largeRequestIsAnsweredInPart() {
        driver.start();
        driver.queue(0).writable(driver.allocate(1 << 20), 1 << 20).offer();
        driver.kick(0);
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(driver.queue(0).usedLength()).isEqualTo(64 << 10);
    }

    @Test
    void requestsThatMakeNoSenseGoBackEmpty() {
        driver.start();
        long at = driver.allocate(64);
        driver.queue(0).readable(at, 16).offer();
        driver.queue(0).readable(at, 16).writable(at, 16).offer();
        driver.queue(0).writable(at, 0).offer();
        driver.kick(0);
        for (int i = 0; i < 3; i++) {
            assertThat(driver.queue(0).poll()).isTrue();
            assertThat(driver.queue(0).usedLength()).isZero();
        }
        assertThat(device.metrics().guestFaults.get()).isEqualTo(3);
    }

    @Test
    void aFullQueueIsWorkedOffInTurns() {
        driver.start();
        long at = driver.allocate(64 << 10);
        for (int i = 0; i < 100; i++) {
            driver.queue(0).writable(at, 64 << 10).offer();
        }
        driver.kick(0);
        assertThat(driver.queue(0).usedIndex()).isEqualTo(100);
    }

    @Test
    void limiterHoldsRequestsBack() {
        FakeClock clock = new FakeClock();
        device.limit(new RateLimiter(new TokenBucket(1000, 0, 1000, 0), null, clock, driver.loop(), device::retry));
        driver.start();
        long at = driver.allocate(4096);
        driver.queue(0).writable(at, 1000).offer();
        driver.queue(0).writable(at, 500).offer();
        driver.kick(0);
        assertThat(driver.queue(0).usedIndex()).isEqualTo(1);
        clock.advance(500_000_000);
        driver.loop().runAll();
        assertThat(driver.queue(0).usedIndex()).isEqualTo(2);
        assertThat(device.metrics().throttled.get()).isEqualTo(1);
    }

    @Test
    void statePassesThroughPauseAndReset() throws IOException {
        driver.start();
        driver.transport().pause();
        driver.queue(0).writable(driver.allocate(16), 16).offer();
        driver.kick(0);
        assertThat(driver.queue(0).usedIndex()).isZero();
        assertThat(driver.transport().save().device()).isEqualTo(new RngState());
        driver.transport().resume();
        assertThat(driver.queue(0).usedIndex()).isEqualTo(1);
        driver.reset();
        device.handleQueue(0);
        driver.start();
        driver.queue(0).writable(driver.allocate(16), 16).offer();
        driver.kick(0);
        assertThat(driver.queue(0).usedIndex()).isEqualTo(1);
    }
}
