package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.virtio.net.FrameSink;
import org.jvmm.virtio.net.NetFeatures;
import org.jvmm.virtio.net.NetHeader;
import org.jvmm.virtio.net.PacketBuffer;

/** Frames on their way to the guest, built in one buffer. The payload of the IP packet is written first, at {@link Wire#L4}. */
final class FrameOutput {
    private final UserNetConfig config;
    private final UserNetMetrics metrics;
    private PacketBuffer packet;
    private PacketBuffer fragment;
    private FrameSink sink;
    private boolean checksumOffload;
    private boolean segmentation;
    private boolean sent;
    private int identification;
    private List<Blocked> blocked = new ArrayList<>();
    private List<Blocked> unblocking = new ArrayList<>();

    FrameOutput(UserNetConfig config, UserNetMetrics metrics) {
        this.config = config;
        this.metrics = metrics;
    }

    void start(FrameSink newSink, long features) {
        sink = newSink;
        checksumOffload = (features & NetFeatures.GUEST_CSUM) != 0;
        segmentation = checksumOffload && (features & NetFeatures.GUEST_TSO4) != 0;
    }

    void stop() {
        sink = null;
        blocked.clear();
        sent = false;
    }

    /** Whether the guest would take a packet now. */
    boolean ready() {
        return sink != null && sink.canReceive();
    }

    /** Tells {@code waiter} once when the guest has room. */
    void whenReady(Blocked waiter) {
        if (!waiter.waiting) {
            waiter.waiting = true;
            blocked.add(waiter);
        }
    }

    /** The guest has room. */
    void unblock() {
        List<Blocked> waiters = blocked;
        blocked = unblocking;
        unblocking = waiters;
        for (int i = 0; i < waiters.size(); i++) {
            waiters.get(i).waiting = false;
            waiters.get(i).unblocked();
        }
        waiters.clear();
    }

    /** Interrupts the guest if anything was sent since the last time. */
    void flush() {
        if (sent) {
            sent = false;
            sink.flush();
        }
    }

    /** The buffer to build in. */
    ByteBuf packet() {
        if (packet == null) {
            packet = new PacketBuffer();
        }
        return packet.bytes();
    }

    /** Bytes of the largest IP packet that is not cut. */
    int mtu() {
        return config.mtu();
    }

    /** Most payload bytes one TCP segment given to {@link #tcp} may have when the peer takes {@code mss} in a frame. */
    int maxTcpPayload(int mss, int headerLength) {
        return segmentation ? Math.max(mss, (65535 - Wire.IP_SIZE - headerLength) / mss * mss) : mss;
    }

    /**
     * Sends a TCP segment whose header and payload are in the buffer, the checksum zero.
     *
     * @param mss most payload bytes of a frame
     * @return false when the guest has no room
     */
    boolean tcp(int source, int destination, int headerLength, int payload, int mss) {
        int length = headerLength + payload;
        ByteBuf buffer = packet();
        NetHeader.clear(buffer);
        long sum = Checksum.pseudoHeader(source, destination, Wire.PROTOCOL_TCP, length);
        if (checksumOffload) {
            buffer.setShort(Wire.L4 + Wire.TCP_CHECKSUM, Checksum.fold(sum));
            NetHeader.needsChecksum(buffer, Wire.ETH_SIZE + Wire.IP_SIZE, Wire.TCP_CHECKSUM);
        } else {
            buffer.setShort(Wire.L4 + Wire.TCP_CHECKSUM, Checksum.finish(Checksum.add(sum, buffer, Wire.L4, length)));
        }
        if (payload > mss) {
            NetHeader.tcp4Segments(buffer, Wire.ETH_SIZE + Wire.IP_SIZE + headerLength, mss);
        }
        ethernet(buffer, config.guestMac().value(), Wire.TYPE_IPV4);
        ip(buffer, source, destination, Wire.PROTOCOL_TCP, length, Wire.IP_DONT_FRAGMENT);
        return send(packet, Wire.L4 + length);
    }

    /** Sends a UDP datagram whose payload is in the buffer behind room for its header. Cuts it when it is longer than the MTU. */
    boolean udp(int source, int sourcePort, int destination, int destinationPort, int payload) {
        int length = Wire.UDP_SIZE + payload;
        ByteBuf buffer = packet();
        NetHeader.clear(buffer);
        buffer.setShort(Wire.L4, sourcePort);
        buffer.setShort(Wire.L4 + 2, destinationPort);
        buffer.setShort(Wire.L4 + Wire.UDP_LENGTH, length);
        buffer.setShort(Wire.L4 + Wire.UDP_CHECKSUM, 0);
        long sum = Checksum.pseudoHeader(source, destination, Wire.PROTOCOL_UDP, length);
        if (checksumOffload && Wire.IP_SIZE + length <= config.mtu()) {
            buffer.setShort(Wire.L4 + Wire.UDP_CHECKSUM, Checksum.fold(sum));
            NetHeader.needsChecksum(buffer, Wire.ETH_SIZE + Wire.IP_SIZE, Wire.UDP_CHECKSUM);
        } else {
            int checksum = Checksum.finish(Checksum.add(sum, buffer, Wire.L4, length));
            // Zero means "none" (RFC 768).
            buffer.setShort(Wire.L4 + Wire.UDP_CHECKSUM, checksum == 0 ? 0xFFFF : checksum);
        }
        return datagram(source, destination, Wire.PROTOCOL_UDP, length);
    }

