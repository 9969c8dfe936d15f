package org.jvmm.virtio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.virtio.testing.SelectorLoop;

/** The passt backend against a socket that the test holds. */
class PasstBackendTest {
    private final SelectorLoop loop = new SelectorLoop();
    private final RecordingSink sink = new RecordingSink();
    private ServerSocketChannel listener;
    private PasstBackend backend;
    private SocketChannel passt;

    @BeforeEach
    void connect(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("passt.sock");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path));
        backend = new PasstBackend(path, loop);
        passt = listener.accept();
        backend.start(sink, 0);
    }

    @AfterEach
    void close() throws IOException {
        backend.stop();
        backend.close();
        passt.close();
        listener.close();
        loop.close();
    }

    private static byte[] frame(int length, int seed) {
        byte[] frame = new byte[length];
        new Random(seed).nextBytes(frame);
        return frame;
    }

    private static PacketBuffer packet(byte[] frame) {
        PacketBuffer packet = new PacketBuffer();
        packet.bytes().setBytes(NetHeader.SIZE, frame);
        packet.length(NetHeader.SIZE + frame.length);
        return packet;
    }

    private byte[] read(int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            assertThat(passt.read(bytes)).isNotNegative();
        }
        return bytes.array();
    }

    private void write(byte[]... parts) throws IOException {
        for (byte[] part : parts) {
            passt.write(ByteBuffer.wrap(part));
        }
    }

    private static byte[] length(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    @Test
    void framesGoOutBehindTheirLength() throws IOException {
        backend.transmit(packet(frame(60, 1)));
        backend.transmit(packet(frame(1514, 2)));
        assertThat(read(4)).isEqualTo(length(60));
        assertThat(read(60)).isEqualTo(frame(60, 1));
        assertThat(read(4)).isEqualTo(length(1514));
        assertThat(read(1514)).isEqualTo(frame(1514, 2));
    }

    @Test
    void framesComeInWhole() throws IOException {
        byte[] big = frame(65_000, 3);
        write(length(60), frame(60, 1), new byte[] { 0, 0 }, new byte[] { (byte) (big.length >> 8), (byte) big.length });
        loop.runUntil(() -> sink.frames.size() == 1);
        CompletableFuture<Void> rest = CompletableFuture.runAsync(() -> {
            try {
                write(big, length(14), frame(14, 2));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        loop.runUntil(() -> sink.frames.size() == 3);
        rest.join();
        assertThat(sink.frames).containsExactly(frame(60, 1), big, frame(14, 2));
    }

    @Test
    void aGuestWithoutRoomMakesPasstWait() throws IOException {
        sink.room = 1;
        write(length(60), frame(60, 1), length(61), frame(61, 2));
        loop.runUntil(() -> sink.frames.size() == 1);
        loop.runAll();
        assertThat(sink.frames).hasSize(1);
        sink.room = 5;
        backend.receiveReady();
        assertThat(sink.frames).containsExactly(frame(60, 1), frame(61, 2));
        write(length(62), frame(62, 3));
        loop.runUntil(() -> sink.frames.size() == 3);
    }

    @Test
    void aSocketThatIsFullMakesTheGuestWait() throws IOException {
        byte[] big = frame(60_000, 1);
        int sent = 0;
        while (backend.transmit(packet(big))) {
            sent++;
        }
        for (int i = 0; i < sent; i++) {
            CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> {
                try {
                    read(4);
                    return read(big.length);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            loop.runUntil(reader::isDone);
            assertThat(reader.join()).isEqualTo(big);
        }
        loop.runUntil(() -> sink.transmitReady == 1);
        assertThat(backend.transmit(packet(big))).isTrue();
    }

    @Test
    void theEndOfPasstPullsTheCable() throws IOException {
        passt.close();
        loop.runUntil(() -> sink.down);
        assertThat(backend.transmit(packet(frame(60, 1)))).isTrue();
        backend.receiveReady();
        assertThat(backend.hostFailures().get()).isEqualTo(1);
    }

    @Test
    void anImpossibleLengthPullsTheCable() throws IOException {
        write(length(13), frame(60, 1));
        loop.runUntil(() -> sink.down);
        assertThat(sink.frames).isEmpty();
    }

    @Test
    void aResetAndANewStartGoOn() throws IOException {
        backend.stop();
        write(length(60), frame(60, 1));
        loop.runAll();
        assertThat(sink.frames).isEmpty();
        backend.start(sink, 0);
        loop.runUntil(() -> sink.frames.size() == 1);
    }

    @Test
    void nobodyListeningIsSaidInOneLine(@TempDir Path folder) {
        Path none = folder.resolve("none.sock");
        assertThatThrownBy(() -> new PasstBackend(none, loop)).isInstanceOf(NetBackendException.class)
                .hasMessageContaining("Cannot connect to passt at " + none).hasMessageContaining("passt --socket");
        Path tooLong = folder.resolve("x".repeat(200));
        assertThatThrownBy(() -> new PasstBackend(tooLong, loop)).isInstanceOf(NetBackendException.class);
    }

    @Test
    void aTapThatDoesNotExistIsSaidInOneLine() {
        assertThatThrownBy(() -> TapDevice.open(null, "jvmm-none0")).isInstanceOf(NetBackendException.class)
                .hasMessage("TAP jvmm-none0 does not exist: make it with ip tuntap add dev jvmm-none0 mode tap");
        assertThatThrownBy(() -> TapDevice.open(null, "a-name-of-16-chars")).hasMessageContaining("is not 1 to 15 characters");
        assertThatThrownBy(() -> TapDevice.open(null, "../eth0")).hasMessageContaining("without a slash");
    }
}
