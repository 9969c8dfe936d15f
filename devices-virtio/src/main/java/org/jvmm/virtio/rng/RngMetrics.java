package org.jvmm.virtio.rng;

import org.jvmm.core.metrics.Counter;

/** Counters of the entropy device. */
public final class RngMetrics {
    /** Requests answered. */
    public final Counter requests = new Counter("entropy.entropy_event_count");
    /** Random bytes given. */
    public final Counter bytes = new Counter("entropy.entropy_bytes");
    /** Malformed requests and rings. */
    public final Counter guestFaults = new Counter("entropy.entropy_event_fails");
    /** Reads of the host's generator that failed. */
    public final Counter hostFailures = new Counter("entropy.host_rng_fails");

    RngMetrics() {}
}
