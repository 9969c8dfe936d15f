package org.jvmm.virtio.queue;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Offsets and flags of the structures in guest memory (virtio 1.3 §2.7.5, §2.7.6, §2.7.8). */
final class Descriptor {
    /** Size of {@code struct virtq_desc} in bytes. */
    static final int SIZE = 16;
    /** le64 guest-physical address. */
    static final int ADDR = 0;
    /** le32 length in bytes. */
    static final int LEN = 8;
    /** le16 flags. */
    static final int FLAGS = 12;
    /** le16 index of the next descriptor. */
    static final int NEXT = 14;

    /** {@code next} is valid. */
    static final int F_NEXT = 1;
    /** The device writes; otherwise it reads. */
    static final int F_WRITE = 2;
    /** The buffer holds a table of descriptors. */
    static final int F_INDIRECT = 4;

    static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Descriptor() {}
}
