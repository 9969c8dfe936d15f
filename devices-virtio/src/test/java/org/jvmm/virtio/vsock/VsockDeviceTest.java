package org.jvmm.virtio.vsock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.vsock.VsockPacket.OP_CREDIT_REQUEST;
import static org.jvmm.virtio.vsock.VsockPacket.OP_CREDIT_UPDATE;
import static org.jvmm.virtio.vsock.VsockPacket.OP_REQUEST;
import static org.jvmm.virtio.vsock.VsockPacket.OP_RESPONSE;
import static org.jvmm.virtio.vsock.VsockPacket.OP_RST;
import static org.jvmm.virtio.vsock.VsockPacket.OP_RW;
import static org.jvmm.virtio.vsock.VsockPacket.OP_SHUTDOWN;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.transport.MmioTransport;
import org.jvmm.virtio.transport.TransportState;
import org.jvmm.virtio.vsock.GuestSockets.Seen;

/** Streams through the device, right and wrong. */
class VsockDeviceTest {
    private static final int PORT = 1024;
    private static final int FIRST = 1 << 30;

    private final ManualLoop loop = new ManualLoop();
    private final FakeClock clock = new FakeClock();
    private final VsockDevice device = new VsockDevice(GuestSockets.CID, loop, clock);
    private final MockDriver driver = new MockDriver(device, TestMemory.ofSize(8 << 20), loop, 256);
    private GuestSockets guest;

    @BeforeEach
    void start() {
        driver.start();
        guest = new GuestSockets(driver, 64);
    }

    private RecordingHandler open() {
        RecordingHandler handler = new RecordingHandler();
        device.connect(PORT, handler);
        loop.runAll();
        Seen request = guest.receive().get(0);
        guest.send(OP_RESPONSE, request.hostPort(), PORT);
        assertThat(handler.connection).isNotNull();
        return handler;
    }

    private List<RecordingHandler> listen(int port) {
        List<RecordingHandler> accepted = new ArrayList<>();
        device.listen(port, connection -> {
            RecordingHandler handler = new RecordingHandler();
            accepted.add(handler);
            return handler;
        });
        loop.runAll();
        return accepted;
    }

    private Seen only() {
        List<Seen> seen = guest.receive();
        assertThat(seen).hasSize(1);
        return seen.get(0);
    }

    @Test
    void configurationHoldsTheCid() {
        assertThat(driver.config(0, 8)).isEqualTo(3);
    }

    @Test
    void hostOpensAStreamAndBytesGoBothWays() {
        RecordingHandler handler = new RecordingHandler();
        device.connect(PORT, handler);
        loop.runAll();
        Seen request = only();
        assertThat(request.operation()).isEqualTo(OP_REQUEST);
        assertThat(request.hostPort()).isEqualTo(FIRST);
        assertThat(request.guestPort()).isEqualTo(PORT);
        assertThat(request.allocated()).isEqualTo(VsockConfig.RECEIVE_BUFFER);
        guest.send(OP_RESPONSE, FIRST, PORT);
        handler.connection.write(ByteBuffer.wrap("hello".getBytes()));
        Seen data = only();
        assertThat(data.operation()).isEqualTo(OP_RW);
        assertThat(new String(data.data())).isEqualTo("hello");
        guest.send(OP_RW, FIRST, PORT, 0, "world".getBytes());
        assertThat(handler.bytes).hasToString("world");
        handler.connection.write(ByteBuffer.wrap(new byte[1]));
        assertThat(only().forwarded()).as("credit goes with data").isEqualTo(5);
    }

    @Test
    void refusedStreamIsReported() {
        RecordingHandler handler = new RecordingHandler();
        device.connect(PORT, handler);
        loop.runAll();
        guest.send(OP_RST, FIRST, PORT);
        assertThat(handler.reason).isEqualTo(VsockCloseReason.REFUSED);
        assertThat(device.connectionCount()).isZero();
    }

    @Test
    void streamWaitsForTheDriver() {
        driver.reset();
        RecordingHandler handler = new RecordingHandler();
        device.connect(PORT, handler);
        loop.runAll();
        driver.start();
        guest = new GuestSockets(driver, 4);
        assertThat(only().operation()).isEqualTo(OP_REQUEST);
    }

