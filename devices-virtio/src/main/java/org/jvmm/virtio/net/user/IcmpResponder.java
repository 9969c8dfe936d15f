package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;

/** Answers echo requests and tells the guest what cannot be reached (RFC 792). */
final class IcmpResponder {
    private static final int QUOTED_HEADER = Wire.L4 + Wire.ICMP_SIZE;

    private final NetContext net;
    private final HostPing ping;

    /** @param ping asks hosts outside, or null when they cannot be asked */
    IcmpResponder(NetContext net, HostPing ping) {
        this.net = net;
        this.ping = ping;
    }

    void handle(ByteBuf packet, int destination, int offset, int length) {
        if (length < Wire.ICMP_SIZE || Checksum.finish(Checksum.add(0, packet, offset, length)) != 0) {
            net.metrics.malformed().increment();
            return;
        }
        if (packet.getUnsignedByte(offset) != Wire.ICMP_ECHO) {
            net.metrics.unsupported().increment();
        } else if (destination == UserNetConfig.HOST || destination == UserNetConfig.DNS) {
            net.out.packet().setBytes(Wire.L4, packet, offset, length);
            sendEcho(destination, length);
        } else if (!NetContext.reachable(destination)) {
            unreachable(packet, Wire.UNREACHABLE_HOST);
        } else if (ping == null || !ping.send(this, packet, destination, offset, length)) {
            // This host does not let its users ping (icmp(7), ping_group_range).
            unreachable(packet, Wire.UNREACHABLE_PROHIBITED);
        }
    }

    /** Sends the echo that lies in the output buffer as an answer of {@code from}. */
    void sendEcho(int from, int length) {
        net.out.packet().setShort(Wire.L4, Wire.ICMP_ECHO_REPLY << 8);
        net.out.icmp(from, UserNetConfig.GUEST, length);
    }

    /** The code for a connection's failure, or -1 when the peer itself refused. */
    static int unreachableCode(IOException e) {
        if (e instanceof NoRouteToHostException) {
            return Wire.UNREACHABLE_HOST;
        }
        boolean network = e instanceof ConnectException && e.getMessage() != null && e.getMessage().startsWith("Network is unreachable");
        return network ? Wire.UNREACHABLE_NET : -1;
    }

    /** Tells of a packet of the guest that could not be delivered: its header and eight bytes are quoted. */
    void unreachable(ByteBuf packet, int code) {
        int header = (packet.getByte(Wire.IP) & 15) * 4;
        int quoted = Math.min(header + 8, packet.getUnsignedShort(Wire.IP + Wire.IP_TOTAL_LENGTH));
        net.out.packet().setBytes(QUOTED_HEADER, packet, Wire.IP, quoted);
        send(code, quoted);
    }

    /** Tells of a packet that is gone, with what was known of it. */
    void unreachable(int protocol, int guestPort, int remote, int remotePort, int third, int code) {
        ByteBuf buffer = net.out.packet();
        buffer.setZero(QUOTED_HEADER, Wire.IP_SIZE);
        buffer.setByte(QUOTED_HEADER, 0x45);
        buffer.setShort(QUOTED_HEADER + Wire.IP_TOTAL_LENGTH, Wire.IP_SIZE + 8);
        buffer.setByte(QUOTED_HEADER + Wire.IP_TTL, 64);
        buffer.setByte(QUOTED_HEADER + Wire.IP_PROTOCOL, protocol);
        buffer.setInt(QUOTED_HEADER + Wire.IP_SOURCE, UserNetConfig.GUEST);
        buffer.setInt(QUOTED_HEADER + Wire.IP_DESTINATION, remote);
        buffer.setShort(QUOTED_HEADER + Wire.IP_CHECKSUM, Checksum.finish(Checksum.add(0, buffer, QUOTED_HEADER, Wire.IP_SIZE)));
        buffer.setShort(QUOTED_HEADER + Wire.IP_SIZE, guestPort);
        buffer.setShort(QUOTED_HEADER + Wire.IP_SIZE + 2, remotePort);
        buffer.setInt(QUOTED_HEADER + Wire.IP_SIZE + 4, third);
        send(code, Wire.IP_SIZE + 8);
    }

    private void send(int code, int quoted) {
        ByteBuf buffer = net.out.packet();
        buffer.setLong(Wire.L4, 0);
        buffer.setByte(Wire.L4, Wire.ICMP_UNREACHABLE);
        buffer.setByte(Wire.L4 + 1, code);
        net.out.icmp(UserNetConfig.HOST, UserNetConfig.GUEST, Wire.ICMP_SIZE + quoted);
    }
}
