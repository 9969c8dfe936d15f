package org.jvmm.virtio.net;

/** The host refused what a backend needs from the start. The message is one line for the user that says what to do. */
public final class NetBackendException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what was refused and what to do
     * @param cause the host's word, or null
     */
    public NetBackendException(String message, Throwable cause) {
        super(message, cause);
    }
}
