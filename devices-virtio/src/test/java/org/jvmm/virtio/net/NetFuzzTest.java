package org.jvmm.virtio.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.RingFuzzer;

/** Whatever the driver does, the network card passes the next good packet on, both ways. */
class NetFuzzTest {
    private static final int OPERATIONS = Integer.getInteger("fuzz.ops", 200_000);
    private static final long SEED = Long.getLong("fuzz.seed", 5);

    @Test
    void survivesAnyDriver() {
        FakeBackend backend = new FakeBackend();
        backend.keep = false;
        backend.answer = new PacketBuffer();
        NetDevice device = new NetDevice(backend, MacAddress.DEFAULT, 1500);
        MockDriver driver = new MockDriver(device);
        RingFuzzer fuzzer = new RingFuzzer(driver, 2, SEED, (d, random, queue) -> offer(d, random, queue, backend));
        fuzzer.run(OPERATIONS);
        assertThat(fuzzer.restarts()).isGreaterThan(500);
        assertThat(device.metrics().txPackets.get()).isGreaterThan(1000);
        assertThat(device.metrics().rxPackets.get()).isGreaterThan(1000);
        driver.reset();
        driver.start();
        backend.room = Integer.MAX_VALUE;
        backend.answer.length(72);
        long before = device.metrics().txPackets.get();
        driver.queue(0).writable(driver.allocate(2000), 2000).offer();
        driver.kick(0);
        long at = driver.allocate(72);
        header(driver, at);
        driver.queue(1).readable(at, 72).offer();
        driver.kick(1);
        assertThat(device.metrics().txPackets.get()).isEqualTo(before + 1);
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(driver.queue(0).usedLength()).isEqualTo(72);
    }

    private static void header(MockDriver driver, long at) {
        driver.memory().write(at, new byte[12]);
        for (int i = 0; i < 6; i++) {
            driver.memory().write8(at + 18 + i, (int) (MacAddress.DEFAULT.value() >> 40 - 8 * i));
        }
        driver.memory().write16(at + 24, 0x0008);
    }

    private static void offer(MockDriver d, Random random, int queue, FakeBackend backend) {
        long at = d.dataStart() + random.nextInt(1 << 16);
        if (random.nextInt(32) == 0) {
            backend.room = random.nextInt(20);
            backend.answer.length(NetHeader.SIZE + random.nextInt(3000));
            if (backend.sink != null) {
                backend.sink.transmitReady();
            }
        }
        if (queue == 0) {
            d.queue(0).writable(at, random.nextInt(3000)).offer();
            return;
        }
        header(d, at);
        if (random.nextInt(8) == 0) {
            d.memory().write8(at + random.nextInt(26), random.nextInt(256));
        }
        int length = random.nextInt(1600);
        int split = random.nextInt(length + 1);
        d.queue(1).readable(at, split).readable(at + split, length - split).offer();
    }
}
