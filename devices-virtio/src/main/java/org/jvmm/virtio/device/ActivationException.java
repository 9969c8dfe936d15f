package org.jvmm.virtio.device;

/** A device could not start its work because the host refused something; the message names the call and its operands. */
public final class ActivationException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message what failed, for a user to read */
    public ActivationException(String message, Throwable cause) {
        super(message, cause);
    }
}
