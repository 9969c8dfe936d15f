package org.jvmm.virtio.vsock;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** A host's end that writes down what happens. */
final class RecordingHandler implements VsockHandler {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    VsockConnection connection;
    VsockCloseReason reason;
    boolean peerDone;
    int writable;
    boolean giveCredit = true;

    @Override
    public void connected(VsockConnection opened) {
        connection = opened;
    }

    @Override
    public void received(ByteBuffer data) {
        int length = data.remaining();
        byte[] copy = new byte[length];
        data.get(copy);
        bytes.writeBytes(copy);
        if (giveCredit) {
            connection.consumed(length);
        }
    }

    @Override
    public void writable() {
        writable++;
    }

    @Override
    public void peerShutdown() {
        peerDone = true;
    }

    @Override
    public void closed(VsockCloseReason why) {
        if (reason != null) {
            throw new AssertionError("Closed twice");
        }
        reason = why;
    }
}