    @Test
    void guestOpensAStream() {
        List<RecordingHandler> accepted = listen(52);
        guest.send(OP_REQUEST, 52, 7);
        assertThat(only().operation()).isEqualTo(OP_RESPONSE);
        guest.send(OP_RW, 52, 7, 0, new byte[] { 1, 2 });
        assertThat(accepted.get(0).bytes.toByteArray()).containsExactly(1, 2);
        guest.send(OP_REQUEST, 52, 7);
        assertThat(only().operation()).as("a second request on the same ports").isEqualTo(OP_RST);
        assertThat(accepted.get(0).reason).isEqualTo(VsockCloseReason.RESET);
    }

    @Test
    void nobodyListensOrTheTypeIsUnknownOrTheStreamIs() {
        guest.send(OP_REQUEST, 99, 7);
        assertThat(only().operation()).isEqualTo(OP_RST);
        guest.type = 2;
        guest.send(OP_REQUEST, 99, 7);
        assertThat(only().operation()).isEqualTo(OP_RST);
        guest.type = 1;
        guest.send(OP_RW, 99, 7, 0, new byte[3]);
        assertThat(only().operation()).isEqualTo(OP_RST);
        guest.send(OP_RST, 99, 7);
        assertThat(guest.receive()).isEmpty();
    }

    @Test
    void otherCidsAreNotReached() {
        listen(52);
        guest.destinationCid = 4;
        guest.send(OP_REQUEST, 52, 7);
        guest.destinationCid = 2;
        guest.sourceCid = 4;
        guest.send(OP_REQUEST, 52, 7);
        assertThat(guest.receive()).isEmpty();
        assertThat(device.metrics().malformed.get()).isEqualTo(2);
    }

    @Test
    void hostStopsAtTheGuestsCreditAndAsksOnce() {
        guest.allocated = 5000;
        RecordingHandler handler = open();
        handler.connection.write(ByteBuffer.wrap(new byte[9000]));
        List<Seen> seen = guest.receive();
        assertThat(seen).extracting(Seen::operation).containsExactly(OP_RW, OP_RW, OP_CREDIT_REQUEST);
        assertThat(seen.get(0).data().length + seen.get(1).data().length).isEqualTo(5000);
        // An answer without room is not asked again, or both sides would never stop.
        guest.send(OP_CREDIT_UPDATE, FIRST, PORT);
        assertThat(guest.receive()).isEmpty();
        guest.forwarded = 4500;
        guest.send(OP_CREDIT_UPDATE, FIRST, PORT);
        assertThat(guest.receive().stream().mapToInt(s -> s.data().length).sum()).isEqualTo(4000);
    }

    @Test
    void creditNonsenseSendsNothing() {
        RecordingHandler handler = open();
        guest.allocated = 10;
        guest.forwarded = -20;
        guest.send(OP_CREDIT_UPDATE, FIRST, PORT);
        handler.connection.write(ByteBuffer.wrap(new byte[100]));
        assertThat(guest.receive()).noneMatch(s -> s.operation() == OP_RW && s.data().length > 10);
        guest.allocated = -1;
        guest.forwarded = 0;
        guest.send(OP_CREDIT_UPDATE, FIRST, PORT);
        assertThat(guest.receive().stream().mapToInt(s -> s.data().length).sum()).as("4 GiB of room are room").isEqualTo(100);
    }

    @Test
    void writerIsStoppedAndTold() {
        guest.allocated = 0;
        RecordingHandler handler = open();
        int taken = handler.connection.write(ByteBuffer.wrap(new byte[VsockConfig.SEND_BUFFER + 1000]));
        assertThat(taken).isEqualTo(VsockConfig.SEND_BUFFER);
        assertThat(handler.connection.write(ByteBuffer.wrap(new byte[1]))).isZero();
        guest.allocated = 1 << 20;
        guest.send(OP_CREDIT_UPDATE, FIRST, PORT);
        guest.receive();
        assertThat(handler.writable).isEqualTo(1);
    }

