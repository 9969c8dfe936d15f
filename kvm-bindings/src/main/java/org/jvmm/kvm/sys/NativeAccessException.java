package org.jvmm.kvm.sys;

/** The JVM does not let this program call native code; the message says which option is missing. */
public final class NativeAccessException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message one line
     * @param cause what the JVM said
     */
    public NativeAccessException(String message, Throwable cause) {
        super(message, cause);
    }
}
