package org.jvmm.virtio.net.user;

/** The host refused something that the network needs from the start, such as a port to listen on. The message is one line for the user. */
public final class UserNetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what was refused and what to do
     * @param cause the host's word
     */
    public UserNetException(String message, Throwable cause) {
        super(message, cause);
    }
}
