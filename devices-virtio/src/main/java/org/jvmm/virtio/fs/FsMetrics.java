package org.jvmm.virtio.fs;

import org.jvmm.core.metrics.Counter;

/** What a file system device has done. */
public final class FsMetrics {
    /** Requests answered or taken. */
    public final Counter requests = new Counter("fs.request_count");
    /** Requests served by the thread that brought the notification. */
    public final Counter atOnce = new Counter("fs.served_at_once_count");
    /** Requests that could not be read: too short, unknown lengths, arguments missing, no room for the answer. */
    public final Counter malformed = new Counter("fs.malformed_request_count");
    /** Bytes of files read by the guest. */
    public final Counter readBytes = new Counter("fs.read_bytes");
    /** Bytes of files written by the guest. */
    public final Counter writeBytes = new Counter("fs.write_bytes");
    /** Requests that had to wait for a lock. */
    public final Counter parked = new Counter("fs.parked_request_count");
    /** Parts of files that were shown in the DAX window. */
    public final Counter mappings = new Counter("fs.dax_mapping_count");
    /** Times that pages of the DAX window had to be replaced by zeros, because the host could not provide them. */
    public final Counter replaced = new Counter("fs.dax_replaced_count");

    FsMetrics() {}
}
