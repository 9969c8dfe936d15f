package org.jvmm.virtio.blk;

import org.jvmm.core.metrics.Counter;

/** What a block device counts. */
public final class BlockMetrics {
    /** Read requests. */
    public final Counter reads = new Counter("block.read_count");
    /** Write requests. */
    public final Counter writes = new Counter("block.write_count");
    /** Bytes read. */
    public final Counter readBytes = new Counter("block.read_bytes");
    /** Bytes written. */
    public final Counter writeBytes = new Counter("block.write_bytes");
    /** Flushes. */
    public final Counter flushes = new Counter("block.flush_count");
    /** Discards and write-zeroes. */
    public final Counter zeroes = new Counter("block.discard_count");
    /** Requests that the specification forbids, or that lie outside the disk. */
    public final Counter guestFaults = new Counter("block.invalid_reqs_count");
    /** Requests that the host failed. */
    public final Counter hostFailures = new Counter("block.execute_fails");
    /** Requests served by the thread that brought the notification. */
    public final Counter atOnce = new Counter("block.served_at_once_count");
    /** Times the rate limiter held a request back. */
    public final Counter throttled = new Counter("block.rate_limiter_throttled_events");
    /** Times the image was exchanged. */
    public final Counter updates = new Counter("block.update_count");

    BlockMetrics() {}
}
