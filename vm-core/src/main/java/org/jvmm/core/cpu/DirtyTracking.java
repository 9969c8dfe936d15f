package org.jvmm.core.cpu;

import org.jvmm.core.memory.GuestRegion;

/** A {@link VirtualMachine} that can tell which pages of guest memory were written, by the guest or by devices. */
public interface DirtyTracking {
    /** Starts to log, with a clean log, or stops. */
    void trackDirtyPages(boolean on);

    /**
     * Fetches a region's log and cleans it.
     *
     * @param region one of the memory's
     * @param bitmap one bit a page, page 0 is bit 0 of word 0; at least as many words as the region needs; bits of written pages are set, none is cleared
     */
    void collectDirtyPages(GuestRegion region, long[] bitmap);
}
