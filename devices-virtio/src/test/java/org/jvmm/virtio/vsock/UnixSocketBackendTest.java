package org.jvmm.virtio.vsock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.SelectorLoop;
import org.jvmm.virtio.vsock.GuestSockets.Seen;

/** Firecracker's protocol on real UNIX sockets, with a guest by hand; everything runs on the test's thread. */
class UnixSocketBackendTest {
    @TempDir
    Path folder;

    private final SelectorLoop loop = new SelectorLoop();
    private final FakeClock clock = new FakeClock();
    private final VsockDevice device = new VsockDevice(GuestSockets.CID, loop, clock);
    private final MockDriver driver = new MockDriver(device, TestMemory.ofSize(8 << 20), loop, loop::runAll, 256);
    private Path path;
    private UnixSocketBackend backend;
    private GuestSockets guest;

    @BeforeEach
    void start() throws IOException {
        path = folder.resolve("v.sock");
        backend = new UnixSocketBackend(device, path, loop);
        driver.start();
        guest = new GuestSockets(driver, 64);
    }

    @AfterEach
    void close() throws IOException {
        backend.close();
        loop.runAll();
        assertThat(backend.streamCount()).isZero();
        assertThat(path).doesNotExist();
        loop.close();
    }

    private SocketChannel connect(String line) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        channel.write(ByteBuffer.wrap(line.getBytes()));
        channel.configureBlocking(false);
        loop.runAll();
        return channel;
    }

    /** Reads until there is nothing now; null at the end of the stream. */
    private byte[] read(SocketChannel channel) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
        while (true) {
            loop.runAll();
            int n;
            try {
                n = channel.read(buffer.clear());
            } catch (SocketException e) {
                // Closed with bytes unread.
                return null;
            }
            if (n <= 0) {
                return n < 0 && out.size() == 0 ? null : out.toByteArray();
            }
            out.write(buffer.array(), 0, n);
        }
    }

    private SocketChannel open() throws IOException {
        SocketChannel channel = connect("CONNECT 1024\n");
        Seen request = guest.receive().get(0);
        guest.send(VsockPacket.OP_RESPONSE, request.hostPort(), 1024);
        assertThat(new String(read(channel))).isEqualTo("OK " + request.hostPort() + "\n");
        return channel;
    }

    @Test
    void hostConnectsAndTalks() throws IOException {
        try (SocketChannel channel = connect("connect 1024\nearly")) {
            Seen request = guest.receive().get(0);
            assertThat(request.operation()).isEqualTo(VsockPacket.OP_REQUEST);
            assertThat(request.guestPort()).isEqualTo(1024);
            int port = request.hostPort();
            guest.send(VsockPacket.OP_RESPONSE, port, 1024);
            assertThat(new String(read(channel))).isEqualTo("OK 1073741824\n");
            assertThat(new String(guest.receive().get(0).data())).isEqualTo("early");
            guest.send(VsockPacket.OP_RW, port, 1024, 0, "answer".getBytes());
            assertThat(new String(read(channel))).isEqualTo("answer");
            guest.send(VsockPacket.OP_CREDIT_REQUEST, port, 1024);
            assertThat(guest.receive().get(0).forwarded()).as("the greeting is not the guest's").isEqualTo(6);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "GET / HTTP/1.1\n", "CONNECT\n", "CONNECT x\n", "CONNECT -1\n", "CONNECT 4294967296\n", "CONNECT 1 2\n",
        "CONNECT 00000000000000000000000000000000000001\n", "\n" })
    void badLineClosesWithoutAWord(String line) throws IOException {
        try (SocketChannel channel = connect(line)) {
            assertThat(read(channel)).isNull();
            assertThat(guest.receive()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({ "CONNECT 0,0", "CONNECT 4294967295,4294967295", "CoNNeCT 52 ,52", "CONNECT,-1", "CONNECT 4294967296,-1" })
    void portsAreParsed(String line, long port) {
        assertThat(UnixSocketStream.port(line)).isEqualTo(port);
    }

    @Test
    void refusedAndTimedOutConnectionsCloseWithoutAWord() throws IOException {
        try (SocketChannel refused = connect("CONNECT 7\n"); SocketChannel late = connect("CONNECT 8\n")) {
            List<Seen> requests = guest.receive();
            guest.send(VsockPacket.OP_RST, requests.get(0).hostPort(), 7);
            assertThat(read(refused)).isNull();
            clock.advance(2_000_000_000L);
            assertThat(read(late)).isNull();
        }
    }

    @Test
    void connectionMadeBeforeTheDriverWaits() throws IOException {
        driver.reset();
        try (SocketChannel channel = connect("CONNECT 9\n"); SocketChannel gone = connect("CONNECT 10\n")) {
            driver.start();
            guest = new GuestSockets(driver, 8);
            assertThat(guest.receive()).extracting(Seen::guestPort).containsExactly(9, 10);
            assertThat(read(channel)).isEmpty();
            assertThat(read(gone)).isEmpty();
        }
    }

    @Test
    void guestReachesAListenerAndNobodyElse() throws IOException {
        guest.send(VsockPacket.OP_REQUEST, 52, 7);
        assertThat(guest.receive().get(0).operation()).isEqualTo(VsockPacket.OP_RST);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(folder.resolve("v.sock_52")));
            guest.send(VsockPacket.OP_REQUEST, 52, 7);
            assertThat(guest.receive().get(0).operation()).isEqualTo(VsockPacket.OP_RESPONSE);
            try (SocketChannel channel = server.accept()) {
                channel.configureBlocking(false);
                guest.send(VsockPacket.OP_RW, 52, 7, 0, "hi".getBytes());
                assertThat(new String(read(channel))).isEqualTo("hi");
                channel.write(ByteBuffer.wrap("ho".getBytes()));
                loop.runAll();
                assertThat(new String(guest.receive().get(0).data())).isEqualTo("ho");
            }
            loop.runAll();
            assertThat(guest.receive()).extracting(Seen::operation).containsExactly(VsockPacket.OP_SHUTDOWN);
            guest.send(VsockPacket.OP_SHUTDOWN, 52, 7, 3, new byte[0]);
            assertThat(guest.receive()).extracting(Seen::operation).containsExactly(VsockPacket.OP_RST);
            assertThat(backend.streamCount()).isZero();
        }
    }

    @Test
    void aListenerWithAFullBacklogRefuses() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(folder.resolve("v.sock_52")), 1);
            List<Integer> operations = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                guest.send(VsockPacket.OP_REQUEST, 52, i);
                operations.add(guest.receive().get(0).operation());
            }
            assertThat(operations).startsWith(VsockPacket.OP_RESPONSE).endsWith(VsockPacket.OP_RST);
        }
    }

    @Test
    void halvesCloseOneByOne() throws IOException {
        try (SocketChannel channel = open()) {
            channel.write(ByteBuffer.wrap("last".getBytes()));
            channel.shutdownOutput();
            loop.runAll();
            List<Seen> seen = guest.receive();
            assertThat(seen).extracting(Seen::operation).containsExactly(VsockPacket.OP_RW, VsockPacket.OP_SHUTDOWN);
            guest.send(VsockPacket.OP_RW, 1 << 30, 1024, 0, "reply".getBytes());
            assertThat(new String(read(channel))).isEqualTo("reply");
            guest.send(VsockPacket.OP_SHUTDOWN, 1 << 30, 1024, VsockPacket.SHUTDOWN_SEND, new byte[0]);
            assertThat(read(channel)).isNull();
            assertThat(guest.receive().get(0).flags()).isEqualTo(3);
            guest.send(VsockPacket.OP_RST, 1 << 30, 1024);
            assertThat(backend.streamCount()).isZero();
        }
    }

    @Test
    void bytesSurviveASlowReaderAndTheGuestsClose() throws IOException {
        byte[] data = new byte[100 << 10];
        new Random(3).nextBytes(data);
        try (SocketChannel channel = open()) {
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            // Until the socket is full and all credit is used up.
            int credit = VsockConfig.RECEIVE_BUFFER;
            int forwarded = 0;
            while (sent.size() - forwarded + (16 << 10) <= credit) {
                byte[] part = new byte[16 << 10];
                System.arraycopy(data, sent.size() % (64 << 10), part, 0, part.length);
                guest.send(VsockPacket.OP_RW, 1 << 30, 1024, 0, part);
                sent.writeBytes(part);
                for (Seen seen : guest.receive()) {
                    forwarded = seen.forwarded();
                }
            }
            assertThat(sent.size()).isGreaterThan(credit);
            guest.send(VsockPacket.OP_SHUTDOWN, 1 << 30, 1024, 3, new byte[0]);
            assertThat(device.connectionCount()).isZero();
            assertThat(backend.streamCount()).isEqualTo(1);
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            for (byte[] part = read(channel); part != null; part = read(channel)) {
                got.writeBytes(part);
            }
            assertThat(got.toByteArray()).isEqualTo(sent.toByteArray());
            assertThat(backend.streamCount()).isZero();
        }
    }

    @Test
    void aSlowGuestStopsTheHostsWriter() throws IOException {
        guest.allocated = 8192;
        byte[] data = new byte[1 << 20];
        new Random(4).nextBytes(data);
        try (SocketChannel channel = open()) {
            ByteBuffer toWrite = ByteBuffer.wrap(data);
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            boolean blocked = false;
            while (got.size() < data.length) {
                int n = channel.write(toWrite);
                blocked |= n == 0 && toWrite.hasRemaining();
                loop.runAll();
                for (Seen seen : guest.receive()) {
                    got.writeBytes(seen.data());
                }
                guest.forwarded = got.size();
                guest.send(VsockPacket.OP_CREDIT_UPDATE, 1 << 30, 1024);
            }
            assertThat(blocked).isTrue();
            assertThat(got.toByteArray()).isEqualTo(data);
        }
    }

    @Test
    void manyConnectionsComeAndGo() throws IOException {
        for (int round = 0; round < 3; round++) {
            List<SocketChannel> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                all.add(open());
                guest.allocated = 1 << 16;
            }
            assertThat(device.connectionCount()).isEqualTo(100);
            for (SocketChannel channel : all) {
                channel.close();
            }
            loop.runAll();
            for (Seen seen : guest.receive()) {
                guest.send(VsockPacket.OP_SHUTDOWN, seen.hostPort(), seen.guestPort(), 3, new byte[0]);
            }
            guest.receive();
            assertThat(device.connectionCount()).isZero();
            assertThat(backend.streamCount()).isZero();
        }
    }

    @Test
    void deviceResetClosesTheSockets() throws IOException {
        try (SocketChannel channel = open()) {
            driver.reset();
            assertThat(read(channel)).isNull();
        }
    }

    @Test
    void pathInUseOrTooLongIsRefused() throws IOException {
        assertThatThrownBy(() -> new UnixSocketBackend(device, path, loop)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new UnixSocketBackend(device, folder.resolve("x".repeat(120)), loop)).isInstanceOf(IOException.class);
        assertThat(Files.exists(path)).isTrue();
    }
}
