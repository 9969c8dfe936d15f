package org.jvmm.virtio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.limit.TokenBucket;
import org.jvmm.virtio.testing.MockDriver;

/** The network card behind its registers. */
class NetDeviceTest {
    private static final MacAddress MAC = MacAddress.DEFAULT;
    private static final long VERSION_1 = 1L << 32;

    private final FakeBackend backend = new FakeBackend();
    private final NetDevice device = new NetDevice(backend, MAC, 1500);
    private final MockDriver driver = new MockDriver(device);

    private static byte[] packet(int frame, int seed) {
        byte[] packet = new byte[NetHeader.SIZE + frame];
        new Random(seed).nextBytes(packet);
        Arrays.fill(packet, 0, NetHeader.SIZE, (byte) 0);
        for (int i = 0; i < 6; i++) {
            packet[NetHeader.SIZE + 6 + i] = (byte) (MAC.value() >> 40 - 8 * i);
        }
        packet[NetHeader.SIZE + 12] = 8;
        packet[NetHeader.SIZE + 13] = 0;
        return packet;
    }

    private static PacketBuffer buffer(byte[] packet) {
        PacketBuffer buffer = new PacketBuffer();
        buffer.bytes().setBytes(0, packet);
        buffer.length(packet.length);
        return buffer;
    }

    private void send(byte[] packet) {
        driver.queue(1).readable(driver.place(packet), packet.length).offer();
        driver.kick(1);
    }

    @Test
    void configurationSaysAddressStatusAndMtu() {
        assertThat(driver.config(0, 4)).isEqualTo(0x12005452L);
        assertThat(driver.config(4, 2)).isEqualTo(0x5634);
        assertThat(driver.config(6, 2)).isEqualTo(1);
        assertThat(driver.config(8, 2)).isEqualTo(1);
        assertThat(driver.config(10, 2)).isEqualTo(1500);
        assertThat(driver.offeredFeatures() & 0xFFFFFF)
                .isEqualTo(NetFeatures.OFFLOADS | NetFeatures.MAC | NetFeatures.STATUS | NetFeatures.MTU
                        | NetFeatures.MRG_RXBUF);
        assertThatThrownBy(() -> new NetDevice(backend, MAC, 67)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void packetsOfTheGuestReachTheBackend() {
        driver.start();
        byte[] one = packet(60, 1);
        byte[] two = packet(1514, 2);
        long at = driver.place(two);
        driver.queue(1).readable(driver.place(one), one.length).offer();
        // Header apart, and an odd split.
        driver.queue(1).readable(at, 12).readable(at + 12, 7).readable(at + 19, two.length - 19).offer();
        driver.kick(1);
        assertThat(backend.packets).containsExactly(one, two);
        assertThat(backend.bursts).isEqualTo(1);
        assertThat(driver.queue(1).usedIndex()).isEqualTo(2);
        assertThat(device.metrics().txPackets.get()).isEqualTo(2);
        assertThat(device.metrics().txBytes.get()).isEqualTo(1574);
    }

    @Test
    void spoofedAndUnwantedFramesAreDroppedAndCounted() {
        driver.start();
        byte[] spoofed = packet(60, 1);
        spoofed[NetHeader.SIZE + 11]++;
        send(spoofed);
        byte[] ipv6 = packet(60, 1);
        ipv6[NetHeader.SIZE + 12] = (byte) 0x86;
        ipv6[NetHeader.SIZE + 13] = (byte) 0xDD;
        send(ipv6);
        assertThat(backend.packets).isEmpty();
        assertThat(driver.queue(1).usedIndex()).isEqualTo(2);
        assertThat(device.metrics().txSpoofed.get()).isEqualTo(1);
        assertThat(device.metrics().txUnwanted.get()).isEqualTo(1);
    }

    @Test
    void whatIsNoPacketGoesBack() {
        driver.start(VERSION_1 | NetFeatures.CSUM);
        send(Arrays.copyOf(packet(60, 1), 25));
        byte[] segments = packet(60, 1);
        segments[NetHeader.GSO_TYPE] = NetHeader.GSO_TCPV4;
        segments[NetHeader.FLAGS] = NetHeader.F_NEEDS_CSUM;
        segments[NetHeader.GSO_SIZE] = 100;
        send(segments);
        send(new byte[PacketBuffer.MAX_PACKET + 1]);
        byte[] unknown = packet(60, 1);
        unknown[NetHeader.GSO_TYPE] = 3;
        send(unknown);
        driver.queue(1).writable(driver.allocate(100), 100).offer();
        driver.kick(1);
        assertThat(backend.packets).isEmpty();
        assertThat(driver.queue(1).usedIndex()).isEqualTo(5);
        assertThat(device.metrics().txMalformed.get()).isEqualTo(5);
        assertThat(driver.needsReset()).isFalse();
        byte[] good = packet(60, 1);
        good[NetHeader.FLAGS] = NetHeader.F_NEEDS_CSUM;
        send(good);
        assertThat(backend.packets).containsExactly(good);
    }

    @Test
    void segmentsNeedChecksumAndSize() {
        driver.start();
        byte[] segments = packet(60, 1);
        segments[NetHeader.GSO_TYPE] = NetHeader.GSO_TCPV4;
        segments[NetHeader.GSO_SIZE] = 100;
        send(segments);
        segments[NetHeader.FLAGS] = NetHeader.F_NEEDS_CSUM;
        segments[NetHeader.GSO_SIZE] = 0;
        send(segments);
        assertThat(device.metrics().txMalformed.get()).isEqualTo(2);
        segments[NetHeader.GSO_SIZE] = 100;
        send(segments);
        assertThat(backend.packets).containsExactly(segments);
    }

    @Test
    void aBackendThatIsNotReadyKeepsTheQueueWaiting() {
        driver.start();
        backend.room = 1;
        send(packet(60, 1));
        send(packet(60, 2));
        assertThat(backend.packets).hasSize(1);
        assertThat(driver.queue(1).usedIndex()).isEqualTo(1);
        backend.room = 5;
        driver.kick(1);
        assertThat(backend.packets).hasSize(1);
        backend.sink.transmitReady();
        assertThat(backend.packets).containsExactly(packet(60, 1), packet(60, 2));
        assertThat(device.metrics().txBlocked.get()).isEqualTo(1);
    }

    @Test
    void aFullQueueIsWorkedOffInTurns() {
        driver.start();
        byte[] packet = packet(60, 1);
        long at = driver.place(packet);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 256; i++) {
                driver.queue(1).readable(at, packet.length).offer();
            }
            driver.kick(1);
            while (driver.queue(1).poll()) {
                assertThat(driver.queue(1).usedLength()).isZero();
            }
        }
        assertThat(backend.packets).hasSize(768);
    }

