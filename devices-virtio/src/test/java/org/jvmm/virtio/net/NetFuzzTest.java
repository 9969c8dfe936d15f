package org.jvmm.virtio.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.MockQueue;
import org.jvmm.virtio.testing.RingFuzzer;

/** Whatever the driver does, the network card passes the next good packet on, both ways. */
class NetFuzzTest {
    private static final int OPERATIONS = Integer.getInteger("fuzz.ops", 200_000);
    /** The control queue of a card with three pairs. */
    private static final int CONTROL = 6;
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

    @Test
    void cardWithPairsSurvivesAnyDriver() {
        List<FakeBackend> backends = IntStream.range(0, 3).mapToObj(i -> new FakeBackend()).toList();
        for (FakeBackend backend : backends) {
            backend.keep = false;
            backend.answer = new PacketBuffer();
            backend.answer.length(NetHeader.SIZE + 60);
        }
        NetDevice device = new NetDevice(backends, MacAddress.DEFAULT, 1500);
        MockDriver driver = new MockDriver(device);
        int[] commands = new int[1];
        RingFuzzer fuzzer = new RingFuzzer(driver, 7, SEED + 1, (d, random, queue) -> {
            if (queue == CONTROL) {
                command(d, random);
                commands[0]++;
            } else {
                packet(d, random, queue);
            }
        });
        fuzzer.run(OPERATIONS / 2);
        assertThat(fuzzer.restarts()).isGreaterThan(200);
        assertThat(device.metrics().controlFaults.get()).as("commands refused").isBetween(1000L, (long) commands[0]);
        assertThat(device.metrics().txPackets.get()).isGreaterThan(1000);
        driver.reset();
        assertThat(backends).allSatisfy(backend -> assertThat(backend.sink).isNull());
        driver.start();
        long at = driver.place(new byte[] { 4, 0, 3, 0, 99 });
        driver.queue(CONTROL).readable(at, 4).writable(at + 4, 1).offer();
        driver.kick(CONTROL);
        assertThat(driver.memory().read8(at + 4)).as("the next good command").isZero();
        assertThat(backends).allSatisfy(backend -> assertThat(backend.sink).isNotNull());
        long before = device.metrics().txPackets.get();
        long frame = driver.allocate(72);
        header(driver, frame);
        driver.queue(5).readable(frame, 72).offer();
        driver.kick(5);
        assertThat(device.metrics().txPackets.get()).isEqualTo(before + 1);
    }

    /** A command that is nearly right: class, number, pairs, lengths and the place for the answer are each wrong at times. */
    private static void command(MockDriver d, Random random) {
        long at = d.dataStart() + random.nextInt(1 << 16);
        d.memory().write(at,
                new byte[] { (byte) (random.nextInt(8) == 0 ? random.nextInt() : 4), (byte) (random.nextInt(8) == 0 ? random.nextInt() : 0),
                    (byte) random.nextInt(5), (byte) (random.nextInt(16) == 0 ? random.nextInt() : 0), 99 });
        int length = random.nextInt(8) == 0 ? random.nextInt(9) : 4;
        int split = random.nextInt(length + 1);
        MockQueue rings = d.queue(CONTROL).readable(at, split).readable(at + split, length - split);
        if (random.nextInt(8) != 0) {
            rings.writable(at + 16, 1 + random.nextInt(3));
        }
        rings.offer();
    }

    private static void packet(MockDriver d, Random random, int queue) {
        long at = d.dataStart() + random.nextInt(1 << 16);
        if ((queue & 1) == 0) {
            d.queue(queue).writable(at, random.nextInt(3000)).offer();
        } else {
            header(d, at);
            d.queue(queue).readable(at, random.nextInt(1600)).offer();
        }
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
