package org.jvmm.virtio.balloon;

import org.jvmm.core.metrics.Counter;

/** What the balloon counts. */
public final class BalloonMetrics {
    /** Pages of 4 KiB that the guest put into the balloon. */
    public final Counter inflated = new Counter("balloon.inflate_count");
    /** Pages that it took out. */
    public final Counter deflated = new Counter("balloon.deflate_count");
    /** Bytes of free memory that the guest reported. */
    public final Counter reported = new Counter("balloon.free_page_report_bytes");
    /** Bytes given back to the host. */
    public final Counter released = new Counter("balloon.released_bytes");
    /** Statistics received. */
    public final Counter statistics = new Counter("balloon.stats_updates_count");
    /** Requests and pages that make no sense. */
    public final Counter guestFaults = new Counter("balloon.event_fails");
    /** Ranges that the host did not take back. */
    public final Counter hostFailures = new Counter("balloon.release_fails");

    BalloonMetrics() {}
}
