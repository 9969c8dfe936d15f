package org.jvmm.virtio.console;

import org.jvmm.core.metrics.Counter;

/** What the console counts. */
public final class ConsoleMetrics {
    /** Bytes from the guest. */
    public final Counter output = new Counter("console.tx_bytes_count");
    /** Bytes to the guest. */
    public final Counter input = new Counter("console.rx_bytes_count");
    /** Typed bytes that the guest did not take in time. */
    public final Counter lost = new Counter("console.rx_lost_bytes");
    /** Buffers that make no sense. */
    public final Counter guestFaults = new Counter("console.event_fails");

    ConsoleMetrics() {}
}
