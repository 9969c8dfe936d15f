package org.jvmm.virtio.net;

import org.jvmm.virtio.queue.DescriptorChain;

/** The start of a packet of the guest, copied out once and checked (virtio 1.3 §5.1.6.2). One object serves a queue. */
final class NetRequest {
    /** Header and Ethernet header. */
    static final int PREFIX = NetHeader.SIZE + 14;

    private static final int SOURCE = NetHeader.SIZE + 6;
    private static final int TYPE = NetHeader.SIZE + 12;

    /** The bytes read. */
    final byte[] prefix = new byte[PREFIX];
    private int length;

    /**
     * Reads the start; the chain's cursor is behind it afterwards.
     *
     * @return false when this is no packet
     */
    boolean read(DescriptorChain chain, long features) {
        long total = chain.readableLength();
        if (total < PREFIX || total > PacketBuffer.MAX_PACKET) {
            return false;
        }
        length = (int) total;
        chain.read(prefix, 0, PREFIX);
        int flags = prefix[NetHeader.FLAGS];
        // §5.1.6.2.1: only offloads that were negotiated.
        if ((flags & NetHeader.F_NEEDS_CSUM) != 0 && (features & NetFeatures.CSUM) == 0) {
            return false;
        }
        boolean segments = switch (prefix[NetHeader.GSO_TYPE]) {
            case NetHeader.GSO_NONE -> false;
            case NetHeader.GSO_TCPV4 -> (features & NetFeatures.HOST_TSO4) != 0;
            case NetHeader.GSO_TCPV6 -> (features & NetFeatures.HOST_TSO6) != 0;
            default -> false;
        };
        if (segments) {
            // §5.1.6.2.1: segmentation needs the checksum, and a size.
            return (flags & NetHeader.F_NEEDS_CSUM) != 0 && (prefix[NetHeader.GSO_SIZE] | prefix[NetHeader.GSO_SIZE + 1]) != 0;
        }
        return prefix[NetHeader.GSO_TYPE] == NetHeader.GSO_NONE;
    }

    /** Bytes of header and frame. */
    int length() {
        return length;
    }

    /** Bytes of the frame. */
    int frameLength() {
        return length - NetHeader.SIZE;
    }

    /** The frame's source address as {@link MacAddress#value()}. */
    long source() {
        long mac = 0;
        for (int i = 0; i < 6; i++) {
            mac = mac << 8 | prefix[SOURCE + i] & 0xFF;
        }
        return mac;
    }

    /** The frame's type. */
    int etherType() {
        return (prefix[TYPE] & 0xFF) << 8 | prefix[TYPE + 1] & 0xFF;
    }
}
