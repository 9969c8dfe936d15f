package org.jvmm.virtio.vsock;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.RingFuzzer;

/** Packets in no order, with ports that often meet, while the host's side opens, writes and closes; nothing is left in the end. */
class VsockFuzzTest {
    private static final int OPERATIONS = 300_000;

    private final ManualLoop loop = new ManualLoop();
    private final FakeClock clock = new FakeClock();
    private final VsockDevice device = new VsockDevice(GuestSockets.CID, loop, clock);
    private final List<RecordingHandler> hosts = new ArrayList<>();
    private final VsockPacket packet = new VsockPacket();

    private RecordingHandler newHandler() {
        RecordingHandler handler = new RecordingHandler();
        hosts.add(handler);
        return handler;
    }

    @Test
    void survivesAnyDriver() {
        MockDriver driver = new MockDriver(device, TestMemory.ofSize(4 << 20), loop, 64);
        device.listen(1, c -> newHandler());
        RingFuzzer fuzzer = new RingFuzzer(driver, 3, 19, (d, random, queue) -> {
            long at = d.dataStart() + random.nextInt(1 << 16);
            switch (queue) {
                case 0 -> d.queue(0).writable(at, random.nextInt(8) == 0 ? random.nextInt(64) : 4096).offer();
                case 1 -> {
                    int payload = random.nextInt(4) == 0 ? random.nextInt(4096) : 0;
                    int operation = random.nextInt(10);
                    packet.set(0, 0, 0, random.nextInt(16) == 0 ? random.nextInt() : payload, operation, random.nextInt(4),
                            random.nextInt(8) == 0 ? random.nextInt() : 1 << 16, random.nextInt(8) == 0 ? random.nextInt() : 0);
                    d.memory().write(at, packet.bytes);
                    d.memory().write64(at, random.nextInt(32) == 0 ? random.nextLong() : GuestSockets.CID);
                    d.memory().write64(at + 8, random.nextInt(32) == 0 ? random.nextLong() : 2);
                    d.memory().write32(at + 16, random.nextInt(8));
                    d.memory().write32(at + 20, random.nextBoolean() ? 1 : (1 << 30) + random.nextInt(32));
                    d.queue(1).readable(at, random.nextInt(32) == 0 ? random.nextInt(44) : 44);
                    if (payload > 0) {
                        d.queue(1).readable(at + 44, payload);
                    }
                    d.queue(1).offer();
                }
                default -> d.queue(2).writable(at, random.nextInt(8)).offer();
            }
            host(random.nextInt(16), random.nextInt(1 << 12));
        });
        fuzzer.run(OPERATIONS);
        assertThat(fuzzer.restarts()).isGreaterThan(1000);
        assertThat(device.metrics().added.get()).isGreaterThan(10_000);
        assertThat(device.metrics().transmitted.get()).isPositive();
        assertThat(device.metrics().received.get()).isPositive();
        driver.reset();
        assertThat(device.connectionCount()).isZero();
        assertThat(device.metrics().added.get()).isEqualTo(device.metrics().removed.get());
        assertThat(clock.armedTimers()).isZero();
        driver.start();
        GuestSockets guest = new GuestSockets(driver, 8);
        guest.send(VsockPacket.OP_REQUEST, 1, 1);
        assertThat(guest.receive().get(0).operation()).isEqualTo(VsockPacket.OP_RESPONSE);
    }

    private void host(int action, int size) {
        hosts.removeIf(h -> h.reason != null);
        if (action == 0) {
            device.connectInTime(size % 8, newHandler());
        } else if (action == 1) {
            clock.advance(1_000_000L * size);
        } else if (!hosts.isEmpty() && action < 6) {
            RecordingHandler one = hosts.get(size % hosts.size());
            if (one.connection != null) {
                switch (action) {
                    case 2 -> one.connection.shutdownOutput();
                    case 3 -> one.connection.close();
                    default -> one.connection.write(ByteBuffer.allocate(size));
                }
            }
        }
    }
}