    /** Sends an ICMP message of {@code length} bytes that is in the buffer. */
    boolean icmp(int source, int destination, int length) {
        ByteBuf buffer = packet();
        NetHeader.clear(buffer);
        buffer.setShort(Wire.L4 + Wire.ICMP_CHECKSUM, 0);
        buffer.setShort(Wire.L4 + Wire.ICMP_CHECKSUM, Checksum.finish(Checksum.add(0, buffer, Wire.L4, length)));
        return datagram(source, destination, Wire.PROTOCOL_ICMP, length);
    }

    /** Sends a frame of another type whose payload of {@code length} bytes is in the buffer behind the Ethernet header. */
    boolean frame(int type, int length) {
        ByteBuf buffer = packet();
        NetHeader.clear(buffer);
        ethernet(buffer, config.guestMac().value(), type);
        return send(packet, Wire.IP + length);
    }

    private boolean datagram(int source, int destination, int protocol, int length) {
        ByteBuf buffer = packet();
        long mac = destination == -1 ? 0xFFFF_FFFF_FFFFL : config.guestMac().value();
        ethernet(buffer, mac, Wire.TYPE_IPV4);
        if (Wire.IP_SIZE + length <= config.mtu()) {
            ip(buffer, source, destination, protocol, length, 0);
            return send(packet, Wire.L4 + length);
        }
        return fragments(source, destination, protocol, length, mac);
    }

    /** Cuts a datagram at multiples of eight bytes (RFC 791 §2.3). */
    private boolean fragments(int source, int destination, int protocol, int length, long mac) {
        if (fragment == null) {
            fragment = new PacketBuffer();
        }
        ByteBuf buffer = fragment.bytes();
        ByteBuf whole = packet.bytes();
        int step = config.mtu() - Wire.IP_SIZE & ~7;
        int id = identification;
        for (int from = 0; from < length; from += step) {
            int n = Math.min(step, length - from);
            NetHeader.clear(buffer);
            ethernet(buffer, mac, Wire.TYPE_IPV4);
            buffer.setBytes(Wire.L4, whole, Wire.L4 + from, n);
            identification = id;
            ip(buffer, source, destination, protocol, n, from / 8 | (from + n < length ? Wire.IP_MORE_FRAGMENTS : 0));
            if (!send(fragment, Wire.L4 + n)) {
                return false;
            }
        }
        return true;
    }

    private static void ethernet(ByteBuf buffer, long destination, int type) {
        buffer.setInt(Wire.ETH, (int) (destination >>> 16));
        buffer.setShort(Wire.ETH + 4, (int) destination);
        buffer.setInt(Wire.ETH_SOURCE, (int) (UserNetConfig.HOST_MAC >>> 16));
        buffer.setShort(Wire.ETH_SOURCE + 4, (int) UserNetConfig.HOST_MAC);
        buffer.setShort(Wire.ETH_TYPE, type);
    }

    private void ip(ByteBuf buffer, int source, int destination, int protocol, int length, int fragmentField) {
        buffer.setShort(Wire.IP, 0x4500);
        buffer.setShort(Wire.IP + Wire.IP_TOTAL_LENGTH, Wire.IP_SIZE + length);
        buffer.setShort(Wire.IP + Wire.IP_ID, identification++);
        buffer.setShort(Wire.IP + Wire.IP_FRAGMENT, fragmentField);
        buffer.setByte(Wire.IP + Wire.IP_TTL, 64);
        buffer.setByte(Wire.IP + Wire.IP_PROTOCOL, protocol);
        buffer.setShort(Wire.IP + Wire.IP_CHECKSUM, 0);
        buffer.setInt(Wire.IP + Wire.IP_SOURCE, source);
        buffer.setInt(Wire.IP + Wire.IP_DESTINATION, destination);
        buffer.setShort(Wire.IP + Wire.IP_CHECKSUM, Checksum.finish(Checksum.add(0, buffer, Wire.IP, Wire.IP_SIZE)));
    }

    private boolean send(PacketBuffer buffer, int end) {
        buffer.length(end);
        if (sink == null || !sink.receive(buffer)) {
            metrics.dropped().increment();
            return false;
        }
        sent = true;
        return true;
    }

    /** Something that waits for the guest to have room. */
    abstract static class Blocked extends Timers.Entry {
        private boolean waiting;

        /** The guest has room. */
        abstract void unblocked();
    }
}
