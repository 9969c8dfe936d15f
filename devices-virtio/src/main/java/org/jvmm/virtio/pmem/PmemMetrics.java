package org.jvmm.virtio.pmem;

import org.jvmm.core.metrics.Counter;

/** What the persistent memory counts. */
public final class PmemMetrics {
    /** Flushes. */
    public final Counter flushes = new Counter("pmem.flush_count");
    /** Requests that make no sense. */
    public final Counter guestFaults = new Counter("pmem.event_fails");
    /** Flushes that the host failed. */
    public final Counter hostFailures = new Counter("pmem.flush_fails");

    PmemMetrics() {}
}
