package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;

/** Gives the guest its one address (RFC 2131). */
final class DhcpServer {
    static final int SERVER_PORT = 67;
    static final int CLIENT_PORT = 68;

    private static final int OPTIONS = 240;
    private static final int COOKIE = 0x6382_5363;
    private static final int XID = 4;
    private static final int FLAGS = 10;
    private static final int CIADDR = 12;
    private static final int YIADDR = 16;
    private static final int SIADDR = 20;
    private static final int CHADDR = 28;
    private static final int BROADCAST = 0x8000;
    /** Seconds: a day. */
    private static final int LEASE = 86_400;

    private static final int OPTION_NETMASK = 1;
    private static final int OPTION_ROUTER = 3;
    private static final int OPTION_DNS = 6;
    private static final int OPTION_MTU = 26;
    private static final int OPTION_REQUESTED = 50;
    private static final int OPTION_LEASE = 51;
    private static final int OPTION_TYPE = 53;
    private static final int OPTION_SERVER = 54;
    private static final int OPTION_PAD = 0;
    private static final int OPTION_END = 255;

    private static final int DISCOVER = 1;
    private static final int OFFER = 2;
    private static final int REQUEST = 3;
    private static final int ACK = 5;
    private static final int NAK = 6;
    private static final int INFORM = 8;

    private final NetContext net;
    private int at;

    DhcpServer(NetContext net) {
        this.net = net;
    }

    /** Handles the payload of a UDP datagram to the server's port. */
    void handle(ByteBuf packet, int offset, int length) {
        // op BOOTREQUEST, Ethernet, six-byte addresses
        if (length < OPTIONS || packet.getMedium(offset) != 0x01_0106 || packet.getInt(offset + OPTIONS - 4) != COOKIE) {
            net.metrics.malformed().increment();
            return;
        }
        int type = (int) option(packet, offset, length, OPTION_TYPE, 1);
        long server = option(packet, offset, length, OPTION_SERVER, 4);
        if (server >= 0 && (int) server != UserNetConfig.HOST) {
            // Meant for another server (RFC 2131 §3.1, 3).
            return;
        }
        switch (type) {
            case DISCOVER -> reply(packet, offset, OFFER, UserNetConfig.GUEST);
            case REQUEST -> {
                long requested = option(packet, offset, length, OPTION_REQUESTED, 4);
                int wanted = requested >= 0 ? (int) requested : packet.getInt(offset + CIADDR);
                boolean ours = wanted == UserNetConfig.GUEST;
                reply(packet, offset, ours ? ACK : NAK, ours ? wanted : 0);
            }
            // Has an address, wants the rest (RFC 2131 §4.3.5).
            case INFORM -> reply(packet, offset, ACK, 0);
            default -> {
                // RELEASE and DECLINE change nothing: there is one guest and one address.
            }
        }
    }

    /** The value of an option of a fixed size up to four bytes, or -1. */
    private static long option(ByteBuf packet, int offset, int length, int wanted, int size) {
        int end = offset + length;
        int from = offset + OPTIONS;
        while (from < end) {
            int code = packet.getUnsignedByte(from);
            if (code == OPTION_END) {
                return -1;
            }
            if (code == OPTION_PAD) {
                from++;
                continue;
            }
            if (from + 1 >= end) {
                return -1;
            }
            int n = packet.getUnsignedByte(from + 1);
            if (from + 2 + n > end) {
                return -1;
            }
            if (code == wanted && n == size) {
                return size == 1 ? packet.getUnsignedByte(from + 2) : packet.getUnsignedInt(from + 2);
            }
            from += 2 + n;
        }
        return -1;
    }

    private void reply(ByteBuf packet, int offset, int type, int yourAddress) {
        ByteBuf answer = net.out.packet();
        int start = Wire.L4 + Wire.UDP_SIZE;
        int client = packet.getInt(offset + CIADDR);
        answer.setZero(start, OPTIONS);
        answer.setMedium(start, 0x02_0106);
        answer.setInt(start + XID, packet.getInt(offset + XID));
        int flags = packet.getUnsignedShort(offset + FLAGS);
        answer.setShort(start + FLAGS, flags);
        if (type != NAK) {
            answer.setInt(start + CIADDR, client);
            answer.setInt(start + YIADDR, yourAddress);
            answer.setInt(start + SIADDR, UserNetConfig.HOST);
        }
        answer.setBytes(start + CHADDR, packet, offset + CHADDR, 16);
        answer.setInt(start + OPTIONS - 4, COOKIE);
        at = start + OPTIONS;
        put(answer, OPTION_TYPE, 1, type);
        put(answer, OPTION_SERVER, 4, UserNetConfig.HOST);
        if (type != NAK) {
            if (yourAddress != 0) {
                put(answer, OPTION_LEASE, 4, LEASE);
            }
            put(answer, OPTION_NETMASK, 4, UserNetConfig.NETMASK);
            put(answer, OPTION_ROUTER, 4, UserNetConfig.HOST);
            put(answer, OPTION_DNS, 4, UserNetConfig.DNS);
            put(answer, OPTION_MTU, 2, net.config.mtu());
        }
        answer.setByte(at++, OPTION_END);
        // At least 300 bytes: what BOOTP clients expect (RFC 1542 §2.1).
        int length = Math.max(300, at - start);
        answer.setZero(at, start + length - at);
        // A client that has its address hears unicast (RFC 2131 §4.1); a refusal is broadcast.
        boolean broadcast = type == NAK || (flags & BROADCAST) != 0 && client == 0;
        net.out.udp(UserNetConfig.HOST, SERVER_PORT, broadcast ? -1 : UserNetConfig.GUEST, CLIENT_PORT, length);
    }

    private void put(ByteBuf answer, int code, int size, int value) {
        answer.setByte(at, code);
        answer.setByte(at + 1, size);
        switch (size) {
            case 1 -> answer.setByte(at + 2, value);
            case 2 -> answer.setShort(at + 2, value);
            default -> answer.setInt(at + 2, value);
        }
        at += 2 + size;
    }
}
