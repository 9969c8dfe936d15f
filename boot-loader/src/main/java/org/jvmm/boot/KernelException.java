package org.jvmm.boot;

/** The kernel, the initrd or the command line cannot be used. The message is one line for the user. */
public final class KernelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message one line for the user */
    public KernelException(String message) {
        super(message);
    }

    /**
     * @param message one line for the user
     * @param cause what the host said
     */
    public KernelException(String message, Throwable cause) {
        super(message, cause);
    }

    static String mib(long bytes) {
        // Rounded up, so that "needs" is never said too small.
        return ((bytes + (1L << 20) - 1) >>> 20) + " MiB";
    }
}
