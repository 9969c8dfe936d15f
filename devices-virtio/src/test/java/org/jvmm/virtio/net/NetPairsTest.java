package org.jvmm.virtio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.jvmm.virtio.testing.MockDriver;

/** A card with three pairs of queues. */
class NetPairsTest {
    private static final MacAddress MAC = MacAddress.DEFAULT;
    private static final int CONTROL = 6;

    private final List<FakeBackend> backends = IntStream.range(0, 3).mapToObj(i -> new FakeBackend()).toList();
    private final NetDevice device = new NetDevice(backends, MAC, 1500);
    private final MockDriver driver = new MockDriver(device);

    private static byte[] packet(int last) {
        byte[] packet = new byte[NetHeader.SIZE + 60];
        for (int i = 0; i < 6; i++) {
            packet[NetHeader.SIZE + 6 + i] = (byte) (MAC.value() >> 40 - 8 * i);
        }
        packet[NetHeader.SIZE + 12] = 8;
        packet[NetHeader.SIZE + 59] = (byte) last;
        return packet;
    }

    private void send(int queue, byte[] packet) {
        driver.queue(queue).readable(driver.place(packet), packet.length).offer();
        driver.kick(queue);
    }

    /** Sends a command; returns the answer. */
    private int command(int queue, int... bytes) {
        byte[] command = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            command[i] = (byte) bytes[i];
        }
        long answer = driver.place(new byte[] { 99 });
        driver.queue(queue).readable(driver.place(command), command.length).writable(answer, 1).offer();
        driver.kick(queue);
        assertThat(driver.queue(queue).poll()).isTrue();
        assertThat(driver.queue(queue).usedLength()).isEqualTo(1);
        return driver.memory().read8(answer);
    }

    private int pairs(int count) {
        return command(CONTROL, 4, 0, count & 0xFF, count >> 8);
    }

    @Test
    void theDriverFindsThem() {
        assertThat(driver.config(8, 2)).isEqualTo(3);
        assertThat(device.queueCount()).isEqualTo(7);
        assertThat(driver.offeredFeatures() & NetFeatures.MQ).isNotZero();
        assertThat(driver.offeredFeatures() & NetFeatures.CTRL_VQ).isNotZero();
        assertThat(new NetDevice(new FakeBackend(), MAC, 1500).features() & (NetFeatures.MQ | NetFeatures.CTRL_VQ)).isZero();
        assertThatThrownBy(() -> new NetDevice(List.of(), MAC, 1500)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void onePairIsUsedUntilTheDriverSaysOtherwise() {
        driver.start();
        send(1, packet(1));
        send(3, packet(2));
        assertThat(backends.get(0).packets).hasSize(1);
        assertThat(backends.get(1).packets).isEmpty();
        assertThat(backends.get(1).sink).isNull();
        assertThat(pairs(2)).isZero();
        driver.kick(3);
        assertThat(backends.get(1).packets).containsExactly(packet(2));
        assertThat(backends.get(2).sink).isNull();
        assertThat(pairs(3)).isZero();
        send(5, packet(3));
        assertThat(backends.get(2).packets).containsExactly(packet(3));
    }

    @Test
    void eachPairReceivesFromItsOwnBackend() {
        driver.start();
        assertThat(pairs(3)).isZero();
        for (int i = 0; i < 3; i++) {
            for (int k = 0; k < 60; k++) {
                driver.queue(2 * i).writable(driver.allocate(2000), 2000).offer();
            }
            PacketBuffer buffer = new PacketBuffer();
            buffer.bytes().setBytes(0, packet(i));
            buffer.length(packet(i).length);
            assertThat(backends.get(i).sink.receive(buffer)).isTrue();
            backends.get(i).sink.flush();
            assertThat(driver.queue(2 * i).usedIndex()).isEqualTo(1);
        }
    }

    @Test
    void fewerPairsStopTheirBackendsAndSoDoesAReset() {
        driver.start();
        assertThat(pairs(3)).isZero();
        assertThat(pairs(1)).isZero();
        assertThat(backends.stream().map(backend -> backend.stops)).containsExactly(0, 1, 1);
        assertThat(pairs(2)).isZero();
        driver.reset();
        assertThat(backends.stream().map(backend -> backend.stops)).containsExactly(1, 2, 1);
        driver.start();
        send(3, packet(1));
        assertThat(backends.get(1).packets).isEmpty();
    }

    @Test
    void nonsenseIsRefused() {
        driver.start();
        assertThat(pairs(0)).isEqualTo(1);
        assertThat(pairs(4)).isEqualTo(1);
        assertThat(pairs(0x0103)).isEqualTo(1);
        assertThat(command(CONTROL, 4, 1, 2, 0)).isEqualTo(1);
        assertThat(command(CONTROL, 0, 0, 1, 0)).isEqualTo(1);
        assertThat(command(CONTROL, 4, 0, 2)).isEqualTo(1);
        assertThat(device.metrics().controlFaults.get()).isEqualTo(6);
        // No room for an answer.
        driver.queue(CONTROL).readable(driver.place(new byte[] { 4, 0, 2, 0 }), 4).offer();
        driver.kick(CONTROL);
        assertThat(driver.queue(CONTROL).poll()).isTrue();
        assertThat(driver.queue(CONTROL).usedLength()).isZero();
        assertThat(pairs(3)).isZero();
    }

    @Test
    void withoutTheFeatureTheControlQueueIsTheThird() {
        driver.start(1L << 32 | NetFeatures.MAC | NetFeatures.CTRL_VQ);
        assertThat(command(2, 4, 0, 2, 0)).isEqualTo(1);
        send(1, packet(1));
        assertThat(backends.get(0).packets).hasSize(1);
    }
}
