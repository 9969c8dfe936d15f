package org.jvmm.virtio.balloon;

/**
 * What the guest says of its memory (virtio 1.3 §5.5.6.3). Bytes or events since its boot; -1 for what it did not tell.
 *
 * @param swapIn bytes swapped in
 * @param swapOut bytes swapped out
 * @param majorFaults page faults that needed I/O
 * @param minorFaults those that did not
 * @param freeMemory bytes used for nothing
 * @param totalMemory bytes the guest manages
 * @param availableMemory bytes that new programs can have without swapping
 * @param diskCaches bytes that could be freed without I/O
 * @param hugetlbAllocations huge pages allocated
 * @param hugetlbFailures huge pages that could not be
 */
public record BalloonStatistics(long swapIn, long swapOut, long majorFaults, long minorFaults, long freeMemory, long totalMemory,
        long availableMemory,
        long diskCaches, long hugetlbAllocations, long hugetlbFailures) {
    /** Number of tags known here. */
    static final int TAGS = 10;

    static BalloonStatistics of(long[] values) {
        return new BalloonStatistics(values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7], values[8],
                values[9]);
    }
}
