package org.jvmm.virtio.pmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.RingFuzzer;

/** The place, the flush, and any driver. */
class PmemDeviceTest {
    private static final long START = 1L << 33;
    private static final int OPERATIONS = 100_000;

    private final ManualLoop loop = new ManualLoop();
    private int flushes;
    private boolean fail;
    private final PmemDevice device = new PmemDevice(START, 64 << 20, () -> {
        flushes++;
        return !fail;
    });
    private final MockDriver driver = new MockDriver(device, TestMemory.ofSize(1 << 20), loop, 64);

    private int request(int type) {
        long at = driver.allocate(16);
        driver.memory().write32(at, type);
        driver.memory().write32(at + 8, -1);
        driver.queue(0).readable(at, 4).writable(at + 8, 4).offer();
        driver.kick(0);
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(driver.queue(0).usedLength()).isEqualTo(4);
        return driver.memory().read32(at + 8);
    }

    @Test
    void placeIsInTheConfiguration() {
        assertThat(driver.config(0, 8)).isEqualTo(START);
        assertThat(driver.config(8, 8)).isEqualTo(64 << 20);
        assertThatThrownBy(() -> new PmemDevice(START, 4096, PmemFlush.NOTHING)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void flushIsDoneAndItsFailureIsTold() {
        driver.start();
        assertThat(request(0)).isZero();
        assertThat(flushes).isEqualTo(1);
        fail = true;
        assertThat(request(0)).isEqualTo(1);
        assertThat(request(9)).isEqualTo(1);
        assertThat(flushes).isEqualTo(2);
        assertThat(device.metrics().hostFailures.get()).isEqualTo(1);
        assertThat(device.metrics().guestFaults.get()).isEqualTo(1);
    }

    @Test
    void stateNamesThePlace() {
        driver.transport().pause();
        assertThat(driver.transport().save().device()).isEqualTo(new PmemState(START, 64 << 20));
        PmemDevice other = new PmemDevice(0, 64 << 20, PmemFlush.NOTHING);
        assertThatThrownBy(() -> other.restore(device.save())).hasMessageContaining("0x200000000");
    }

    @Test
    void survivesAnyDriver() {
        RingFuzzer fuzzer = new RingFuzzer(driver, 1, 27, (d, random, queue) -> {
            long at = d.dataStart() + random.nextInt(1 << 16);
            d.memory().write32(at, random.nextInt(4) == 0 ? random.nextInt() : 0);
            d.queue(0).readable(at, random.nextInt(8) == 0 ? random.nextInt(4) : 4);
            d.queue(0).writable(at + 8, random.nextInt(8) == 0 ? random.nextInt(8) : 4).offer();
        });
        fuzzer.run(OPERATIONS);
        assertThat(fuzzer.restarts()).isGreaterThan(500);
        assertThat(flushes).isGreaterThan(1000);
        driver.reset();
        driver.start();
        assertThat(request(0)).isZero();
    }
}