    /** The guest's thread offers buffers at any time, and a write may be what finds them: nobody may then wait for the other. */
    @ParameterizedTest
    @CsvSource({ "64, 0", "12, 1" })
    void roomThatAppearsDuringAWriteIsUsed(int buffers, int told) {
        RecordingHandler handler = open();
        drainBuffers(handler.connection);
        assertThat(handler.connection.write(ByteBuffer.wrap(new byte[40 << 10]))).isEqualTo(40 << 10);
        guest.offerUntold(buffers);
        ByteBuffer data = ByteBuffer.wrap(new byte[100 << 10]);
        handler.connection.write(data);
        assertThat(data.hasRemaining()).isEqualTo(told == 1);
        assertThat(handler.writable).isZero();
        int received = dataIn(guest.receive());
        assertThat(handler.writable).isEqualTo(told);
        handler.connection.write(data);
        assertThat(received + dataIn(guest.receive())).isEqualTo(140 << 10);
    }

    /** Uses up the 64 buffers of the guest with packets it takes and does not offer again. */
    private void drainBuffers(VsockConnection connection) {
        for (int i = 0; i < 64; i++) {
            connection.write(ByteBuffer.wrap(new byte[1]));
        }
        guest.drop();
    }

    private static int dataIn(List<Seen> seen) {
        return seen.stream().mapToInt(s -> s.data().length).sum();
    }

    @Test
    void guestThatIgnoresItsCreditIsReset() {
        RecordingHandler handler = open();
        handler.giveCredit = false;
        for (int i = 0; i < 2; i++) {
            guest.send(OP_RW, FIRST, PORT, 0, new byte[64 << 10]);
        }
        assertThat(handler.reason).isNull();
        guest.send(OP_RW, FIRST, PORT, 0, new byte[1]);
        assertThat(handler.reason).isEqualTo(VsockCloseReason.RESET);
        assertThat(only().operation()).isEqualTo(OP_RST);
    }

    @Test
    void consumedBytesBecomeCreditBeforeTheGuestRunsDry() {
        RecordingHandler handler = open();
        for (int i = 0; i < 100; i++) {
            guest.send(OP_RW, FIRST, PORT, 0, new byte[32 << 10]);
            guest.receive();
        }
        assertThat(handler.bytes.size()).isEqualTo(100 * (32 << 10));
        guest.send(OP_CREDIT_REQUEST, FIRST, PORT);
        Seen update = only();
        assertThat(update.operation()).isEqualTo(OP_CREDIT_UPDATE);
        assertThat(update.forwarded()).isEqualTo(100 * (32 << 10));
    }

    @Test
    void guestClosesItsHalfAndTheHostGoesOn() {
        RecordingHandler handler = open();
        guest.send(OP_SHUTDOWN, FIRST, PORT, VsockPacket.SHUTDOWN_SEND, new byte[0]);
        assertThat(handler.peerDone).isTrue();
        handler.connection.write(ByteBuffer.wrap(new byte[10]));
        assertThat(only().data()).hasSize(10);
        guest.send(OP_RW, FIRST, PORT, 0, new byte[1]);
        assertThat(handler.reason).as("bytes behind the end").isEqualTo(VsockCloseReason.RESET);
    }

    @Test
    void hostClosesItsHalfBehindItsBytes() {
        guest.allocated = 100;
        RecordingHandler handler = open();
        handler.connection.write(ByteBuffer.wrap(new byte[150]));
        handler.connection.shutdownOutput();
        assertThat(guest.receive()).extracting(Seen::operation).containsExactly(OP_RW, OP_CREDIT_REQUEST);
        guest.forwarded = 100;
        guest.send(OP_CREDIT_UPDATE, FIRST, PORT);
        List<Seen> seen = guest.receive();
        assertThat(seen).extracting(Seen::operation).containsExactly(OP_RW, OP_SHUTDOWN);
        assertThat(seen.get(1).flags()).isEqualTo(VsockPacket.SHUTDOWN_SEND);
        guest.send(OP_RW, FIRST, PORT, 0, "still".getBytes());
        assertThat(handler.bytes).hasToString("still");
        guest.send(OP_SHUTDOWN, FIRST, PORT, VsockPacket.SHUTDOWN_SEND, new byte[0]);
        assertThat(only().flags()).as("both halves are over").isEqualTo(3);
        guest.send(OP_RST, FIRST, PORT);
        assertThat(handler.reason).isEqualTo(VsockCloseReason.CLOSED);
    }

