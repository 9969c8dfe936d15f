package org.jvmm.virtio.vsock;

import org.jvmm.virtio.device.ConfigSpace;

/** Constants and configuration of the socket device (virtio 1.3 §5.10). */
final class VsockConfig {
    /** §5.10.2. */
    static final int QUEUES = 3;
    static final int RX = 0;
    static final int TX = 1;
    static final int EVENT = 2;

    /** Largest payload of a packet in either direction. */
    static final int MAX_PAYLOAD = 64 << 10;
    /** Bytes the guest may send on a stream before credit comes back. */
    static final int RECEIVE_BUFFER = 128 << 10;
    /** Bytes from the host that wait for the guest, per stream; a power of two. */
    static final int SEND_BUFFER = 64 << 10;
    /** Most streams at a time. */
    static final int MAX_CONNECTIONS = 1023;
    /** Resets for streams that do not exist which may wait for the guest's buffers; beyond that no packet of the guest is taken. */
    static final int MAX_REFUSALS = 1024;
    /** Ports of streams that the host opens, from here upward. */
    static final int FIRST_HOST_PORT = 1 << 30;
    /** What a guest may take to accept a stream, or to confirm its end, in nanoseconds. */
    static final long PATIENCE_NANOS = 2_000_000_000L;

    private VsockConfig() {}

    /** §5.10.4: guest_cid. */
    static ConfigSpace space(long guestCid) {
        ConfigSpace space = new ConfigSpace(8);
        space.set(0, 8, guestCid);
        return space;
    }
}