    @Test
    void aPacketIsMergedFromBuffers() {
        driver.start();
        byte[] packet = packet(4000, 1);
        long at = driver.allocate(3 * 1600);
        // Enough others that the largest packet would fit.
        for (int i = 0; i < 60; i++) {
            driver.queue(0).writable(i < 3 ? at + 1600L * i : driver.allocate(1600), 1600).offer();
        }
        driver.kick(0);
        assertThat(backend.sink.canReceive()).isTrue();
        assertThat(backend.sink.receive(buffer(packet))).isTrue();
        driver.irq().take();
        backend.sink.flush();
        int[] lengths = { 1600, 1600, 812 };
        for (int length : lengths) {
            assertThat(driver.queue(0).poll()).isTrue();
            assertThat(driver.queue(0).usedLength()).isEqualTo(length);
        }
        assertThat(driver.queue(0).poll()).isFalse();
        byte[] got = driver.bytes(at, 1600);
        assertThat(got[NetHeader.NUM_BUFFERS]).isEqualTo((byte) 3);
        got[NetHeader.NUM_BUFFERS] = 0;
        assertThat(got).isEqualTo(Arrays.copyOf(packet, 1600));
        assertThat(driver.bytes(at + 3200, 812)).isEqualTo(Arrays.copyOfRange(packet, 3200, 4012));
        assertThat(device.metrics().rxPackets.get()).isEqualTo(1);
    }

    @Test
    void withoutMergingOneBufferHoldsThePacket() {
        driver.start(VERSION_1);
        assertThat(backend.negotiated).isZero();
        byte[] packet = packet(1514, 1);
        long at = driver.allocate(1600);
        driver.queue(0).writable(at, 12).writable(at + 12, 1588).offer();
        driver.queue(0).writable(driver.allocate(100), 100).offer();
        driver.kick(0);
        assertThat(backend.sink.receive(buffer(packet))).isTrue();
        // The next buffer is too small for it: dropped, and the buffer stays.
        assertThat(backend.sink.receive(buffer(packet))).isTrue();
        assertThat(backend.sink.receive(buffer(packet(60, 1)))).isTrue();
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(driver.queue(0).usedLength()).isEqualTo(packet.length);
        packet[NetHeader.NUM_BUFFERS] = 1;
        assertThat(driver.bytes(at, packet.length)).isEqualTo(packet);
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(driver.queue(0).usedLength()).isEqualTo(72);
        assertThat(device.metrics().rxTooLong.get()).isEqualTo(1);
    }

    @Test
    void aBufferWithoutRoomForTheHeaderGoesBackEmpty() {
        driver.start(VERSION_1);
        driver.queue(0).writable(driver.allocate(16), 11).offer();
        driver.queue(0).writable(driver.allocate(100), 100).offer();
        assertThat(backend.sink.receive(buffer(packet(60, 1)))).isTrue();
        assertThat(backend.sink.receive(buffer(packet(60, 1)))).isTrue();
        assertThat(driver.queue(0).usedIndex()).isEqualTo(2);
    }

