package org.jvmm.virtio.net.user;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.virtio.net.FrameSink;
import org.jvmm.virtio.net.NetFeatures;
import org.jvmm.virtio.net.NetHeader;
import org.jvmm.virtio.net.PacketBuffer;
import org.jvmm.virtio.testing.SelectorLoop;

/** The guest's end of a user-mode network: builds its frames, and checks every frame that comes. */
final class FakeGuest implements FrameSink, AutoCloseable {
    static final long ALL = NetFeatures.OFFLOADS;

    final SelectorLoop loop = new SelectorLoop();
    final FakeClock clock = new FakeClock();
    final UserNetwork network;
    final ArrayDeque<ByteBuf> frames = new ArrayDeque<>();
    final long features;
    /** Frames it takes before it has no more room. */
    int room = Integer.MAX_VALUE;
    int flushes;
    private int identification;

    FakeGuest(UserNetConfig config, long features) {
        this(config, features, null);
    }

    FakeGuest(UserNetConfig config, long features, Supplier<LinuxSyscalls> binding) {
        this.features = features;
        network = new UserNetwork(config, loop, clock, binding);
        network.start(this, features);
    }

    @Override
    public boolean canReceive() {
        return room > 0;
    }

    @Override
    public boolean receive(PacketBuffer buffer) {
        if (room <= 0) {
            return false;
        }
        room--;
        ByteBuf packet = buffer.bytes();
        assertThat(packet.readerIndex()).isZero();
        ByteBuf copy = Unpooled.copiedBuffer(packet);
        check(copy);
        frames.add(copy);
        return true;
    }

    @Override
    public void flush() {
        flushes++;
    }

    @Override
    public void transmitReady() {
        throw new AssertionError("The user-mode network never refuses");
    }

    @Override
    public void linkDown() {
        throw new AssertionError("The user-mode network never ends");
    }

    /** Gives it room again. */
    void makeRoom(int count) {
        room = count;
        network.receiveReady();
    }

    private void check(ByteBuf f) {
        assertThat(f.getUnsignedMedium(Wire.ETH_SOURCE)).isEqualTo(0x52550A);
        if (f.getUnsignedShort(Wire.ETH_TYPE) != Wire.TYPE_IPV4) {
            return;
        }
        int total = f.getUnsignedShort(Wire.IP + Wire.IP_TOTAL_LENGTH);
        assertThat(Wire.IP + total).isEqualTo(f.writerIndex());
        assertThat(Checksum.finish(Checksum.add(0, f, Wire.IP, Wire.IP_SIZE))).isZero();
        boolean partial = f.getByte(NetHeader.FLAGS) == NetHeader.F_NEEDS_CSUM;
        boolean fragment = (f.getUnsignedShort(Wire.IP + Wire.IP_FRAGMENT) & 0x3FFF) != 0;
        assertThat(partial && (features & NetFeatures.GUEST_CSUM) == 0).isFalse();
        boolean large = f.getByte(NetHeader.GSO_TYPE) != 0;
        assertThat(large && (features & NetFeatures.GUEST_TSO4) == 0).isFalse();
        if (large) {
            assertThat(f.getUnsignedShortLE(NetHeader.GSO_SIZE)).isPositive();
        } else {
            assertThat(total).isLessThanOrEqualTo(1500);
        }
        int protocol = f.getUnsignedByte(Wire.IP + Wire.IP_PROTOCOL);
        if (fragment || protocol == Wire.PROTOCOL_ICMP) {
            return;
        }
        int length = total - Wire.IP_SIZE;
        long pseudo = Checksum.pseudoHeader(f.getInt(Wire.IP + Wire.IP_SOURCE), f.getInt(Wire.IP + Wire.IP_DESTINATION), protocol, length);
        if (partial) {
            int at = f.getUnsignedShortLE(NetHeader.CSUM_START) + f.getUnsignedShortLE(NetHeader.CSUM_OFFSET);
            assertThat(at).isEqualTo(34 + (protocol == Wire.PROTOCOL_TCP ? 16 : 6));
            assertThat(f.getUnsignedShort(Wire.ETH + at)).isEqualTo(Checksum.fold(pseudo));
        } else {
            assertThat(Checksum.finish(Checksum.add(pseudo, f, Wire.L4, length))).isZero();
        }
    }

    /** The next frame, without waiting; null when there is none. */
    ByteBuf poll() {
        return frames.poll();
    }

    /** The next frame, waiting for the host's sockets. */
    ByteBuf await() {
        loop.runUntil(() -> !frames.isEmpty());
        return frames.poll();
    }

