package org.jvmm.virtio.net.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.virtio.net.MacAddress;

/** UDP between a fake guest and real sockets on the loopback. */
class UserUdpTest {
    private static final long SECOND = 1_000_000_000L;

    private DatagramSocket server;
    private FakeGuest guest;

    @BeforeEach
    void open() throws IOException {
        server = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        server.setSoTimeout(20_000);
        guest = new FakeGuest(UserNetConfig.of(List.of()), FakeGuest.ALL);
    }

    @AfterEach
    void close() {
        guest.close();
        server.close();
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        socket.receive(packet);
        return packet;
    }

    private static byte[] bytes(DatagramPacket packet) {
        return java.util.Arrays.copyOf(packet.getData(), packet.getLength());
    }

    private void send(int port, byte[] payload) {
        guest.send(guest.udp(UserNetConfig.GUEST, port, UserNetConfig.HOST, server.getLocalPort(), payload));
    }

    @Test
    void datagramsPassBothWays() throws IOException {
        send(5000, "question".getBytes());
        DatagramPacket got = receive(server);
        assertThat(bytes(got)).isEqualTo("question".getBytes());
        server.send(new DatagramPacket("answer".getBytes(), 6, got.getSocketAddress()));
        server.send(new DatagramPacket(new byte[0], 0, got.getSocketAddress()));
        ByteBuf frame = guest.await();
        assertThat(frame.getInt(Wire.IP + Wire.IP_SOURCE)).isEqualTo(UserNetConfig.HOST);
        assertThat(frame.getUnsignedShort(Wire.L4)).isEqualTo(server.getLocalPort());
        assertThat(frame.getUnsignedShort(Wire.L4 + 2)).isEqualTo(5000);
        assertThat(FakeGuest.udpPayload(frame)).isEqualTo("answer".getBytes());
        assertThat(FakeGuest.udpPayload(guest.await())).isEmpty();
        // The same port goes out by the same socket, another by another.
        send(5000, "again".getBytes());
        assertThat(receive(server).getSocketAddress()).isEqualTo(got.getSocketAddress());
        send(5001, "other".getBytes());
        assertThat(receive(server).getSocketAddress()).isNotEqualTo(got.getSocketAddress());
        assertThat(guest.network.connections()).isEqualTo(2);
    }

