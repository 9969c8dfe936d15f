package org.jvmm.virtio.queue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A list of {@code struct iovec} (readv(2)) in native memory: host addresses of checked guest buffers, for vectored I/O without a copy. Filled by
 * {@link DescriptorChain#fillReadable} and {@link DescriptorChain#fillWritable}, then handed to the kernel by {@link #address()} and {@link #count()}.
 * Made once and reused; it allocates nothing later. Not thread-safe.
 */
public final class IoVector {
    /** Most entries that the kernel takes (IOV_MAX, limits.h). */
    public static final int MAX_ENTRIES = 1024;

    // struct iovec { void *iov_base; size_t iov_len; }
    private static final int SIZE = 16;
    private static final int LENGTH = 8;

    private final MemorySegment entries;
    private final int capacity;
    private int first;
    private int end;
    private long bytes;

    /** @param capacity entries, 1 to {@link #MAX_ENTRIES} */
    public IoVector(int capacity) {
        if (capacity < 1 || capacity > MAX_ENTRIES) {
            throw new IllegalArgumentException("Vector of " + capacity + " entries");
        }
        this.capacity = capacity;
        // Freed with the last reference: a shared arena would have to be closed beside running CPUs.
        this.entries = Arena.ofAuto().allocate((long) SIZE * capacity, 8);
    }

    /** Removes all entries. */
    public void clear() {
        first = 0;
        end = 0;
        bytes = 0;
    }

    /**
     * Appends a buffer.
     *
     * @param address host address; the caller has checked that it is valid for {@code length} bytes
     * @param length greater than 0
     * @return false when the vector is full
     */
    public boolean add(long address, long length) {
        if (end == capacity) {
            return false;
        }
        long at = (long) SIZE * end++;
        entries.set(ValueLayout.JAVA_LONG, at, address);
        entries.set(ValueLayout.JAVA_LONG, at + LENGTH, length);
        bytes += length;
        return true;
    }

    /** Drops {@code done} bytes from the front, after a call that did less than all: 0 to {@link #bytes()}. */
    public void advance(long done) {
        bytes -= done;
        long left = done;
        while (left > 0) {
            long at = (long) SIZE * first;
            long length = entries.get(ValueLayout.JAVA_LONG, at + LENGTH);
            if (left < length) {
                entries.set(ValueLayout.JAVA_LONG, at, entries.get(ValueLayout.JAVA_LONG, at) + left);
                entries.set(ValueLayout.JAVA_LONG, at + LENGTH, length - left);
                return;
            }
            left -= length;
            first++;
        }
    }

    /** Address of the first entry, for the kernel. */
    public long address() {
        return entries.address() + (long) SIZE * first;
    }

    /** Number of entries that are left. */
    public int count() {
        return end - first;
    }

    /** Sum of the lengths that are left. */
    public long bytes() {
        return bytes;
    }

    /** Host address of entry {@code index}, 0 to {@link #count()} - 1. */
    public long base(int index) {
        return entries.get(ValueLayout.JAVA_LONG, (long) SIZE * (first + index));
    }

    /** Length of entry {@code index} in bytes. */
    public long length(int index) {
        return entries.get(ValueLayout.JAVA_LONG, (long) SIZE * (first + index) + LENGTH);
    }
}
