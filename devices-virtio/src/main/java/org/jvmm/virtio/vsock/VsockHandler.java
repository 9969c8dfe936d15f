package org.jvmm.virtio.vsock;

import java.nio.ByteBuffer;

/** The host's end of one stream. Called on the event loop. */
public interface VsockHandler {
    /** The peer accepted. */
    void connected(VsockConnection connection);

    /**
     * Bytes from the guest, valid during the call only. They count against the guest's credit until {@link VsockConnection#consumed} gives it back.
     */
    void received(ByteBuffer data);

    /** There is room to write again after a write that took less than it was given. */
    void writable();

    /** The guest will send no more. */
    void peerShutdown();

    /** The stream is gone; nothing else will be called. */
    void closed(VsockCloseReason reason);
}
