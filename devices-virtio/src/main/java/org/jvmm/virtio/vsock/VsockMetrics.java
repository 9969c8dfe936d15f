package org.jvmm.virtio.vsock;

import org.jvmm.core.metrics.Counter;

/** What the socket device counts. */
public final class VsockMetrics {
    /** Packets from the guest that the specification forbids. */
    public final Counter malformed = new Counter("vsock.malformed_packets");
    /** Streams opened. */
    public final Counter added = new Counter("vsock.conns_added");
    /** Streams ended. */
    public final Counter removed = new Counter("vsock.conns_removed");
    /** Streams that were not opened because there are too many. */
    public final Counter limited = new Counter("vsock.conns_limited");
    /** Streams ended because the guest took too long to accept them or to confirm their end. */
    public final Counter killed = new Counter("vsock.killq_resync");
    /** Bytes to the guest. */
    public final Counter received = new Counter("vsock.rx_bytes_count");
    /** Bytes from the guest. */
    public final Counter transmitted = new Counter("vsock.tx_bytes_count");
    /** Packets to the guest. */
    public final Counter receivedPackets = new Counter("vsock.rx_packets_count");
    /** Packets from the guest. */
    public final Counter transmittedPackets = new Counter("vsock.tx_packets_count");

    VsockMetrics() {}
}
