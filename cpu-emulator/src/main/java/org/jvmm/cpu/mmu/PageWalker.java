package org.jvmm.cpu.mmu;

import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.state.CpuState;

/**
 * Four-level paging (SDM vol. 3 §4.5): walks the tables, checks rights, sets accessed and dirty bits. The results of a walk stay in the fields
 * until the next one.
 */
final class PageWalker {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int EXECUTE = 2;

    private static final long PRESENT = 1;
    private static final long WRITABLE = 2;
    private static final long USER = 4;
    private static final long ACCESSED = 0x20;
    private static final long DIRTY = 0x40;
    private static final long LARGE = 0x80;
    private static final long GLOBAL = 0x100;
    private static final long NO_EXECUTE = Long.MIN_VALUE;
    private static final long ADDRESS = 0x000F_FFFF_FFFF_F000L;
    /** Bits that are reserved with 46 physical address bits. */
    private static final long RESERVED = 0x000F_C000_0000_0000L;

    /** Bits of the page-fault error code (SDM vol. 3 §4.7). */
    private static final int ERROR_PRESENT = 1;
    static final int ERROR_WRITE = 2;
    private static final int ERROR_USER = 4;
    private static final int ERROR_RESERVED = 8;
    private static final int ERROR_FETCH = 16;

    private final CpuState state;
    private final PhysicalRam ram;

    /** Where writes are logged, or null. */
    DirtyPages dirty;
    /** Whether the page of the last walk is global. */
    boolean global;
    /** Whether a write to the page of the last walk needs no further walk: writable here and dirty. */
    boolean writeReady;
    /** Walks for data. */
    long dataWalks;
    /** Walks for code. */
    long fetchWalks;

    PageWalker(CpuState state, PhysicalRam ram) {
        this.state = state;
        this.ram = ram;
    }

    /**
     * Translates a linear address.
     *
     * @param user whether the access has user privilege
     * @return the physical address
     * @throws CpuException #PF with CR2 set, or #GP for a non-canonical address
     */
    long translate(long linear, int access, boolean user) {
        if (access == EXECUTE) {
            fetchWalks++;
        } else {
            dataWalks++;
        }
        if ((state.cr0 & CpuState.CR0_PG) == 0) {
            global = false;
            writeReady = true;
            return linear & 0xFFFF_FFFFL;
        }
        if (!state.longMode()) {
            throw new MachineStop(false, "32-bit paging is not emulated (CR3 0x" + Long.toHexString(state.cr3) + ")");
        }
        if (linear << 16 >> 16 != linear) {
            CpuException fault = state.gp();
            fault.nonCanonical = access != EXECUTE;
            throw fault;
        }
        long table = state.cr3 & ADDRESS;
        long rights = WRITABLE | USER;
        boolean noExecute = false;
        for (int shift = 39;; shift -= 9) {
            long entryAddress = table + (linear >>> shift & 511) * 8;
            long entry = entry(entryAddress);
            if ((entry & PRESENT) == 0) {
                throw fault(linear, access, user, 0);
            }
            boolean largeBit = (entry & LARGE) != 0;
            if ((entry & RESERVED) != 0 || largeBit && shift == 39 || (entry & NO_EXECUTE) != 0 && (state.efer & CpuState.EFER_NXE) == 0) {
                throw fault(linear, access, user, ERROR_PRESENT | ERROR_RESERVED);
            }
            rights &= entry;
            noExecute |= (entry & NO_EXECUTE) != 0;
            if (shift == 12 || largeBit) {
                return leaf(linear, access, user, rights, noExecute, entryAddress, entry, shift);
            }
            if ((entry & ACCESSED) == 0 && !setBits(entryAddress, entry, ACCESSED)) {
                return translate(linear, access, user);
            }
            table = entry & ADDRESS;
        }
    }

    private long leaf(long linear, int access, boolean user, long rights, boolean noExecute, long entryAddress, long entry, int shift) {
        boolean writable = (rights & WRITABLE) != 0 || !user && (state.cr0 & CpuState.CR0_WP) == 0;
        boolean allowed = (!user || (rights & USER) != 0) && (access != WRITE || writable) && (access != EXECUTE || !noExecute);
        if (!allowed) {
            throw fault(linear, access, user, ERROR_PRESENT);
        }
        long wanted = access == WRITE ? ACCESSED | DIRTY : ACCESSED;
        if ((entry & wanted) != wanted && !setBits(entryAddress, entry, wanted)) {
            return translate(linear, access, user);
        }
        global = (entry & GLOBAL) != 0 && (state.cr4 & CpuState.CR4_PGE) != 0;
        writeReady = writable && ((entry | wanted) & DIRTY) != 0;
        long offset = (1L << shift) - 1;
        return entry & ADDRESS & ~offset | linear & offset;
    }

    private long entry(long address) {
        long host = ram.host(address);
        // A table outside RAM reads as all ones on a PC; its reserved bits make the access fault.
        return host == 0 ? -1L : HostMemory.get64(host);
    }

    /**
     * Sets bits of an entry as it was read. Another CPU may have changed it since, for example to not present: then false, and the walk starts anew
     * (SDM vol. 3 §8.1.2.1 makes this a locked access).
     */
    private boolean setBits(long address, long entry, long bits) {
        if (!HostMemory.compareAndSet64(ram.host(address), entry, entry | bits)) {
            return false;
        }
        if (dirty != null) {
            dirty.mark(ram.pageIndex(address));
        }
        return true;
    }

    private CpuException fault(long linear, int access, boolean user, int error) {
        state.cr2 = linear;
        int code = error | (user ? ERROR_USER : 0) | (access == WRITE ? ERROR_WRITE : 0);
        if (access == EXECUTE && (state.efer & CpuState.EFER_NXE) != 0) {
            code |= ERROR_FETCH;
        }
        return state.fault(CpuException.PF, code);
    }
}
