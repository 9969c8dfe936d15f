package org.jvmm.virtio.vsock;

/** Why a stream ended. */
public enum VsockCloseReason {
    /** Nobody listens on the port. */
    REFUSED,
    /** Both sides were done, or the host closed. */
    CLOSED,
    /** The guest reset the stream. */
    RESET,
    /** The device was reset, or there are too many streams. */
    UNAVAILABLE
}