    @Test
    void strangersDoNotReachTheGuest() throws IOException {
        send(5000, "question".getBytes());
        DatagramPacket got = receive(server);
        try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            stranger.send(new DatagramPacket("evil".getBytes(), 4, got.getSocketAddress()));
        }
        server.send(new DatagramPacket("good".getBytes(), 4, got.getSocketAddress()));
        assertThat(FakeGuest.udpPayload(guest.await())).isEqualTo("good".getBytes());
        assertThat(guest.poll()).isNull();
    }

    @Test
    void aRefusalIsPassedOn() {
        int port = server.getLocalPort();
        server.close();
        guest.send(guest.udp(UserNetConfig.GUEST, 5000, UserNetConfig.HOST, port, new byte[3]));
        ByteBuf answer = guest.await();
        assertThat(answer.getUnsignedShort(Wire.L4)).isEqualTo(Wire.ICMP_UNREACHABLE << 8 | Wire.UNREACHABLE_PORT);
        int quoted = Wire.L4 + Wire.ICMP_SIZE;
        assertThat(answer.getInt(quoted + Wire.IP_SOURCE)).isEqualTo(UserNetConfig.GUEST);
        assertThat(answer.getInt(quoted + Wire.IP_DESTINATION)).isEqualTo(UserNetConfig.HOST);
        assertThat(answer.getInt(quoted + Wire.IP_SIZE)).isEqualTo(5000 << 16 | port);
        assertThat(guest.network.connections()).isZero();
    }

    @Test
    void longDatagramsAreCutAndPutTogether() throws IOException {
        byte[] data = new byte[20_001];
        new Random(1).nextBytes(data);
        ByteBuf whole = guest.udp(UserNetConfig.GUEST, 5000, UserNetConfig.HOST, server.getLocalPort(), data);
        List<ByteBuf> fragments = fragments(whole, 1480);
        // Out of order, one twice.
        for (int i = fragments.size() - 1; i >= 0; i--) {
            guest.send(fragments.get(i).copy());
        }
        DatagramPacket got = receive(server);
        assertThat(bytes(got)).isEqualTo(data);
        server.send(new DatagramPacket(data, data.length, got.getSocketAddress()));
        byte[] back = new byte[data.length + Wire.UDP_SIZE];
        int have = 0;
        int id = -1;
        while (have < back.length) {
            ByteBuf frame = guest.await();
            assertThat(id < 0 || frame.getUnsignedShort(Wire.IP + Wire.IP_ID) == id).isTrue();
            id = frame.getUnsignedShort(Wire.IP + Wire.IP_ID);
            int n = frame.writerIndex() - Wire.L4;
            frame.getBytes(Wire.L4, back, (frame.getUnsignedShort(Wire.IP + Wire.IP_FRAGMENT) & 0x1FFF) * 8, n);
            have += n;
        }
        ByteBuf joined = guest.ip(UserNetConfig.HOST, UserNetConfig.GUEST, Wire.PROTOCOL_UDP, back.length);
        joined.setBytes(Wire.L4, back);
        assertThat(FakeGuest.udpPayload(joined)).isEqualTo(data);
        long pseudo = Checksum.pseudoHeader(UserNetConfig.HOST, UserNetConfig.GUEST, Wire.PROTOCOL_UDP, back.length);
        assertThat(Checksum.finish(Checksum.add(pseudo, joined, Wire.L4, back.length))).isZero();
    }

    private List<ByteBuf> fragments(ByteBuf whole, int step) {
        List<ByteBuf> all = new java.util.ArrayList<>();
        int length = whole.writerIndex() - Wire.L4;
        for (int from = 0; from < length; from += step) {
            int n = Math.min(step, length - from);
            ByteBuf fragment = guest.ip(UserNetConfig.GUEST, UserNetConfig.HOST, Wire.PROTOCOL_UDP, n);
            fragment.setShort(Wire.IP + Wire.IP_ID, 4711);
            fragment.setShort(Wire.IP + Wire.IP_FRAGMENT, from / 8 | (from + n < length ? Wire.IP_MORE_FRAGMENTS : 0));
            fragment.setBytes(Wire.L4, whole, Wire.L4 + from, n);
            all.add(FakeGuest.finishIp(fragment));
        }
        return all;
    }

    @Test
    void incompleteDatagramsAreForgotten() {
        ByteBuf whole = guest.udp(UserNetConfig.GUEST, 5000, UserNetConfig.HOST, server.getLocalPort(), new byte[4000]);
        guest.send(fragments(whole, 1480).get(0));
        assertThat(guest.clock.armedTimers()).isEqualTo(1);
        guest.clock.advance(31 * SECOND);
        guest.loop.poll();
        assertThat(guest.network.metrics().dropped().get()).isEqualTo(1);
    }

    @Test
    void quietFlowsAreForgotten() throws IOException {
        send(5000, "x".getBytes());
        receive(server);
        guest.clock.advance(100 * SECOND);
        guest.loop.poll();
        send(5000, "y".getBytes());
        receive(server);
        guest.clock.advance(100 * SECOND);
        guest.loop.poll();
        assertThat(guest.network.connections()).isEqualTo(1);
        guest.clock.advance(21 * SECOND);
        guest.loop.poll();
        assertThat(guest.network.connections()).isZero();
    }

    @Test
    void theQuietestFlowMakesRoom() {
        for (int i = 0; i < UdpNat.MAX_FLOWS + 5; i++) {
            guest.clock.advance(1000);
            send(1000 + i, "x".getBytes());
        }
        assertThat(guest.network.connections()).isEqualTo(UdpNat.MAX_FLOWS);
    }

    @Test
    void aGuestWithoutRoomLosesNothing() throws IOException {
        send(5000, "x".getBytes());
        DatagramPacket got = receive(server);
        guest.room = 0;
        for (int i = 0; i < 5; i++) {
            server.send(new DatagramPacket(new byte[] { (byte) i }, 1, got.getSocketAddress()));
        }
        guest.loop.poll();
        assertThat(guest.poll()).isNull();
        guest.makeRoom(Integer.MAX_VALUE);
        for (int i = 0; i < 5; i++) {
            assertThat(FakeGuest.udpPayload(guest.await())).containsExactly(i);
        }
    }

    @Test
    void aForwardedPortLeadsIntoTheGuestAndBack() throws IOException {
        guest.close();
        guest = new FakeGuest(UserNetConfig.of(List.of(new PortForward(0x7F000001, 0, 69, true))), FakeGuest.ALL);
        int port = guest.network.forwardedPorts().get(0);
        server.send(new DatagramPacket("get".getBytes(), 3, new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
        ByteBuf frame = guest.await();
        assertThat(frame.getUnsignedShort(Wire.L4 + 2)).isEqualTo(69);
        assertThat(FakeGuest.udpPayload(frame)).isEqualTo("get".getBytes());
        guest.send(guest.udp(UserNetConfig.GUEST, 69, UserNetConfig.HOST, frame.getUnsignedShort(Wire.L4), "data".getBytes()));
        DatagramPacket answer = receive(server);
        assertThat(answer.getPort()).isEqualTo(port);
        assertThat(bytes(answer)).isEqualTo("data".getBytes());
    }

    @Test
    void questionsGoToTheHostsNameServer(@TempDir Path folder) throws IOException {
        DatagramSocket names;
        try {
            names = new DatagramSocket(53, InetAddress.ofLiteral("127.7.7.7"));
        } catch (SocketException e) {
            assumeThat(false).as("port 53 cannot be bound here: %s", e.getMessage()).isTrue();
            return;
        }
        try (names) {
            names.setSoTimeout(20_000);
            Path resolv = folder.resolve("resolv.conf");
            Files.writeString(resolv, "nameserver 127.7.7.6\nnameserver 127.7.7.7\n");
            guest.close();
            guest = new FakeGuest(new UserNetConfig(MacAddress.DEFAULT, 1500, List.of(), resolv), FakeGuest.ALL);
            // The first server refuses; the guest asks again and the second is taken.
            guest.send(guest.udp(UserNetConfig.GUEST, 5000, UserNetConfig.DNS, 53, "q1".getBytes()));
            assertThat(guest.await().getUnsignedByte(Wire.L4)).isEqualTo((short) Wire.ICMP_UNREACHABLE);
            guest.send(guest.udp(UserNetConfig.GUEST, 5000, UserNetConfig.DNS, 53, "q2".getBytes()));
            DatagramPacket question = receive(names);
            assertThat(bytes(question)).isEqualTo("q2".getBytes());
            names.send(new DatagramPacket("a2".getBytes(), 2, question.getSocketAddress()));
            ByteBuf answer = guest.await();
            assertThat(answer.getInt(Wire.IP + Wire.IP_SOURCE)).isEqualTo(UserNetConfig.DNS);
            assertThat(FakeGuest.udpPayload(answer)).isEqualTo("a2".getBytes());
        }
    }
}
