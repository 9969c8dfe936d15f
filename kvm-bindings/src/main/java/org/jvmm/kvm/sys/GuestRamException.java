package org.jvmm.kvm.sys;

/** Guest RAM of the size asked for cannot be had; one line that says why. */
public final class GuestRamException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message one line for the user */
    public GuestRamException(String message) {
        super(message);
    }

    /**
     * @param message one line for the user
     * @param cause what the host said
     */
    public GuestRamException(String message, Throwable cause) {
        super(message, cause);
    }
}
