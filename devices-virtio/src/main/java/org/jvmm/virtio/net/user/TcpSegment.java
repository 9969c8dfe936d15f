package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;

/** The header of a segment of the guest, read once (RFC 9293 §3.1). One object serves all segments. */
final class TcpSegment {
    /** When a SYN names none (RFC 9293 §3.7.1). */
    private static final int DEFAULT_MSS = 536;
    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;
    private static final int OPTION_MSS = 2;
    private static final int OPTION_WINDOW_SCALE = 3;

    int destination;
    int guestPort;
    int remotePort;
    int sequence;
    int ackNumber;
    int flags;
    int window;
    int mss;
    /** The shift that a SYN offers (RFC 7323 §2.2), or -1. */
    int windowScale;
    int payloadOffset;
    int payloadLength;

    /** Reads a header; false when it contradicts the packet's length. */
    boolean parse(ByteBuf packet, int to, int offset, int length) {
        if (length < Wire.TCP_SIZE) {
            return false;
        }
        int header = (packet.getUnsignedByte(offset + Wire.TCP_OFFSET) >> 4) * 4;
        if (header < Wire.TCP_SIZE || header > length) {
            return false;
        }
        destination = to;
        guestPort = packet.getUnsignedShort(offset);
        remotePort = packet.getUnsignedShort(offset + 2);
        sequence = packet.getInt(offset + Wire.TCP_SEQUENCE);
        ackNumber = packet.getInt(offset + Wire.TCP_ACK);
        flags = packet.getUnsignedByte(offset + Wire.TCP_FLAGS);
        window = packet.getUnsignedShort(offset + Wire.TCP_WINDOW);
        payloadOffset = offset + header;
        payloadLength = length - header;
        mss = DEFAULT_MSS;
        windowScale = -1;
        if (has(Wire.SYN)) {
            options(packet, offset + Wire.TCP_SIZE, offset + header);
        }
        return guestPort != 0 && remotePort != 0;
    }

    private void options(ByteBuf packet, int from, int end) {
        int at = from;
        while (at < end) {
            int kind = packet.getUnsignedByte(at);
            if (kind == OPTION_END) {
                return;
            }
            if (kind == OPTION_NOP) {
                at++;
                continue;
            }
            int size = at + 1 < end ? packet.getUnsignedByte(at + 1) : 0;
            if (size < 2 || at + size > end) {
                return;
            }
            if (kind == OPTION_MSS && size == 4) {
                // Less than this would make headers of everything.
                mss = Math.max(64, packet.getUnsignedShort(at + 2));
            } else if (kind == OPTION_WINDOW_SCALE && size == 3) {
                // More than 14 counts as 14 (RFC 7323 §2.3).
                windowScale = Math.min(14, packet.getUnsignedByte(at + 2));
            }
            at += size;
        }
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Sequence numbers it takes (RFC 9293 §3.4). */
    int space() {
        return payloadLength + (has(Wire.SYN) ? 1 : 0) + (has(Wire.FIN) ? 1 : 0);
    }
}
