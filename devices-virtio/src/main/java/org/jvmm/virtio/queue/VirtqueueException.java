package org.jvmm.virtio.queue;

/**
 * The driver broke the rules of the split virtqueue. A guest's fault, so it carries no stack trace: the device stops and asks for a reset
 * (virtio 1.3 §2.1.2). Devices let it pass; whoever runs them catches it.
 */
public final class VirtqueueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Which rule was broken. */
    public enum Reason {
        /** The queue size is 0, above the maximum or not a power of two (§2.7). */
        BAD_SIZE("Queue size is not a power of two within the maximum"),
        /** A ring is misaligned (§2.7, table of alignments) or outside RAM. */
        BAD_RING_ADDRESS("Ring is misaligned or outside of guest memory"),
        /** The available index ran ahead of the device by more than the queue size (§2.7.6). */
        AVAIL_INDEX_JUMP("Available index is more than a queue ahead"),
        /** The available ring names a descriptor behind the table. */
        HEAD_OUT_OF_RANGE("Head is behind the descriptor table"),
        /** {@code next} names a descriptor behind the table. */
        NEXT_OUT_OF_RANGE("Next is behind the descriptor table"),
        /** More descriptors than the queue size, so perhaps a loop (§2.7.5.3.1). */
        CHAIN_TOO_LONG("Chain is longer than the queue"),
        /** More than 2^32 - 1 bytes (§2.7.5.2). */
        LENGTH_OVERFLOW("Chain is longer than 2^32 - 1 bytes"),
        /** A device-readable descriptor after a device-writable one (§2.7.4.2). */
        READABLE_AFTER_WRITABLE("Readable descriptor after a writable one"),
        /** An indirect descriptor without the feature, or inside an indirect table (§2.7.5.3.1). */
        INDIRECT_NOT_ALLOWED("Indirect descriptor is not allowed here"),
        /** INDIRECT together with NEXT (§2.7.5.3.1), or a table that is empty or not a multiple of 16 bytes. */
        BAD_INDIRECT_TABLE("Indirect table is malformed"),
        /** A buffer or an indirect table outside RAM. */
        ADDRESS_OUT_OF_MEMORY("Buffer is outside of guest memory");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }

    private final Reason reason;

    /** @param reason which rule was broken */
    public VirtqueueException(Reason reason) {
        super(reason.text, null, false, false);
        this.reason = reason;
    }

    /** Which rule was broken. */
    public Reason reason() {
        return reason;
    }
}
