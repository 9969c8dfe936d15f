package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;

/** Answers who has the host's and the name server's address (RFC 826). */
final class ArpResponder {
    private static final int SIZE = 28;
    private static final long ETHERNET_IPV4 = 0x0001_0800_0604_0001L;
    private static final int SENDER_MAC = 8;
    private static final int SENDER_IP = 14;
    private static final int TARGET_MAC = 18;
    private static final int TARGET_IP = 24;

    private final NetContext net;

    ArpResponder(NetContext net) {
        this.net = net;
    }

    void handle(ByteBuf packet, int offset, int length) {
        if (length < SIZE) {
            net.metrics.malformed().increment();
            return;
        }
        int wanted = packet.getInt(offset + TARGET_IP);
        if (packet.getLong(offset) != ETHERNET_IPV4 || wanted != UserNetConfig.HOST && wanted != UserNetConfig.DNS) {
            return;
        }
        ByteBuf answer = net.out.packet();
        answer.setLong(Wire.IP, ETHERNET_IPV4 + 1);
        answer.setInt(Wire.IP + SENDER_MAC, (int) (UserNetConfig.HOST_MAC >>> 16));
        answer.setShort(Wire.IP + SENDER_MAC + 4, (int) UserNetConfig.HOST_MAC);
        answer.setInt(Wire.IP + SENDER_IP, wanted);
        answer.setBytes(Wire.IP + TARGET_MAC, packet, offset + SENDER_MAC, 10);
        net.out.frame(Wire.TYPE_ARP, SIZE);
    }
}
