package org.jvmm.virtio.balloon;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jvmm.virtio.queue.DescriptorChain;

/** Reads the balloon's requests: page frame numbers (virtio 1.3 §5.5.6.1) and statistics (§5.5.6.3), each copied out once. */
final class BalloonRequest {
    /** struct virtio_balloon_stat: le16 tag, le64 value, packed. */
    private static final int STATISTIC = 10;
    private static final int MAX_STATISTICS = 64;

    private final byte[] bytes = new byte[4 * BalloonConfig.MAX_FRAMES];
    private final ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    private final long[] values = new long[BalloonStatistics.TAGS];

    /** Number of frames in the chain, or -1 for a request that is not a list of frames. */
    int frames(DescriptorChain chain) {
        long length = chain.readableLength();
        if (length == 0 || length % 4 != 0 || length > bytes.length) {
            return -1;
        }
        return chain.read(bytes, 0, (int) length) / 4;
    }

    /** Guest-physical address of frame {@code index}. */
    long frameAddress(int index) {
        return (fields.getInt(4 * index) & 0xFFFF_FFFFL) << BalloonConfig.PAGE_SHIFT;
    }

    BalloonStatistics statistics(DescriptorChain chain) {
        int length = chain.read(bytes, 0, STATISTIC * MAX_STATISTICS);
        Arrays.fill(values, -1);
        for (int at = 0; at + STATISTIC <= length; at += STATISTIC) {
            int tag = fields.getShort(at) & 0xFFFF;
            if (tag < values.length) {
                values[tag] = fields.getLong(at + 2);
            }
        }
        return BalloonStatistics.of(values);
    }
}
