package org.jvmm.virtio.vsock;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The packet header, {@code struct virtio_vsock_hdr} (virtio 1.3 §5.10.6), copied out of guest memory once and then read. */
final class VsockPacket {
    /** Bytes of the header. */
    static final int HEADER = 44;

    static final int OP_REQUEST = 1;
    static final int OP_RESPONSE = 2;
    static final int OP_RST = 3;
    static final int OP_SHUTDOWN = 4;
    static final int OP_RW = 5;
    static final int OP_CREDIT_UPDATE = 6;
    static final int OP_CREDIT_REQUEST = 7;
    static final int TYPE_STREAM = 1;
    static final int SHUTDOWN_RECEIVE = 1;
    static final int SHUTDOWN_SEND = 2;

    final byte[] bytes = new byte[HEADER];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

    long sourceCid() {
        return buffer.getLong(0);
    }

    long destinationCid() {
        return buffer.getLong(8);
    }

    int sourcePort() {
        return buffer.getInt(16);
    }

    int destinationPort() {
        return buffer.getInt(20);
    }

    int length() {
        return buffer.getInt(24);
    }

    int type() {
        return buffer.getShort(28) & 0xFFFF;
    }

    int operation() {
        return buffer.getShort(30) & 0xFFFF;
    }

    int flags() {
        return buffer.getInt(32);
    }

    int bufferAllocated() {
        return buffer.getInt(36);
    }

    int forwarded() {
        return buffer.getInt(40);
    }

    /** Fills in a header from the host (CID 2). */
    void set(long guestCid, int hostPort, int guestPort, int length, int operation, int flags, int allocated, int forwarded) {
        buffer.putLong(0, VsockDevice.HOST_CID);
        buffer.putLong(8, guestCid);
        buffer.putInt(16, hostPort);
        buffer.putInt(20, guestPort);
        buffer.putInt(24, length);
        buffer.putShort(28, (short) TYPE_STREAM);
        buffer.putShort(30, (short) operation);
        buffer.putInt(32, flags);
        buffer.putInt(36, allocated);
        buffer.putInt(40, forwarded);
    }
}
