package org.jvmm.virtio.vsock;

/** Why a stream ended. */
public enum VsockCloseReason {
    /** Nobody listens on the port. */
    REFUSED,
    /** Both sides were done, or the host closed. */
    CLOSED,
    /** The guest reset the stream, or broke its rules. */
    RESET,
    /** The guest took too long. */
    TIMED_OUT,
    /** The device was reset, or there are too many streams. */
    UNAVAILABLE
}
