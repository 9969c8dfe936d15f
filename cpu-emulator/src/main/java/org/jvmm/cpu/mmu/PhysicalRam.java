package org.jvmm.cpu.mmu;

import java.util.List;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;

/** Guest-physical to host addresses: the region at 0, which most addresses are in, and a few more: RAM above the device hole, memory of devices. */
final class PhysicalRam {
    private final long lowSize;
    private final long lowBase;
    /** Of the regions above, in ascending order: where they start, their sizes and host addresses, and the index of their first page. */
    private final long[] starts;
    private final long[] sizes;
    private final long[] bases;
    private final int[] firstPages;
    private final int pages;

    PhysicalRam(GuestMemory memory) {
        List<GuestRegion> regions = memory.regions();
        if (regions.isEmpty() || regions.get(0).gpa() != 0) {
            throw new IllegalArgumentException("The software CPU wants RAM at 0");
        }
        lowSize = regions.get(0).size();
        lowBase = regions.get(0).hostBase();
        int more = regions.size() - 1;
        starts = new long[more];
        sizes = new long[more];
        bases = new long[more];
        firstPages = new int[more];
        int page = (int) (lowSize >>> 12);
        for (int i = 0; i < more; i++) {
            GuestRegion region = regions.get(i + 1);
            starts[i] = region.gpa();
            sizes[i] = region.size();
            bases[i] = region.hostBase();
            firstPages[i] = page;
            page += (int) (region.size() >>> 12);
        }
        pages = page;
    }

    /** Host address of a physical address, or 0 when it is no memory. */
    long host(long physical) {
        if (Long.compareUnsigned(physical, lowSize) < 0) {
            return lowBase + physical;
        }
        for (int i = 0; i < starts.length; i++) {
            long offset = physical - starts[i];
            if (Long.compareUnsigned(offset, sizes[i]) < 0) {
                return bases[i] + offset;
            }
        }
        return 0;
    }

    /** Physical address of a host address that {@link #host} gave. */
    long physical(long host) {
        long low = host - lowBase;
        if (Long.compareUnsigned(low, lowSize) < 0) {
            return low;
        }
        for (int i = 0; i < starts.length; i++) {
            long offset = host - bases[i];
            if (Long.compareUnsigned(offset, sizes[i]) < 0) {
                return starts[i] + offset;
            }
        }
        throw new IllegalArgumentException("No guest memory at host address 0x" + Long.toHexString(host));
    }

    /** Index of the page at a host address that {@link #host} gave. */
    int pageIndexOfHost(long host) {
        return pageIndex(physical(host));
    }

    /** Number of pages. */
    int pages() {
        return pages;
    }

    /** Index of a page, 0 to {@link #pages()} - 1; {@code physical} must be memory. */
    int pageIndex(long physical) {
        if (Long.compareUnsigned(physical, lowSize) < 0) {
            return (int) (physical >>> 12);
        }
        for (int i = 0; i < starts.length; i++) {
            long offset = physical - starts[i];
            if (Long.compareUnsigned(offset, sizes[i]) < 0) {
                return firstPages[i] + (int) (offset >>> 12);
            }
        }
        throw new IllegalArgumentException("No memory at 0x" + Long.toHexString(physical));
    }
}
