package org.jvmm.virtio.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.RingFuzzer;
import org.jvmm.virtio.transport.MmioTransport;
import org.jvmm.virtio.transport.TransportState;

/** Bytes both ways, the window's size, the emergency write, and any driver. */
class ConsoleDeviceTest {
    private static final int OPERATIONS = 150_000;

    private final ManualLoop loop = new ManualLoop();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ConsoleDevice device = new ConsoleDevice(out::write, loop);
    private final MockDriver driver = new MockDriver(device, TestMemory.ofSize(1 << 20), loop, 64);

    private void type(String text) {
        device.type(text.getBytes(), 0, text.length());
        loop.runAll();
    }

    @Test
    void guestWrites() {
        driver.start();
        driver.queue(1).readable(driver.place("Hello, ".getBytes()), 7).readable(driver.place("world".getBytes()), 5).offer();
        driver.queue(1).readable(driver.place("!".getBytes()), 1).offer();
        driver.kick(1);
        assertThat(out).hasToString("Hello, world!");
        assertThat(driver.queue(1).usedIndex()).isEqualTo(2);
        assertThat(device.metrics().output.get()).isEqualTo(13);
    }

    @Test
    void hostTypesBeforeAndAfterThereIsRoom() {
        driver.start();
        type("abcdef");
        long at = driver.allocate(16);
        driver.queue(0).writable(at, 4).offer();
        driver.kick(0);
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(new String(driver.bytes(at, 4))).isEqualTo("abcd");
        driver.queue(0).writable(at, 16).offer();
        driver.kick(0);
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(driver.queue(0).usedLength()).isEqualTo(2);
        driver.queue(0).writable(at, 16).offer();
        driver.kick(0);
        assertThat(driver.queue(0).poll()).isFalse();
        type("x");
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(driver.queue(0).usedLength()).isEqualTo(1);
    }

    @Test
    void whatDoesNotFitIsLostAndCounted() {
        driver.start();
        device.type(new byte[70_000], 0, 70_000);
        loop.runAll();
        assertThat(device.metrics().lost.get()).isEqualTo(70_000 - 65_536);
    }

    @Test
    void sizeAndEmergencyWrite() {
        driver.start();
        driver.irq().take();
        device.resize(132, 43);
        loop.runAll();
        assertThat(driver.config(0, 2)).isEqualTo(132);
        assertThat(driver.config(2, 2)).isEqualTo(43);
        assertThat(driver.irq().take()).isEqualTo(1);
        driver.transport().write(0x100 + ConsoleConfig.EMERGENCY, 4, 'E');
        loop.runAll();
        assertThat(out).hasToString("E");
    }

    @Test
    void buffersOfTheWrongKindGoBack() {
        driver.start();
        long at = driver.allocate(16);
        driver.queue(1).writable(at, 4).offer();
        driver.queue(1).readable(at, 0).offer();
        driver.kick(1);
        assertThat(driver.queue(1).usedIndex()).isEqualTo(2);
        driver.queue(0).readable(at, 4).offer();
        driver.kick(0);
        type("a");
        assertThat(driver.queue(0).usedIndex()).isEqualTo(1);
        assertThat(device.metrics().guestFaults.get()).isEqualTo(3);
    }

    @Test
    void typedBytesAreKeptInTheState() {
        driver.start();
        type("wait");
        driver.transport().pause();
        TransportState state = driver.transport().save();
        ConsoleDevice other = new ConsoleDevice(out::write, loop);
        MmioTransport restored = new MmioTransport(driver.memory(), other, driver.irq(), loop);
        restored.restore(state);
        restored.resume();
        long at = driver.allocate(16);
        driver.queue(0).writable(at, 16).offer();
        restored.queueNotifier(0).signal();
        loop.runAll();
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(new String(driver.bytes(at, 4))).isEqualTo("wait");
    }

    @Test
    void survivesAnyDriver() {
        RingFuzzer fuzzer = new RingFuzzer(driver, 2, 3, (d, random, queue) -> {
            long at = d.dataStart() + random.nextInt(1 << 16);
            int length = random.nextInt(300);
            if (random.nextInt(16) == 0 ^ queue == 0) {
                d.queue(queue).writable(at, length).offer();
            } else {
                d.queue(queue).readable(at, length).offer();
            }
            device.type(new byte[random.nextInt(100)], 0, 0);
            byte[] typed = new byte[random.nextInt(100)];
            new Random(7).nextBytes(typed);
            device.type(typed, 0, typed.length);
            out.reset();
        });
        fuzzer.run(OPERATIONS);
        assertThat(fuzzer.restarts()).isGreaterThan(1000);
        assertThat(device.metrics().input.get()).isPositive();
        driver.reset();
        driver.start();
        out.reset();
        driver.queue(1).readable(driver.place("ok".getBytes()), 2).offer();
        driver.kick(1);
        assertThat(out).hasToString("ok");
    }
}
