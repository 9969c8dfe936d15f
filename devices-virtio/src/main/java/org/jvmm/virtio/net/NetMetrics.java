package org.jvmm.virtio.net;

import org.jvmm.core.metrics.Counter;

/** What a network card counts. Transmit is from the guest, receive is to it. */
public final class NetMetrics {
    /** Packets given to the guest. */
    public final Counter rxPackets = new Counter("net.rx_packets_count");
    /** Bytes of their frames. */
    public final Counter rxBytes = new Counter("net.rx_bytes_count");
    /** Packets that no buffer of the guest can hold. */
    public final Counter rxTooLong = new Counter("net.rx_fails");
    /** Times the guest had no buffer for a packet. */
    public final Counter noRxBuffers = new Counter("net.no_rx_avail_buffer");
    /** Times the rate limiter held the backend back. */
    public final Counter rxThrottled = new Counter("net.rx_rate_limiter_throttled");
    /** Packets of the guest. */
    public final Counter txPackets = new Counter("net.tx_packets_count");
    /** Bytes of their frames. */
    public final Counter txBytes = new Counter("net.tx_bytes_count");
    /** Requests that are no packet: too short, too long, or with offloads that were not negotiated. */
    public final Counter txMalformed = new Counter("net.tx_malformed_frames");
    /** Frames under another MAC address than the card's. */
    public final Counter txSpoofed = new Counter("net.tx_spoofed_mac_count");
    /** Frames of a type the backend has no use for. */
    public final Counter txUnwanted = new Counter("net.tx_unwanted_count");
    /** Times the rate limiter held the guest back. */
    public final Counter txThrottled = new Counter("net.tx_rate_limiter_throttled");
    /** Times the backend was not ready for a packet. */
    public final Counter txBlocked = new Counter("net.tx_backend_blocked");

    /** Commands of the driver that were refused. */
    public final Counter controlFaults = new Counter("net.control_fails");

    NetMetrics() {}
}
