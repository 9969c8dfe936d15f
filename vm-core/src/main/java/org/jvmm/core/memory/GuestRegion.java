package org.jvmm.core.memory;

import java.lang.foreign.MemorySegment;

/**
 * One contiguous piece of guest memory.
 *
 * @param gpa first guest-physical address, page aligned
 * @param segment the host memory behind it; native, page-multiple in size, and alive as long as the process or its tests need it
 * @param ram whether it is RAM, which the guest is told of at boot; else a device's memory (persistent memory), which its driver finds
 */
public record GuestRegion(long gpa, MemorySegment segment, boolean ram) {
    public GuestRegion {
        if (gpa < 0 || gpa % GuestLayout.PAGE_SIZE != 0 || segment.byteSize() == 0 || segment.byteSize() % GuestLayout.PAGE_SIZE != 0) {
            throw new IllegalArgumentException("Guest region must be page aligned: 0x" + Long.toHexString(gpa) + "+" + segment.byteSize());
        }
        if (!segment.isNative()) {
            throw new IllegalArgumentException("Guest region must be native memory");
        }
    }

    /** A piece of RAM. */
    public GuestRegion(long gpa, MemorySegment segment) {
        this(gpa, segment, true);
    }

    /** Size in bytes. */
    public long size() {
        return segment.byteSize();
    }

    /** First guest-physical address behind the region. */
    public long end() {
        return gpa + segment.byteSize();
    }

    /** Host virtual address of the region's first byte. */
    public long hostBase() {
        return segment.address();
    }
}