    @Test
    void fullShutdownIsConfirmedByReset() {
        RecordingHandler handler = open();
        guest.send(OP_SHUTDOWN, FIRST, PORT, 3, new byte[0]);
        assertThat(only().operation()).isEqualTo(OP_RST);
        assertThat(handler.reason).isEqualTo(VsockCloseReason.CLOSED);
        assertThat(device.connectionCount()).isZero();
    }

    @Test
    void guestThatReadsNoMoreFreesTheWriter() {
        guest.allocated = 0;
        RecordingHandler handler = open();
        ByteBuffer data = ByteBuffer.wrap(new byte[VsockConfig.SEND_BUFFER + 1000]);
        handler.connection.write(data);
        guest.send(OP_SHUTDOWN, FIRST, PORT, VsockPacket.SHUTDOWN_RECEIVE, new byte[0]);
        assertThat(handler.writable).isEqualTo(1);
        assertThat(handler.connection.write(data)).isEqualTo(1000);
        assertThat(data.hasRemaining()).isFalse();
    }

    @Test
    void guestResetsAndHostCloses() {
        RecordingHandler handler = open();
        guest.send(OP_RST, FIRST, PORT);
        assertThat(handler.reason).isEqualTo(VsockCloseReason.RESET);
        RecordingHandler second = open();
        second.connection.close();
        assertThat(second.reason).isEqualTo(VsockCloseReason.CLOSED);
        assertThat(only().operation()).isEqualTo(OP_RST);
        assertThat(device.connectionCount()).isZero();
    }

    @Test
    void answerThatNeverComesTimesOut() {
        RecordingHandler handler = new RecordingHandler();
        device.connectInTime(PORT, handler);
        loop.runAll();
        clock.advance(1_999_000_000L);
        loop.runAll();
        assertThat(handler.reason).isNull();
        clock.advance(1_000_000);
        loop.runAll();
        assertThat(handler.reason).isEqualTo(VsockCloseReason.TIMED_OUT);
        assertThat(guest.receive()).extracting(Seen::operation).containsExactly(OP_REQUEST, OP_RST);
        assertThat(clock.armedTimers()).isZero();
        assertThat(device.metrics().killed.get()).isEqualTo(1);
    }

    @Test
    void endThatIsNeverConfirmedTimesOut() {
        RecordingHandler handler = open();
        guest.send(OP_SHUTDOWN, FIRST, PORT, VsockPacket.SHUTDOWN_SEND, new byte[0]);
        handler.connection.shutdownOutput();
        assertThat(only().flags()).isEqualTo(3);
        clock.advance(2_000_000_000L);
        loop.runAll();
        assertThat(handler.reason).isEqualTo(VsockCloseReason.CLOSED);
        assertThat(device.connectionCount()).isZero();
    }

    @Test
    void thousandStreamsCarryBytesAndTheLimitHolds() {
        List<RecordingHandler> accepted = listen(52);
        for (int i = 0; i < VsockDevice.MAX_CONNECTIONS; i++) {
            guest.send(OP_REQUEST, 52, i);
            assertThat(only().operation()).isEqualTo(OP_RESPONSE);
        }
        assertThat(device.connectionCount()).isEqualTo(1023);
        guest.send(OP_REQUEST, 52, 5000);
        assertThat(only().operation()).isEqualTo(OP_RST);
        RecordingHandler late = new RecordingHandler();
        device.connect(PORT, late);
        loop.runAll();
        assertThat(late.reason).isEqualTo(VsockCloseReason.UNAVAILABLE);
        assertThat(device.metrics().limited.get()).isEqualTo(2);
        for (int i = 0; i < accepted.size(); i++) {
            byte[] data = ("stream " + i).getBytes();
            guest.send(OP_RW, 52, i, 0, data);
            accepted.get(i).connection.write(ByteBuffer.wrap(data));
        }
        List<Seen> seen = guest.receive();
        assertThat(seen).hasSize(accepted.size());
        for (Seen one : seen) {
            assertThat(new String(one.data())).isEqualTo("stream " + one.guestPort());
            assertThat(accepted.get(one.guestPort()).bytes).hasToString("stream " + one.guestPort());
        }
        guest.send(OP_RST, 52, 0);
        guest.send(OP_REQUEST, 52, 5000);
        assertThat(only().operation()).isEqualTo(OP_RESPONSE);
    }

