package org.jvmm.virtio.balloon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.RingFuzzer;

/** Whatever the driver does, only whole pages of the guest's memory are released. */
class BalloonFuzzTest {
    private static final int OPERATIONS = 150_000;

    @Test
    void survivesAnyDriver() {
        GuestMemory memory = TestMemory.ofSize(1 << 20);
        long low = memory.regions().get(0).hostBase();
        ManualLoop loop = new ManualLoop();
        FakeClock clock = new FakeClock();
        BalloonDevice device = new BalloonDevice(true, (address, length) -> {
            if (address < low || length <= 0 || length % 4096 != 0 || address - low > memory.size() - length) {
                throw new AssertionError("Released memory that is not the guest's");
            }
            return true;
        }, loop, clock);
        device.statisticsInterval(1000);
        MockDriver driver = new MockDriver(device, memory, loop, 32);
        RingFuzzer fuzzer = new RingFuzzer(driver, 4, 5, (d, random, queue) -> {
            long at = d.dataStart() + random.nextInt(1 << 16);
            for (int i = 0; i < 8; i++) {
                d.memory().write32(at + 4L * i, random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(260));
            }
            if (queue == 3) {
                d.queue(queue).writable(random.nextInt(1 << 19), random.nextInt(1 << 16)).offer();
            } else {
                d.queue(queue).readable(at, random.nextInt(4) == 0 ? random.nextInt(64) : 32).offer();
            }
            clock.advance(random.nextInt(4000));
            if (random.nextInt(64) == 0) {
                device.target(random.nextInt(1000));
            }
        });
        fuzzer.run(OPERATIONS);
        assertThat(fuzzer.restarts()).isGreaterThan(1000);
        assertThat(device.metrics().released.get()).isPositive();
        assertThat(device.metrics().statistics.get()).isGreaterThan(1000);
        driver.reset();
        driver.start();
        long before = device.metrics().inflated.get();
        driver.queue(0).readable(driver.place(new byte[] { 50, 0, 0, 0 }), 4).offer();
        driver.kick(0);
        assertThat(device.metrics().inflated.get()).isEqualTo(before + 1);
    }
}
