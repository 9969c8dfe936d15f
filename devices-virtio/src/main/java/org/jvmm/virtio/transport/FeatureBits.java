package org.jvmm.virtio.transport;

/** Reserved feature bits as masks (virtio 1.3 §6). */
public final class FeatureBits {
    /** Descriptors may point to a table of descriptors. */
    public static final long INDIRECT_DESC = 1L << 28;
    /** {@code used_event} and {@code avail_event} are in use. */
    public static final long EVENT_IDX = 1L << 29;
    /** The device follows virtio 1.0 or later; a driver must accept it (§6.1). */
    public static final long VERSION_1 = 1L << 32;
    /** Device memory access is limited or translated. */
    public static final long ACCESS_PLATFORM = 1L << 33;
    /** Packed rings. */
    public static final long RING_PACKED = 1L << 34;
    /** Buffers are used in the order they were made available. */
    public static final long IN_ORDER = 1L << 35;
    /** Queues can be reset one by one. */
    public static final long RING_RESET = 1L << 40;

    private FeatureBits() {}
}
