package org.jvmm.virtio.balloon;

import org.jvmm.virtio.device.ConfigSpace;

/** Constants and configuration space of the balloon (virtio 1.3 §5.5). */
final class BalloonConfig {
    // §5.5.3.
    static final long F_STATS_VQ = 1L << 1;
    static final long F_DEFLATE_ON_OOM = 1L << 2;
    static final long F_REPORTING = 1L << 5;

    // struct virtio_balloon_config, §5.5.4.
    static final int NUM_PAGES = 0;
    static final int ACTUAL = 4;
    private static final int SIZE = 8;

    /** §5.5.6: page frame numbers are of 4 KiB whatever the guest's pages are. */
    static final int PAGE_SHIFT = 12;
    static final long PAGE = 1L << PAGE_SHIFT;

    static final int INFLATE = 0;
    static final int DEFLATE = 1;
    /** The first of the queues that depend on features; those that are absent take no number (§5.5.2, and as Linux counts). */
    static final int FIRST_OPTIONAL = 2;
    static final int QUEUES = 4;
    static final int QUEUE_SIZE = 128;

    /** Frame numbers of one request that are looked at; Linux sends 256. */
    static final int MAX_FRAMES = 4096;
    /** Requests before other devices of the loop get their turn. */
    static final int MAX_TURN = 16;

    private BalloonConfig() {}

    static ConfigSpace space() {
        return new ConfigSpace(SIZE).writable(ACTUAL, 4);
    }
}