    @Test
    void theBackendHearsOfNewBuffers() {
        driver.start();
        assertThat(backend.sink.canReceive()).isFalse();
        assertThat(backend.sink.receive(buffer(packet(60, 1)))).isFalse();
        driver.queue(0).writable(driver.allocate(2000), 2000).offer();
        // Event indices: the device asked for exactly this notification.
        assertThat(driver.queue(0).availEvent()).isZero();
        driver.kick(0);
        assertThat(backend.ready).isEqualTo(1);
        assertThat(backend.sink.canReceive()).isFalse();
        assertThat(driver.queue(0).availEvent()).isEqualTo(1);
        // A small packet fits; a large one must wait for more.
        assertThat(backend.sink.receive(buffer(packet(4000, 1)))).isFalse();
        assertThat(driver.queue(0).usedIndex()).isZero();
        assertThat(backend.sink.receive(buffer(packet(60, 1)))).isTrue();
        assertThat(driver.queue(0).usedIndex()).isEqualTo(1);
    }

    @Test
    void aPacketThatAllBuffersCannotHoldIsDropped() {
        driver.start();
        for (int i = 0; i < 256; i++) {
            driver.queue(0).writable(driver.allocate(16), 16).offer();
        }
        assertThat(backend.sink.receive(buffer(packet(5000, 1)))).isTrue();
        assertThat(device.metrics().rxTooLong.get()).isEqualTo(1);
        assertThat(driver.queue(0).usedIndex()).isZero();
    }

    @Test
    void limitersHoldBothWaysBack() {
        FakeClock clock = new FakeClock();
        device.limitTransmit(new RateLimiter(null, new TokenBucket(1, 0, 1000, 0), clock, driver.loop(), () -> device.handleQueue(1)));
        device.limitReceive(new RateLimiter(null, new TokenBucket(1, 0, 1000, 0), clock, driver.loop(), () -> device.handleQueue(0)));
        driver.start(VERSION_1);
        send(packet(60, 1));
        send(packet(60, 2));
        assertThat(backend.packets).hasSize(1);
        for (int i = 0; i < 3; i++) {
            driver.queue(0).writable(driver.allocate(2000), 2000).offer();
        }
        assertThat(backend.sink.receive(buffer(packet(60, 1)))).isTrue();
        assertThat(backend.sink.receive(buffer(packet(60, 1)))).isFalse();
        assertThat(backend.sink.canReceive()).isFalse();
        clock.advance(1_000_000_000);
        driver.loop().runAll();
        assertThat(backend.packets).hasSize(2);
        assertThat(backend.ready).isEqualTo(1);
        assertThat(backend.sink.receive(buffer(packet(60, 1)))).isTrue();
        assertThat(device.metrics().txThrottled.get()).isEqualTo(1);
        assertThat(device.metrics().rxThrottled.get()).isEqualTo(1);
    }

    @Test
    void pauseAndResetKeepTheBackendFromMemory() {
        driver.start();
        FrameSink sink = backend.sink;
        for (int i = 0; i < 60; i++) {
            driver.queue(0).writable(driver.allocate(2000), 2000).offer();
        }
        driver.transport().pause();
        assertThat(sink.canReceive()).isFalse();
        assertThat(sink.receive(buffer(packet(60, 1)))).isFalse();
        assertThat(driver.transport().save().device()).isEqualTo(new NetState());
        driver.transport().resume();
        assertThat(backend.ready).isEqualTo(1);
        assertThat(sink.receive(buffer(packet(60, 1)))).isTrue();
        driver.reset();
        assertThat(backend.stops).isEqualTo(1);
        assertThat(sink.receive(buffer(packet(60, 1)))).isFalse();
        sink.flush();
        driver.start();
        assertThat(backend.starts).isEqualTo(2);
        device.close();
        assertThat(backend.closed).isTrue();
    }

    @Test
    void theLinkGoesDownAndUp() {
        driver.start();
        driver.irq().take();
        device.linkUp(false);
        assertThat(driver.config(6, 2)).isZero();
        assertThat(driver.irq().take()).isNotZero();
        device.linkUp(true);
        assertThat(driver.config(6, 2)).isEqualTo(1);
    }

    @Test
    void packetsCostNoHeap() {
        backend.keep = false;
        backend.answer = buffer(packet(60, 2));
        driver.start(VERSION_1 | NetFeatures.MRG_RXBUF);
        byte[] packet = packet(60, 1);
        long out = driver.place(packet);
        long in = driver.allocate(2000);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        // Until the compiler has seen through it, code may allocate what it drops at once: the best of many windows counts.
        int window = 10_000;
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 60 && best > window; i++) {
            long start = threads.getCurrentThreadAllocatedBytes();
            exchange(window, in, out, packet.length);
            best = Math.min(best, threads.getCurrentThreadAllocatedBytes() - start);
        }
        // Less than a byte a packet: the meter itself.
        assertThat(best).isLessThan(window);
        assertThat(device.metrics().rxPackets.get()).isEqualTo(device.metrics().txPackets.get()).isPositive();
    }

    private void exchange(int rounds, long in, long out, int length) {
        for (int i = 0; i < rounds; i++) {
            driver.queue(0).writable(in, 2000).offer();
            driver.queue(1).readable(out, length).offer();
            device.handleQueue(1);
            while (driver.queue(0).poll() || driver.queue(1).poll()) {
                backend.ready++;
            }
        }
    }
}
