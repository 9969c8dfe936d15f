package org.jvmm.cpu.mmu;

import java.lang.invoke.VarHandle;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;

/**
 * Which pages of RAM were written. A page is marked when a CPU's write TLB learns it, so whoever cleans marks must have the CPUs forget their write
 * translations ({@link Mmu#forgetWrites}).
 */
public final class DirtyPages {
    private final PhysicalRam ram;
    private final byte[] marks;

    /** All clean. */
    public DirtyPages(GuestMemory memory) {
        this.ram = new PhysicalRam(memory);
        this.marks = new byte[ram.pages()];
    }

    /**
     * Marks a page by its index in RAM: after the write, for the collector may clean in between; or before it when a write TLB keeps the translation, since
     * forgetting that marks again.
     */
    void mark(int page) {
        VarHandle.releaseFence();
        marks[page] = 1;
    }

    /** Marks what a device wrote; any thread. */
    public void markWritten(long physical, long length) {
        for (long page = physical & -4096; page < physical + length; page += 4096) {
            mark(ram.pageIndex(page));
        }
    }

    /** Moves the marks of a region into a bitmap, page 0 in bit 0 of word 0. */
    public void collect(GuestRegion region, long[] bitmap) {
        int first = ram.pageIndex(region.gpa());
        int pages = (int) (region.size() >>> 12);
        for (int i = 0; i < pages; i++) {
            if (marks[first + i] != 0) {
                marks[first + i] = 0;
                bitmap[i >> 6] |= 1L << i;
            }
        }
        // A page that is written from now on is marked after this.
        VarHandle.fullFence();
    }
}
