package org.jvmm.virtio.net;

import io.netty.buffer.ByteBuf;

/**
 * {@code struct virtio_net_hdr} with {@code num_buffers} (virtio 1.3 §5.1.6), little-endian, at the start of every packet buffer. Behind it is the
 * Ethernet frame without its check sequence.
 *
 * <pre>
 * u8 flags; u8 gso_type; le16 hdr_len; le16 gso_size; le16 csum_start; le16 csum_offset; le16 num_buffers;
 * </pre>
 */
public final class NetHeader {
    /** Bytes of the header. */
    public static final int SIZE = 12;
    /** Offset of the flags. */
    public static final int FLAGS = 0;
    /** Offset of the segmentation type. */
    public static final int GSO_TYPE = 1;
    /** Offset of the length of the headers that every segment repeats. */
    public static final int HDR_LEN = 2;
    /** Offset of the payload bytes of a segment. */
    public static final int GSO_SIZE = 4;
    /** Offset of the place in the frame where checksumming starts. */
    public static final int CSUM_START = 6;
    /** Offset of the place of the checksum behind {@link #CSUM_START}. */
    public static final int CSUM_OFFSET = 8;
    /** Offset of the number of merged receive buffers. */
    public static final int NUM_BUFFERS = 10;

    /** Flag: the checksum field holds the pseudo header's sum alone. */
    public static final int F_NEEDS_CSUM = 1;
    /** Flag: the checksum was verified. */
    public static final int F_DATA_VALID = 2;
    /** The flags that mean something without features this device does not offer. */
    static final int KNOWN_FLAGS = F_NEEDS_CSUM | F_DATA_VALID;

    /** One frame as it is. */
    public static final int GSO_NONE = 0;
    /** TCP over IPv4 to be cut into segments. */
    public static final int GSO_TCPV4 = 1;
    /** TCP over IPv6 to be cut into segments. */
    public static final int GSO_TCPV6 = 4;

    private NetHeader() {}

    /** Zeroes a header: a plain frame, its checksums complete. */
    public static void clear(ByteBuf packet) {
        packet.setLong(0, 0);
        packet.setInt(8, 0);
    }

    /** Asks the receiver to complete a checksum; offsets from the start of the frame, as {@link #CSUM_START}. */
    public static void needsChecksum(ByteBuf packet, int start, int offset) {
        packet.setByte(FLAGS, F_NEEDS_CSUM);
        packet.setShortLE(CSUM_START, start);
        packet.setShortLE(CSUM_OFFSET, offset);
    }

    /** Marks a frame as several TCP segments over IPv4. */
    public static void tcp4Segments(ByteBuf packet, int headerLength, int segmentBytes) {
        packet.setByte(GSO_TYPE, GSO_TCPV4);
        packet.setShortLE(HDR_LEN, headerLength);
        packet.setShortLE(GSO_SIZE, segmentBytes);
    }
}
