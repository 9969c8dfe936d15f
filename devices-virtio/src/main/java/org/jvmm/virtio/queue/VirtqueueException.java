package org.jvmm.virtio.queue;

/** The driver put something into a ring that the specification forbids. A guest's fault, so without a stack trace: the device stops and asks for a reset. */
public final class VirtqueueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what was wrong */
    public VirtqueueException(String message) {
        super(message, null, false, false);
    }
}
