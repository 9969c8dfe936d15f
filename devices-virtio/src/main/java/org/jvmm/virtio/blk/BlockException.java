package org.jvmm.virtio.blk;

/** An image cannot be used; the message is one line for its user. */
public final class BlockException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong and what to do */
    public BlockException(String message) {
        super(message);
    }
}
