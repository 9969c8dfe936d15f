package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;

/** The Internet checksum (RFC 1071). */
final class Checksum {
    private Checksum() {}

    /** Adds bytes to a sum that is not folded yet. */
    static long add(long sum, ByteBuf bytes, int offset, int length) {
        long total = sum;
        int at = offset;
        int end = offset + length;
        for (; end - at >= 4; at += 4) {
            total += bytes.getUnsignedInt(at);
        }
        if (end - at >= 2) {
            total += bytes.getUnsignedShort(at);
            at += 2;
        }
        if (at < end) {
            // An odd byte counts as the high half of a word.
            total += bytes.getUnsignedByte(at) << 8;
        }
        return total;
    }

    /** The sum of the pseudo header of TCP and UDP (RFC 9293 §3.1). */
    static long pseudoHeader(int source, int destination, int protocol, int length) {
        return (source & 0xFFFF_FFFFL) + (destination & 0xFFFF_FFFFL) + protocol + length;
    }

    /** Folds a sum to 16 bits. */
    static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xFFFF) + (folded >>> 16);
        }
        return (int) folded;
    }

    /** The value for the checksum field. */
    static int finish(long sum) {
        return ~fold(sum) & 0xFFFF;
    }
}
