package org.jvmm.cpu;

import java.util.List;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.cpu.mmu.DirtyPages;

/**
 * The dirty-page log of a machine, and the agreement between its collector and the running CPUs, which write through translations that only they can
 * drop. A CPU that does not run has them dropped at once. One that runs does it at the next block's end and marks the pages again that it may have
 * written in the meantime.
 *
 * <p>Its monitor guards whether a CPU runs; it is taken when {@code run} begins and ends, and at requests.
 */
final class WriteLog {
    private final GuestMemory memory;
    /** Null: off. */
    private volatile DirtyPages pages;

    WriteLog(GuestMemory memory) {
        this.memory = memory;
    }

    /** A device wrote. */
    void deviceWrote(long gpa, long length) {
        DirtyPages log = pages;
        if (log != null) {
            log.markWritten(gpa, length);
        }
    }

    /** Starts with a clean log, or stops. Returns when every CPU knows. */
    synchronized void track(boolean on, List<SoftVcpu> vcpus) {
        pages = on ? new DirtyPages(memory) : null;
        for (SoftVcpu vcpu : vcpus) {
            vcpu.logWrites(pages);
        }
        boolean interrupted = false;
        for (SoftVcpu vcpu : vcpus) {
            while (vcpu.owesLogging()) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Moves a region's marks into a bitmap. */
    synchronized void collect(GuestRegion region, long[] bitmap, List<SoftVcpu> vcpus) {
        if (pages == null) {
            return;
        }
        pages.collect(region, bitmap);
        for (SoftVcpu vcpu : vcpus) {
            vcpu.logWrites(pages);
        }
    }

    DirtyPages pages() {
        return pages;
    }
}
