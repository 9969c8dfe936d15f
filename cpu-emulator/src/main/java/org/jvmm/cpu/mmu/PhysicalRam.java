package org.jvmm.cpu.mmu;

import java.util.List;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;

/** Guest-physical to host addresses: at most two regions, the one below the device hole and the one above. */
final class PhysicalRam {
    private final long lowSize;
    private final long lowBase;
    private final long highStart;
    private final long highSize;
    private final long highBase;

    PhysicalRam(GuestMemory memory) {
        List<GuestRegion> regions = memory.regions();
        if (regions.isEmpty() || regions.size() > 2 || regions.get(0).gpa() != 0) {
            throw new IllegalArgumentException("The software CPU wants RAM at 0 and at most one more region");
        }
        lowSize = regions.get(0).size();
        lowBase = regions.get(0).hostBase();
        boolean two = regions.size() == 2;
        highStart = two ? regions.get(1).gpa() : 0;
        highSize = two ? regions.get(1).size() : 0;
        highBase = two ? regions.get(1).hostBase() : 0;
    }

    /** Host address of a physical address, or 0 when it is no RAM. */
    long host(long physical) {
        if (Long.compareUnsigned(physical, lowSize) < 0) {
            return lowBase + physical;
        }
        long offset = physical - highStart;
        return Long.compareUnsigned(offset, highSize) < 0 ? highBase + offset : 0;
    }

    /** Index of the RAM page at a host address, which must be RAM's. */
    int pageIndexOfHost(long host) {
        long low = host - lowBase;
        return (int) (Long.compareUnsigned(low, lowSize) < 0 ? low >>> 12 : lowSize + host - highBase >>> 12);
    }

    /** Physical address of a host address that {@link #host} gave. */
    long physical(long host) {
        long low = host - lowBase;
        return Long.compareUnsigned(low, lowSize) < 0 ? low : host - highBase + highStart;
    }

    /** Number of RAM pages. */
    int pages() {
        return (int) (lowSize + highSize >>> 12);
    }

    /** Index of a RAM page, 0 to {@link #pages()} - 1; {@code physical} must be RAM. */
    int pageIndex(long physical) {
        if (Long.compareUnsigned(physical, lowSize) < 0) {
            return (int) (physical >>> 12);
        }
        return (int) (lowSize + physical - highStart >>> 12);
    }
}
