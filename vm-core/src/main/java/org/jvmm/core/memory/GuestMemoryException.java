package org.jvmm.core.memory;

/**
 * The guest named memory it does not have. A guest's fault, so it carries no stack trace: the device that catches it counts a metric and gives
 * the answer its specification asks for.
 */
public final class GuestMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param gpa first guest-physical address of the access
     * @param length length of the access in bytes
     */
    public GuestMemoryException(long gpa, long length) {
        super("No guest memory at 0x" + Long.toHexString(gpa) + " for " + length + " bytes", null, false, false);
    }
}
