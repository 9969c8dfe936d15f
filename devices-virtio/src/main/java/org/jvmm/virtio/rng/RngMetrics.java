package org.jvmm.virtio.rng;

import org.jvmm.core.metrics.Counter;

/** What the entropy device counts. */
public final class RngMetrics {
    /** Random bytes given to the guest. */
    public final Counter bytes = new Counter("entropy.entropy_bytes");
    /** Requests answered. */
    public final Counter requests = new Counter("entropy.entropy_event_count");
    /** Requests without a writable byte. */
    public final Counter guestFaults = new Counter("entropy.entropy_event_fails");
    /** Reads of the host's generator that failed. */
    public final Counter hostFailures = new Counter("entropy.host_rng_fails");
    /** Times the rate limiter held a request back. */
    public final Counter throttled = new Counter("entropy.entropy_rate_limiter_throttled");

    RngMetrics() {}
}
