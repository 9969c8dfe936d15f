package org.jvmm.cpu.mmu;

import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.state.CpuState;

/**
 * Paging (SDM vol. 3, chapter 4), 32-bit, PAE and four-level: walks the tables, checks rights, sets accessed and dirty bits. The results of a walk stay in
 * the fields until the next one.
 */
final class PageWalker {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int EXECUTE = 2;
    /** The {@link #pageShift} of a page of 4 KiB. */
    static final int SMALL = 12;

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

    /** The same in PAE paging, where no bit is the software's above the address. */
    private static final long RESERVED_PAE = 0x7FFF_C000_0000_0000L;
    /** Reserved bits of PAE's directory pointers. */
    private static final long RESERVED_POINTER = 0xFFFF_C000_0000_01E6L;
    /** First reserved bit of an entry that maps a large page; bit 12 below it is the PAT's. */
    private static final long LARGE_RESERVED = 0x2000;
    private static final long LOW32 = 0xFFFF_FFFFL;

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
    /** The access is the processor's own, to a descriptor table or a TSS: supervisor whatever the CPL, and SMAP knows no exception. */
    boolean implicit;
    /** The privilege that a translation of the last walk is good for: 1 user, 0 supervisor. */
    long tag;
    /** Whether the page of the last walk is global. */
    boolean global;
    /** Whether a write to the page of the last walk needs no further walk: writable here and dirty. */
    boolean writeReady;
    /** Binary logarithm of the size of the page of the last walk. */
    int pageShift;
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
            tag = user ? 1 : 0;
            pageShift = SMALL;
            return linear & LOW32;
        }
        if (state.longMode()) {
            if (!CpuState.isCanonical(linear)) {
                CpuException fault = state.gp();
                fault.nonCanonical = access != EXECUTE;
                throw fault;
            }
            return walk(linear, access, user, state.cr3 & ADDRESS, 39, RESERVED);
        }
        if ((state.cr4 & CpuState.CR4_PAE) != 0) {
            // The pointers' reserved bits were checked when they were loaded; they grant all rights (SDM vol. 3 §4.4.2).
            long pointer = state.directoryPointers[(int) (linear >>> 30) & 3];
            if ((pointer & PRESENT) == 0) {
                throw fault(linear & LOW32, access, user, 0);
            }
            return walk(linear & LOW32, access, user, pointer & ADDRESS, 21, RESERVED_PAE);
        }
        return walk32(linear & LOW32, access, user);
    }

    /** Tables of 512 entries (SDM vol. 3 §4.5, and §4.4 from the directory on). */
    private long walk(long linear, int access, boolean user, long root, int first, long reserved) {
        long table = root;
        long rights = WRITABLE | USER;
        boolean noExecute = false;
        for (int shift = first;; shift -= 9) {
            long entryAddress = table + (linear >>> shift & 511) * 8;
            long entry = entry(entryAddress);
            if ((entry & PRESENT) == 0) {
                throw fault(linear, access, user, 0);
            }
            boolean large = (entry & LARGE) != 0 && shift != 12;
            long wrong = entry & reserved;
            if (large) {
                wrong |= shift == 39 ? LARGE : entry & (1L << shift) - LARGE_RESERVED;
            }
            if ((state.efer & CpuState.EFER_NXE) == 0) {
                wrong |= entry & NO_EXECUTE;
            }
            if (wrong != 0) {
                throw fault(linear, access, user, ERROR_PRESENT | ERROR_RESERVED);
            }
            rights &= entry;
            noExecute |= (entry & NO_EXECUTE) != 0;
            if (shift == 12 || large) {
                long wanted = leaf(linear, access, user, rights, noExecute, entry);
                if ((entry & wanted) != wanted && !setBits(entryAddress, entry, wanted)) {
                    return translate(linear, access, user);
                }
                pageShift = shift;
                long offset = (1L << shift) - 1;
                return entry & ADDRESS & ~offset | linear & offset;
            }
            if ((entry & ACCESSED) == 0 && !setBits(entryAddress, entry, ACCESSED)) {
                return translate(linear, access, user);
            }
            table = entry & ADDRESS;
        }
    }

    /** Tables of 1024 entries, with 4 MiB pages when CR4.PSE is set (SDM vol. 3 §4.3). PSE-36 is not announced: bits 13 to 21 of a large entry are reserved. */
    private long walk32(long linear, int access, boolean user) {
        long directoryAddress = (state.cr3 & 0xFFFF_F000L) + (linear >>> 22) * 4;
        long directory = entry32(directoryAddress);
        if ((directory & PRESENT) == 0) {
            throw fault(linear, access, user, 0);
        }
        if ((directory & LARGE) != 0 && (state.cr4 & CpuState.CR4_PSE) != 0) {
            if ((directory & 0x3F_E000) != 0) {
                throw fault(linear, access, user, ERROR_PRESENT | ERROR_RESERVED);
            }
            if (!setBits32(directoryAddress, directory, leaf(linear, access, user, directory, false, directory))) {
                return walk32(linear, access, user);
            }
            pageShift = 22;
            return directory & 0xFFC0_0000L | linear & 0x3F_FFFF;
        }
        if (!setBits32(directoryAddress, directory, ACCESSED)) {
            return walk32(linear, access, user);
        }
        long tableAddress = (directory & 0xFFFF_F000L) + (linear >>> 12 & 1023) * 4;
        long entry = entry32(tableAddress);
        if ((entry & PRESENT) == 0) {
            throw fault(linear, access, user, 0);
        }
        if (!setBits32(tableAddress, entry, leaf(linear, access, user, directory & entry, false, entry))) {
            return walk32(linear, access, user);
        }
        pageShift = SMALL;
        return entry & 0xFFFF_F000L | linear & 0xFFF;
    }

    /** Checks the rights that all entries of the walk agree on (SDM vol. 3 §4.6.1); the bits that the last entry must have set. */
    private long leaf(long linear, int access, boolean user, long rights, boolean noExecute, long entry) {
        boolean userPage = (rights & USER) != 0;
        boolean writable = (rights & WRITABLE) != 0 || !user && (state.cr0 & CpuState.CR0_WP) == 0;
        boolean allowed = access != WRITE || writable;
        if (access == EXECUTE) {
            allowed = !noExecute && (user ? userPage : !userPage || (state.cr4 & CpuState.CR4_SMEP) == 0);
        } else if (user) {
            allowed &= userPage;
        } else if (userPage && (state.cr4 & CpuState.CR4_SMAP) != 0) {
            allowed &= !implicit && !state.smapCloses();
        }
        if (!allowed) {
            throw fault(linear, access, user, ERROR_PRESENT);
        }
        // With SMAP, what the supervisor may do depends on AC: its translations of user pages are the user's (see Mmu).
        boolean shared = !user && userPage && access != EXECUTE && (state.cr4 & CpuState.CR4_SMAP) != 0;
        tag = user || shared ? 1 : 0;
        global = (entry & GLOBAL) != 0 && (state.cr4 & CpuState.CR4_PGE) != 0;
        writeReady = (shared ? (rights & WRITABLE) != 0 : writable) && (access == WRITE || (entry & DIRTY) != 0);
        return access == WRITE ? ACCESSED | DIRTY : ACCESSED;
    }

    /**
     * Loads the directory pointers of PAE paging.
     *
     * @return false, with nothing changed, when a present one has reserved bits set: #GP (SDM vol. 3 §4.4.1)
     */
    boolean loadDirectoryPointers(long cr3) {
        long[] loaded = new long[4];
        for (int i = 0; i < 4; i++) {
            loaded[i] = entry((cr3 & 0xFFFF_FFE0L) + 8 * i);
            if ((loaded[i] & PRESENT) != 0 && (loaded[i] & RESERVED_POINTER) != 0) {
                return false;
            }
        }
        System.arraycopy(loaded, 0, state.directoryPointers, 0, 4);
        return true;
    }

    private long entry32(long address) {
        long host = ram.host(address);
        return host == 0 ? LOW32 : HostMemory.get32(host);
    }

    private boolean setBits32(long address, long entry, long bits) {
        long host = ram.host(address);
        if ((entry & bits) == bits || host == 0) {
            return true;
        }
        if (!HostMemory.compareAndSet32(host, (int) entry, (int) (entry | bits))) {
            return false;
        }
        if (dirty != null) {
            dirty.mark(ram.pageIndex(address));
        }
        return true;
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
        boolean tellsFetches = (state.cr4 & CpuState.CR4_SMEP) != 0
                || (state.cr4 & CpuState.CR4_PAE) != 0 && (state.efer & CpuState.EFER_NXE) != 0;
        if (access == EXECUTE && tellsFetches) {
            code |= ERROR_FETCH;
        }
        return state.fault(CpuException.PF, code);
    }
}
