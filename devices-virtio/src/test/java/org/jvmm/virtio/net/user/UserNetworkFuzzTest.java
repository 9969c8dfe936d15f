package org.jvmm.virtio.net.user;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.virtio.net.MacAddress;
import org.jvmm.virtio.net.NetHeader;

/** Frames of a hostile guest, from a fixed seed: nothing is thrown, and afterwards a good frame gets its answer. {@code -Dfuzz.ops=N -Dfuzz.seed=N} tries more. */
class UserNetworkFuzzTest {
    private static final int OPERATIONS = Integer.getInteger("fuzz.ops", 150_000);
    private static final long SEED = Long.getLong("fuzz.seed", 20_260_711);

    @Test
    void noFrameBreaksTheNetwork() throws IOException {
        Random random = new Random(SEED);
        UserNetConfig config = new UserNetConfig(MacAddress.DEFAULT, 1500, List.of(), Path.of("/nonexistent/resolv.conf"));
        try (ServerSocket tcp = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                DatagramSocket udp = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                FakeGuest guest = new FakeGuest(config, FakeGuest.ALL)) {
            int[] ports = { tcp.getLocalPort(), udp.getLocalPort(), 53, 67, 0, 1 };
            for (int i = 0; i < OPERATIONS; i++) {
                ByteBuf frame = frame(guest, random, ports);
                for (int flips = random.nextInt(4) == 0 ? random.nextInt(5) : 0; flips > 0; flips--) {
                    frame.setByte(random.nextInt(frame.writerIndex()), random.nextInt(256));
                }
                if (random.nextInt(16) == 0) {
                    frame.writerIndex(Wire.ETH + random.nextInt(frame.writerIndex() - Wire.ETH + 1));
                }
                guest.network.handle(frame);
                frame.release();
                if (random.nextInt(8) == 0) {
                    guest.network.transmitted();
                }
                if (i % 64 == 0) {
                    guest.room = random.nextInt(3) * 50;
                    guest.network.receiveReady();
                    guest.loop.poll();
                    guest.clock.advance(random.nextInt(1_000_000_000));
                    guest.frames.forEach(ByteBuf::release);
                    guest.frames.clear();
                }
                assertThat(guest.network.connections()).isLessThanOrEqualTo(TcpStack.MAX_CONNECTIONS + UdpNat.MAX_FLOWS);
            }
            guest.room = Integer.MAX_VALUE;
            guest.network.receiveReady();
            guest.frames.clear();
            guest.send(guest.echo(UserNetConfig.HOST, 7, 9, new byte[4]));
            assertThat(guest.poll().getInt(Wire.L4 + 4)).isEqualTo(7 << 16 | 9);
        }
    }

    private static ByteBuf frame(FakeGuest guest, Random random, int[] ports) {
        int destination = switch (random.nextInt(8)) {
            case 0 -> UserNetConfig.DNS;
            case 1 -> -1;
            case 2 -> 0x0A000200 | random.nextInt(256);
            // Never addresses of others: only this host is bothered.
            case 3 -> 0x7F000000 | random.nextInt(256);
            default -> UserNetConfig.HOST;
        };
        int length = random.nextInt(10) == 0 ? random.nextInt(3000) : random.nextInt(120);
        byte[] payload = new byte[length];
        random.nextBytes(payload);
        int port = ports[random.nextInt(ports.length)];
        int guestPort = 1000 + random.nextInt(20);
        ByteBuf frame;
        switch (random.nextInt(7)) {
            case 0 -> {
                frame = FakeGuest.ethernet(random.nextBoolean() ? Wire.TYPE_ARP : random.nextInt(65536), 28 + length);
                frame.setBytes(Wire.IP, payload);
            }
            case 1 -> frame = guest.echo(destination, random.nextInt(65536), random.nextInt(65536), payload);
            case 2 -> {
                frame = guest.udp(UserNetConfig.GUEST, guestPort, destination, port, payload);
                if (random.nextBoolean()) {
                    // DHCP with random options.
                    byte[] message = new byte[240 + length];
                    System.arraycopy(payload, 0, message, 240, length);
                    message[0] = 1;
                    message[1] = 1;
                    message[2] = 6;
                    message[236] = 0x63;
                    message[237] = (byte) 0x82;
                    message[238] = 0x53;
                    message[239] = 0x63;
                    frame.release();
                    frame = guest.udp(0, 68, -1, 67, message);
                }
            }
            case 3 -> {
                frame = guest.ip(UserNetConfig.GUEST, destination, random.nextInt(20), 8 + length);
                frame.setShort(Wire.IP + Wire.IP_ID, random.nextInt(4));
                frame.setShort(Wire.IP + Wire.IP_FRAGMENT, random.nextInt(65536));
                frame.setBytes(Wire.L4 + 8, payload);
                FakeGuest.finishIp(frame);
            }
            default -> {
                GuestTcp tcp = new GuestTcp(guest, guestPort, destination, port);
                tcp.scale = random.nextInt(15);
                tcp.window = random.nextInt(1 << 20);
                if (random.nextInt(3) == 0) {
                    frame = tcp.syn(random.nextInt(64), random.nextInt(), random.nextBoolean());
                } else {
                    int sequence = 0x1000_0001 + (random.nextBoolean() ? 0 : random.nextInt(70_000) - 35_000);
                    frame = tcp.segment(sequence, random.nextInt(), random.nextInt(64), payload);
                }
                // With the checksum left to us, everything gets past it.
                frame.setByte(NetHeader.FLAGS, NetHeader.F_NEEDS_CSUM);
            }
        }
        return frame;
    }
}