    @Test
    void everyStreamGetsItsTurn() {
        driver.reset();
        driver.start();
        guest = new GuestSockets(driver, 4);
        List<RecordingHandler> accepted = listen(52);
        for (int i = 0; i < 4; i++) {
            guest.send(OP_REQUEST, 52, i);
        }
        guest.receive();
        for (RecordingHandler handler : accepted) {
            handler.connection.write(ByteBuffer.wrap(new byte[16 << 10]));
        }
        List<Integer> order = guest.receive().stream().map(Seen::guestPort).toList();
        assertThat(order).hasSize(16);
        // The first has taken the buffers there were; the others share the next ones.
        assertThat(order.subList(4, 7)).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(order.subList(7, 10)).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void connectStormLeavesNothingBehind() {
        List<RecordingHandler> accepted = listen(52);
        for (int i = 0; i < 20_000; i++) {
            guest.send(OP_REQUEST, 52, i);
            if (i % 3 == 0) {
                guest.send(OP_RW, 52, i, 0, new byte[100]);
            }
            guest.send(OP_SHUTDOWN, 52, i, 3, new byte[0]);
            guest.receive();
        }
        assertThat(device.connectionCount()).isZero();
        assertThat(accepted).hasSize(20_000).allMatch(h -> h.reason == VsockCloseReason.CLOSED);
        assertThat(device.metrics().added.get()).isEqualTo(device.metrics().removed.get());
        assertThat(clock.armedTimers()).isZero();
    }

    @Test
    void guestWithoutBuffersIsNotReadWithoutEnd() {
        driver.reset();
        driver.start();
        guest = new GuestSockets(driver, 0);
        for (int i = 0; i < 200; i++) {
            guest.send(OP_RW, 52, i, 0, new byte[0]);
        }
        assertThat(driver.queue(1).freeDescriptors()).isEqualTo(256);
        int sent = 200;
        while (driver.queue(1).freeDescriptors() > 4) {
            guest.send(OP_RW, 52, sent++, 0, new byte[0]);
        }
        assertThat(sent).as("resets that wait are bounded, then packets wait in the guest's ring").isBetween(1200, 1300);
        guest.offerBuffers(64);
        assertThat(guest.receive()).hasSize(sent).allMatch(s -> s.operation() == OP_RST);
    }

    @Test
    void resetEndsAllStreams() {
        RecordingHandler handler = open();
        driver.reset();
        assertThat(handler.reason).isEqualTo(VsockCloseReason.UNAVAILABLE);
        assertThat(handler.connection.write(ByteBuffer.wrap(new byte[3]))).isEqualTo(3);
        driver.start();
        guest = new GuestSockets(driver, 8);
        assertThat(open().connection).isNotNull();
    }

    @Test
    void pauseHoldsEverythingBack() {
        RecordingHandler handler = open();
        driver.transport().pause();
        handler.connection.write(ByteBuffer.wrap(new byte[5]));
        assertThat(guest.receive()).isEmpty();
        driver.transport().resume();
        assertThat(only().data()).hasSize(5);
    }

    @Test
    void restoredDeviceTellsOfLostStreams() {
        RecordingHandler handler = open();
        assertThat(handler.connection.hostPort()).isEqualTo(FIRST);
        long event = driver.allocate(4);
        driver.memory().write32(event, 77);
        driver.queue(2).writable(event, 4).offer();
        driver.kick(2);
        assertThat(driver.queue(2).poll()).isFalse();
        driver.transport().pause();
        TransportState state = driver.transport().save();
        VsockDevice other = new VsockDevice(GuestSockets.CID, loop);
        MmioTransport restored = new MmioTransport(driver.memory(), other, driver.irq(), loop);
        restored.restore(state);
        loop.runAll();
        assertThat(driver.queue(2).poll()).isFalse();
        restored.resume();
        assertThat(driver.queue(2).poll()).isTrue();
        assertThat(driver.queue(2).usedLength()).isEqualTo(4);
        assertThat(driver.memory().read32(event)).as("TRANSPORT_RESET").isZero();
        assertThat(other.connectionCount()).isZero();
    }
}
