package org.jvmm.core.cpu;

/**
 * Data whose accesses a debugger wants to hear of.
 *
 * @param address the first byte's, linear
 * @param length bytes, at least 1
 * @param reads whether reading counts
 * @param writes whether writing counts, also of the value that is there already
 */
public record DebugWatch(long address, int length, boolean reads, boolean writes) {
    /** Whether an access counts. */
    public boolean meets(long accessed, int size, boolean write) {
        return (write ? writes : reads) && overlaps(accessed, size);
    }

    /** Whether bytes are among those that are watched. */
    public boolean overlaps(long from, long size) {
        // By differences, since the last address may be followed by 0.
        return from - address >= 0 ? from - address < length : address - from < size;
    }
}
