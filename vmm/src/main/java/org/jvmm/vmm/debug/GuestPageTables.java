package org.jvmm.vmm.debug;

import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestMemoryException;

/** Looks linear addresses up in the guest's page tables (SDM vol. 3, chapter 4), as a debugger does: without rights, and without leaving a trace. */
public final class GuestPageTables {
    /** There is no such page. */
    public static final long NONE = -1;

    private static final long CR0_PG = 0x8000_0000L;
    private static final long CR4_PSE = 0x10;
    private static final long CR4_PAE = 0x20;
    private static final long CR4_LA57 = 0x1000;
    private static final long EFER_LMA = 0x400;
    private static final long PRESENT = 1;
    private static final long LARGE = 0x80;
    private static final long ADDRESS = 0x000F_FFFF_FFFF_F000L;
    private static final int LARGEST_PAGE = 30;

    private final GuestMemory memory;

    /** @param memory the guest's RAM */
    public GuestPageTables(GuestMemory memory) {
        this.memory = memory;
    }

    /** The physical address, or {@link #NONE}. */
    public long translate(X86Sregs sregs, long linear) {
        try {
            if ((sregs.cr0 & CR0_PG) == 0) {
                return linear & 0xFFFF_FFFFL;
            }
            if ((sregs.efer & EFER_LMA) != 0) {
                return walk(sregs.cr3 & ADDRESS, linear, (sregs.cr4 & CR4_LA57) != 0 ? 48 : 39);
            }
            long low = linear & 0xFFFF_FFFFL;
            if ((sregs.cr4 & CR4_PAE) == 0) {
                return walk32(sregs.cr3 & 0xFFFF_F000L, low, (sregs.cr4 & CR4_PSE) != 0);
            }
            long directory = memory.read64((sregs.cr3 & 0xFFFF_FFE0L) + (low >>> 30) * 8);
            return (directory & PRESENT) == 0 ? NONE : walk(directory & ADDRESS, low, 21);
        } catch (GuestMemoryException e) {
            // A table outside RAM.
            return NONE;
        }
    }

    private long walk(long root, long linear, int top) {
        long table = root;
        for (int shift = top;; shift -= 9) {
            long entry = memory.read64(table + (linear >>> shift & 511) * 8);
            if ((entry & PRESENT) == 0) {
                return NONE;
            }
            if (shift == 12 || (entry & LARGE) != 0 && shift <= LARGEST_PAGE) {
                long offset = (1L << shift) - 1;
                return entry & ADDRESS & ~offset | linear & offset;
            }
            table = entry & ADDRESS;
        }
    }

    private long walk32(long root, long linear, boolean largePages) {
        long entry = memory.read32(root + (linear >>> 22) * 4) & 0xFFFF_FFFFL;
        if ((entry & PRESENT) == 0) {
            return NONE;
        }
        if (largePages && (entry & LARGE) != 0) {
            // Bits 13 to 20 are bits 32 to 39 of the address (SDM vol. 3, table 4-4).
            return entry & 0xFFC0_0000L | (entry >>> 13 & 0xFF) << 32 | linear & 0x3F_FFFF;
        }
        long page = memory.read32((entry & 0xFFFF_F000L) + (linear >>> 12 & 1023) * 4) & 0xFFFF_FFFFL;
        return (page & PRESENT) == 0 ? NONE : page & 0xFFFF_F000L | linear & 0xFFF;
    }
}
