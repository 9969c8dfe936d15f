package org.jvmm.virtio.net.user;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.assertj.core.api.Assertions;

/** TCP between a guest whose every segment the test chooses and real sockets on the loopback. */
class UserTcpTest {
    private static final long SECOND = 1_000_000_000L;

    private ServerSocket server;
    private FakeGuest guest;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        guest = new FakeGuest(UserNetConfig.of(List.of()), FakeGuest.ALL);
    }

    @AfterEach
    void close() throws IOException {
        guest.close();
        server.close();
        assertThat(guest.clock.armedTimers()).isLessThanOrEqualTo(1);
    }

    /** The host's end; a test that waits for ever is a test that failed. */
    private Socket accept() throws IOException {
        server.setSoTimeout(20_000);
        Socket socket = server.accept();
        socket.setSoTimeout(20_000);
        return socket;
    }

    private GuestTcp tcp() {
        return new GuestTcp(guest, 40_000, UserNetConfig.HOST, server.getLocalPort());
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(42).nextBytes(bytes);
        return bytes;
    }

    @Test
    void connectsAndPassesBytesBothWays() throws IOException {
        GuestTcp tcp = tcp().open();
        assertThat(tcp.mss).isEqualTo(1460);
        try (Socket host = accept()) {
            tcp.send(Wire.ACK | Wire.PSH, "ping".getBytes());
            assertThat(host.getInputStream().readNBytes(4)).isEqualTo("ping".getBytes());
            ByteBuf ack = guest.await();
            assertThat(GuestTcp.ackOf(ack)).isEqualTo(tcp.next);
            host.getOutputStream().write("pong".getBytes());
            assertThat(tcp.read(4)).isEqualTo("pong".getBytes());
        }
    }

    @Test
    void aRefusedConnectionIsReset() throws IOException {
        int port = server.getLocalPort();
        server.close();
        ByteBuf answer = new GuestTcp(guest, 40_000, UserNetConfig.HOST, port).connect(true);
        assertThat(GuestTcp.flags(answer)).isEqualTo(Wire.RST | Wire.ACK);
        assertThat(guest.network.connections()).isZero();
        assertThat(guest.network.metrics().tcpRefused().get()).isEqualTo(1);
    }

    @Test
    void anAddressThatNobodyHasIsUnreachable() {
        new GuestTcp(guest, 40_000, 0x0A000263, 80).guest.send(new GuestTcp(guest, 40_000, 0x0A000263, 80).syn(Wire.SYN, 0, true));
        ByteBuf answer = guest.poll();
        assertThat(answer.getUnsignedShort(Wire.L4)).isEqualTo(Wire.UNREACHABLE_HOST | Wire.ICMP_UNREACHABLE << 8);
        assertThat(answer.getInt(Wire.L4 + Wire.ICMP_SIZE + Wire.IP_DESTINATION)).isEqualTo(0x0A000263);
    }

    @Test
    void aSegmentOfNoConnectionIsReset() {
        GuestTcp tcp = tcp();
        tcp.received = 77;
        tcp.send(Wire.ACK, "lost".getBytes());
        ByteBuf answer = guest.poll();
        assertThat(GuestTcp.flags(answer)).isEqualTo(Wire.RST);
        assertThat(GuestTcp.sequence(answer)).isEqualTo(77);
        tcp.send(Wire.RST, new byte[0]);
        assertThat(guest.poll()).isNull();
    }

    @Test
    void theGuestEndsFirst() throws IOException {
        GuestTcp tcp = tcp().open();
        try (Socket host = accept()) {
            tcp.send(Wire.ACK | Wire.FIN, "bye".getBytes());
            assertThat(host.getInputStream().readAllBytes()).isEqualTo("bye".getBytes());
            assertThat(GuestTcp.ackOf(guest.await())).isEqualTo(tcp.next);
            // Half closed: the host may go on.
            host.getOutputStream().write("more".getBytes());
            assertThat(tcp.read(4)).isEqualTo("more".getBytes());
        }
        ByteBuf fin = guest.await();
        assertThat(GuestTcp.flags(fin) & Wire.FIN).isNotZero();
        tcp.take(fin);
        tcp.ack();
        assertThat(guest.network.connections()).isZero();
    }

    @Test
    void theHostEndsFirstAndWaitsOutTheLastAcknowledgement() throws IOException {
        GuestTcp tcp = tcp().open();
        Socket host = accept();
        host.getOutputStream().write("all".getBytes());
        host.shutdownOutput();
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        ByteBuf frame;
        do {
            frame = guest.await();
            got.writeBytes(tcp.take(frame));
        } while ((GuestTcp.flags(frame) & Wire.FIN) == 0);
        assertThat(got.toByteArray()).isEqualTo("all".getBytes());
        tcp.ack();
        tcp.send(Wire.ACK, "late".getBytes());
        assertThat(host.getInputStream().readNBytes(4)).isEqualTo("late".getBytes());
        tcp.send(Wire.ACK | Wire.FIN, new byte[0]);
        assertThat(host.getInputStream().read()).isEqualTo(-1);
        host.close();
        guest.frames.clear();
        assertThat(guest.network.connections()).isEqualTo(1);
        // The FIN again, its acknowledgement lost.
        guest.send(tcp.segment(tcp.next - 1, tcp.received, Wire.ACK | Wire.FIN, new byte[0]));
        assertThat(GuestTcp.ackOf(guest.poll())).isEqualTo(tcp.next);
        guest.clock.advance(3 * SECOND);
        guest.loop.poll();
        assertThat(guest.network.connections()).isZero();
    }

    @Test
    void theGuestsResetReachesTheHost() throws IOException {
        GuestTcp tcp = tcp().open();
        try (Socket host = accept()) {
            // Elsewhere in the window it is doubted, and answered (RFC 5961 §3.2).
            guest.send(tcp.segment(tcp.next + 10, tcp.received, Wire.RST, new byte[0]));
            assertThat(GuestTcp.flags(guest.poll())).isEqualTo(Wire.ACK);
            assertThat(guest.network.connections()).isEqualTo(1);
            tcp.send(Wire.RST, new byte[0]);
            guest.loop.poll();
            Assertions.assertThatThrownBy(() -> host.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(guest.network.connections()).isZero();
    }

    @Test
    void theHostsResetReachesTheGuest() throws IOException {
        GuestTcp tcp = tcp().open();
        Socket host = accept();
        host.setSoLinger(true, 0);
        host.close();
        ByteBuf answer = guest.await();
        assertThat(GuestTcp.flags(answer) & Wire.RST).isNotZero();
        assertThat(GuestTcp.sequence(answer)).isEqualTo(tcp.received);
        assertThat(guest.network.connections()).isZero();
    }

    @Test
    void whatComesTwiceCountsOnce() throws IOException {
        GuestTcp tcp = tcp().open();
        try (Socket host = accept()) {
            ByteBuf segment = tcp.segment(tcp.next, tcp.received, Wire.ACK, "abcdef".getBytes());
            guest.send(segment.copy());
            guest.send(segment.copy());
            // Overlapping: two old bytes, two new ones.
            guest.send(tcp.segment(tcp.next + 4, tcp.received, Wire.ACK, "efgh".getBytes()));
            // A gap: not taken.
            guest.send(tcp.segment(tcp.next + 100, tcp.received, Wire.ACK, "zzzz".getBytes()));
            assertThat(host.getInputStream().readNBytes(8)).isEqualTo("abcdefgh".getBytes());
            int last = 0;
            for (ByteBuf f = guest.poll(); f != null; f = guest.poll()) {
                last = GuestTcp.ackOf(f);
            }
            assertThat(last).isEqualTo(tcp.next + 8);
        }
    }

    @Test
    void aLostSegmentIsSentAgain() throws IOException {
        GuestTcp tcp = tcp().open();
        try (Socket host = accept()) {
            host.getOutputStream().write("data".getBytes());
            ByteBuf first = guest.await();
            guest.clock.advance(SECOND - 1);
            guest.loop.poll();
            assertThat(guest.poll()).isNull();
            guest.clock.advance(1);
            guest.loop.poll();
            ByteBuf second = guest.poll();
            assertThat(GuestTcp.sequence(second)).isEqualTo(GuestTcp.sequence(first));
            assertThat(GuestTcp.payload(second)).isEqualTo("data".getBytes());
            // Twice the time until the third.
            guest.clock.advance(2 * SECOND - 1);
            guest.loop.poll();
            assertThat(guest.poll()).isNull();
            guest.clock.advance(1);
            guest.loop.poll();
            tcp.take(guest.poll());
            tcp.ack();
            guest.clock.advance(100 * SECOND);
            guest.loop.poll();
            assertThat(guest.poll()).isNull();
            assertThat(guest.network.metrics().tcpRetransmits().get()).isEqualTo(2);
        }
    }

    @Test
    void aGuestThatIsSilentForeverIsGivenUp() throws IOException {
        tcp().open();
        try (Socket host = accept()) {
            host.getOutputStream().write("data".getBytes());
            guest.await();
            for (int i = 0; i < 40; i++) {
                guest.clock.advance(60 * SECOND);
                guest.loop.poll();
            }
            assertThat(guest.network.connections()).isZero();
            Assertions.assertThatThrownBy(() -> host.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void threeDuplicatesBringTheLostSegmentAtOnce() throws IOException {
        GuestTcp tcp = tcp().open();
        try (Socket host = accept()) {
            host.getOutputStream().write(random(1000));
            ByteBuf lost = guest.await();
            tcp.ack();
            tcp.ack();
            assertThat(guest.poll()).isNull();
            tcp.ack();
            ByteBuf again = guest.poll();
            assertThat(GuestTcp.sequence(again)).isEqualTo(GuestTcp.sequence(lost));
            assertThat(GuestTcp.payload(again)).isEqualTo(GuestTcp.payload(lost));
        }
    }

    @Test
    void aClosedWindowIsProbedAndOpens() throws IOException {
        GuestTcp tcp = tcp().open();
        tcp.window = 0;
        tcp.ack();
        try (Socket host = accept()) {
            host.getOutputStream().write("window".getBytes());
            guest.loop.runUntil(() -> guest.network.buffersInUse() == 1);
            assertThat(guest.poll()).isNull();
            for (int probe = 0; probe < 30; probe++) {
                guest.clock.advance(60 * SECOND);
                guest.loop.poll();
                ByteBuf frame = guest.poll();
                assertThat(GuestTcp.payload(frame)).isEqualTo("w".getBytes());
                // Not kept, but answered: the connection stays.
                tcp.ack();
            }
            tcp.window = 65_535;
            tcp.ack();
            assertThat(tcp.read(6)).isEqualTo("window".getBytes());
        }
    }

    @Test
    void aHostThatDoesNotReadClosesTheGuestsWindow() throws IOException {
        GuestTcp tcp = tcp().open();
        byte[] data = random(8 << 20);
        try (Socket host = accept()) {
            int edge = tcp.next + tcp.peerWindow;
            int base = tcp.next;
            int stalls = 0;
            while (stalls < 3) {
                while (edge - tcp.next > 0 && tcp.next - base < data.length) {
                    int n = Math.min(1460, edge - tcp.next);
                    tcp.send(Wire.ACK, Arrays.copyOfRange(data, tcp.next - base, tcp.next - base + n));
                }
                guest.loop.poll();
                boolean moved = false;
                for (ByteBuf f = guest.poll(); f != null; f = guest.poll()) {
                    tcp.take(f);
                    moved |= GuestTcp.ackOf(f) + tcp.peerWindow - edge > 0;
                    edge = GuestTcp.ackOf(f) + tcp.peerWindow;
                }
                stalls = moved ? 0 : stalls + 1;
            }
            int stuck = tcp.next - base;
            assertThat(stuck).isLessThan(data.length);
            assertThat(guest.network.buffersInUse()).isEqualTo(1);
            CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> {
                try {
                    return host.getInputStream().readNBytes(stuck);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            guest.loop.runUntil(reader::isDone);
            assertThat(reader.join()).isEqualTo(Arrays.copyOf(data, stuck));
            // The guest was told of the room.
            assertThat(guest.frames).isNotEmpty();
            ByteBuf last = guest.frames.peekLast();
            assertThat(last.getUnsignedShort(Wire.L4 + Wire.TCP_WINDOW) << tcp.peerScale).isGreaterThan(ByteRing.CAPACITY / 2);
        }
    }

    @Test
    void aGuestWithoutRoomIsNotFlooded() throws IOException {
        GuestTcp tcp = tcp().open();
        guest.room = 0;
        byte[] data = random(300_000);
        try (Socket host = accept()) {
            host.setSendBufferSize(1 << 20);
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                try {
                    host.getOutputStream().write(data);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            guest.loop.runUntil(() -> guest.network.buffersInUse() == 1);
            assertThat(guest.frames).isEmpty();
            guest.makeRoom(1);
            assertThat(guest.frames).hasSize(1);
            guest.makeRoom(Integer.MAX_VALUE);
            assertThat(tcp.read(data.length)).isEqualTo(data);
            writer.join();
            assertThat(guest.network.metrics().dropped().get()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = { 0, FakeGuest.ALL })
    void megabytesArriveUnchangedBothWays(long features) throws IOException {
        guest.close();
        guest = new FakeGuest(UserNetConfig.of(List.of()), features);
        GuestTcp tcp = tcp().open();
        byte[] data = random(3_000_001);
        try (Socket host = accept()) {
            CompletableFuture<byte[]> echo = CompletableFuture.supplyAsync(() -> {
                try {
                    byte[] got = host.getInputStream().readNBytes(data.length);
                    host.getOutputStream().write(got);
                    return got;
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            tcp.window = 500_000;
            tcp.write(data, features == 0 ? 1460 : 40_000);
            assertThat(tcp.read(data.length)).isEqualTo(data);
            assertThat(echo.join()).isEqualTo(data);
        }
        assertThat(guest.network.buffersInUse()).isZero();
    }

    @Test
    void withoutScalingTheWindowFitsSixteenBits() throws IOException {
        GuestTcp tcp = tcp();
        ByteBuf answer = tcp.connect(false);
        assertThat(GuestTcp.headerLength(answer)).isEqualTo(24);
        tcp.learn(answer);
        tcp.ack();
        byte[] data = random(400_000);
        try (Socket host = accept()) {
            CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> {
                try {
                    return host.getInputStream().readNBytes(data.length);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            tcp.write(data, 1460);
            assertThat(reader.join()).isEqualTo(data);
        }
    }

    @Test
    void aForwardedPortLeadsIntoTheGuest() throws Exception {
        guest.close();
        guest = new FakeGuest(UserNetConfig.of(List.of(new PortForward(0x7F000001, 0, 80, false))), FakeGuest.ALL);
        try (Socket client = new Socket()) {
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), guest.network.forwardedPorts().get(0)));
            ByteBuf syn = guest.await();
            assertThat(GuestTcp.flags(syn)).isEqualTo(Wire.SYN);
            assertThat(syn.getInt(Wire.IP + Wire.IP_SOURCE)).isEqualTo(UserNetConfig.HOST);
            assertThat(syn.getUnsignedShort(Wire.L4 + 2)).isEqualTo(80);
            GuestTcp tcp = new GuestTcp(guest, 80, UserNetConfig.HOST, syn.getUnsignedShort(Wire.L4));
            tcp.scale = 4;
            guest.send(tcp.syn(Wire.SYN | Wire.ACK, GuestTcp.sequence(syn) + 1, true));
            tcp.learn(syn);
            assertThat(GuestTcp.flags(guest.poll())).isEqualTo(Wire.ACK);
            client.getOutputStream().write("GET".getBytes());
            assertThat(tcp.read(3)).isEqualTo("GET".getBytes());
            tcp.send(Wire.ACK | Wire.FIN, "200".getBytes());
            assertThat(client.getInputStream().readAllBytes()).isEqualTo("200".getBytes());
        }
    }

    @Test
    void aForwardedConnectionThatTheGuestRefusesIsReset() throws Exception {
        guest.close();
        guest = new FakeGuest(UserNetConfig.of(List.of(new PortForward(0x7F000001, 0, 80, false))), FakeGuest.ALL);
        try (Socket client = new Socket()) {
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), guest.network.forwardedPorts().get(0)));
            ByteBuf syn = guest.await();
            GuestTcp tcp = new GuestTcp(guest, 80, UserNetConfig.HOST, syn.getUnsignedShort(Wire.L4));
            guest.send(tcp.segment(0, GuestTcp.sequence(syn) + 1, Wire.RST | Wire.ACK, new byte[0]));
            guest.loop.poll();
            Assertions.assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aPortInUseIsSaidInOneLine() {
        int taken = server.getLocalPort();
        List<PortForward> forwards = List.of(new PortForward(0x7F000001, taken, 80, false));
        Assertions.assertThatThrownBy(() -> new UserNetwork(UserNetConfig.of(forwards), guest.loop, guest.clock, null))
                .isInstanceOf(UserNetException.class).hasMessage("Cannot listen on port 127.0.0.1:" + taken + ": Address already in use");
    }

    @Test
    void aDriverResetEndsEverything() throws IOException {
        tcp().open();
        try (Socket host = accept()) {
            guest.network.stop();
            guest.loop.poll();
            Assertions.assertThatThrownBy(() -> host.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(guest.network.connections()).isZero();
        guest.network.start(guest, FakeGuest.ALL);
        tcp().open();
        assertThat(guest.network.connections()).isEqualTo(1);
    }

    @Test
    void manyConnectionsComeAndGo() throws IOException {
        for (int i = 0; i < 300; i++) {
            GuestTcp tcp = new GuestTcp(guest, 30_000 + i % 7, UserNetConfig.HOST, server.getLocalPort()).open();
            try (Socket host = accept()) {
                tcp.send(Wire.ACK, "x".getBytes());
                assertThat(host.getInputStream().read()).isEqualTo('x');
                tcp.send(Wire.RST | Wire.ACK, new byte[0]);
            }
            guest.frames.clear();
        }
        assertThat(guest.network.connections()).isZero();
        assertThat(guest.network.metrics().tcpConnections().get()).isEqualTo(300);
    }
}