    void send(ByteBuf frame) {
        network.handle(frame);
        network.transmitted();
    }

    /** An Ethernet frame from the guest with room for the payload behind the header. */
    static ByteBuf ethernet(int type, int payload) {
        ByteBuf frame = Unpooled.buffer(Wire.IP + payload).writeZero(Wire.IP + payload);
        frame.setShort(Wire.ETH, 0x5255).setInt(Wire.ETH + 2, 0x0A000202);
        frame.setShort(Wire.ETH_SOURCE, 0x5254).setInt(Wire.ETH_SOURCE + 2, 0x00123456);
        frame.setShort(Wire.ETH_TYPE, type);
        return frame;
    }

    /** An IPv4 packet from the guest; the payload is still to be written at {@link Wire#L4}. */
    ByteBuf ip(int source, int destination, int protocol, int payload) {
        ByteBuf frame = ethernet(Wire.TYPE_IPV4, Wire.IP_SIZE + payload);
        frame.setShort(Wire.IP, 0x4500).setShort(Wire.IP + Wire.IP_TOTAL_LENGTH, Wire.IP_SIZE + payload);
        frame.setShort(Wire.IP + Wire.IP_ID, identification++);
        frame.setByte(Wire.IP + Wire.IP_TTL, 64).setByte(Wire.IP + Wire.IP_PROTOCOL, protocol);
        frame.setInt(Wire.IP + Wire.IP_SOURCE, source).setInt(Wire.IP + Wire.IP_DESTINATION, destination);
        return finishIp(frame);
    }

    static ByteBuf finishIp(ByteBuf frame) {
        frame.setShort(Wire.IP + Wire.IP_CHECKSUM, 0);
        frame.setShort(Wire.IP + Wire.IP_CHECKSUM, Checksum.finish(Checksum.add(0, frame, Wire.IP, Wire.IP_SIZE)));
        return frame;
    }

    /** Completes the checksum of TCP or UDP. */
    static ByteBuf finishL4(ByteBuf frame, int protocol, int checksum) {
        int length = frame.getUnsignedShort(Wire.IP + Wire.IP_TOTAL_LENGTH) - Wire.IP_SIZE;
        long pseudo = Checksum.pseudoHeader(frame.getInt(Wire.IP + Wire.IP_SOURCE), frame.getInt(Wire.IP + Wire.IP_DESTINATION), protocol,
                length);
        frame.setShort(Wire.L4 + checksum, 0);
        frame.setShort(Wire.L4 + checksum, Checksum.finish(Checksum.add(pseudo, frame, Wire.L4, length)));
        return frame;
    }

    ByteBuf udp(int source, int port, int destination, int destinationPort, byte[] payload) {
        ByteBuf frame = ip(source, destination, Wire.PROTOCOL_UDP, Wire.UDP_SIZE + payload.length);
        frame.setShort(Wire.L4, port).setShort(Wire.L4 + 2, destinationPort);
        frame.setShort(Wire.L4 + Wire.UDP_LENGTH, Wire.UDP_SIZE + payload.length);
        frame.setBytes(Wire.L4 + Wire.UDP_SIZE, payload);
        return finishL4(frame, Wire.PROTOCOL_UDP, Wire.UDP_CHECKSUM);
    }

    ByteBuf echo(int destination, int id, int sequence, byte[] payload) {
        ByteBuf frame = ip(UserNetConfig.GUEST, destination, Wire.PROTOCOL_ICMP, Wire.ICMP_SIZE + payload.length);
        frame.setByte(Wire.L4, Wire.ICMP_ECHO).setShort(Wire.L4 + 4, id).setShort(Wire.L4 + 6, sequence);
        frame.setBytes(Wire.L4 + Wire.ICMP_SIZE, payload);
        frame.setShort(Wire.L4 + Wire.ICMP_CHECKSUM, Checksum.finish(Checksum.add(0, frame, Wire.L4, Wire.ICMP_SIZE + payload.length)));
        return frame;
    }

    static byte[] bytes(ByteBuf frame, int offset, int length) {
        byte[] bytes = new byte[length];
        frame.getBytes(offset, bytes);
        return bytes;
    }

    static byte[] udpPayload(ByteBuf frame) {
        return bytes(frame, Wire.L4 + Wire.UDP_SIZE, frame.getUnsignedShort(Wire.L4 + Wire.UDP_LENGTH) - Wire.UDP_SIZE);
    }

    @Override
    public void close() {
        network.stop();
        network.close();
        loop.close();
    }
}
