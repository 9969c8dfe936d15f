package org.jvmm.cpu.mmu;

import java.lang.invoke.VarHandle;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.state.Breakpoints;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.x87.X87Exec;

/**
 * Linear memory of one CPU: translation look-aside buffers, the page walker behind them, device memory, and the watch over decoded code.
 *
 * <p>A TLB is an array of pairs: tag and delta. The tag is the linear page with the privilege in bit 0, so that changes of privilege need no flush; the
 * delta turns a linear into a host address. The probe adds {@code size - 1} before it compares, so that an access that leaves its page misses. A page
 * that holds decoded code is never put into the write TLB: its writes take the slow path, which sees them.
 *
 * <p>Ordering: x86 keeps the program order of loads, of stores, and of loads before stores (SDM vol. 3 §8.2.2), and so does every host that this engine
 * cares for; what must be held back is the JVM's compiler. The methods of this class are fenced; the static ones are bare, their callers fence when the
 * machine has more than one CPU.
 */
public final class Mmu implements X87Exec.X87Memory {
    private static final int ENTRIES = 2048;
    private static final int INDEX_MASK = ENTRIES - 1;
    /** First words of the TLBs in {@link #t}. */
    static final int READ = CpuState.TLBS;
    static final int WRITE = READ + ENTRIES * 2;
    private static final int FETCH = WRITE + ENTRIES * 2;
    static final int PRIVILEGE = CpuState.PRIVILEGE;
    static final long PAGE = ~0xFFFL;
    /** Privilege bit of a tag. */
    private static final long USER = 1;
    /** Bits of the privilege word with which no tag matches, so that every access is looked at: by data breakpoints, and by alignment checks. */
    private static final long WATCHED = 4;
    private static final long ALIGNED = 8;
    /** No page has this tag: bits 1 to 11 of a tag are zero. */
    private static final long INVALID = 2;

    private final CpuState state;
    private final VmOps ops;
    private final PhysicalRam ram;
    private final PageWalker walker;
    private final LocalApicPage apic;
    private final CodeTracker code;
    private final LockedAccess locked = new LockedAccess(this);
    /** The CPUs of the machine; null when this is the only one. */
    private CpuGroup group;

    /** {@link CpuState#r}: the three TLBs lie in it. */
    private final long[] t;
    /** By entry of {@link #t}, counted from the first: whether its page is global. */
    private final boolean[] global = new boolean[3 * ENTRIES];
    private final TlbFills fills = new TlbFills(3 * ENTRIES);

    /** Where writes are logged, or null. */
    private DirtyPages dirty;
    /** What a debugger watches, or null. */
    private DataWatch watch;
    private long flushes;
    private long entriesFlushed;
    private long deviceAccesses;

    /** Where accesses to the local APIC's page go. */
    public interface LocalApicPage {
        /** Whether a physical address is on the page and the page answers. */
        boolean owns(long physical);

        /** Reads a register. */
        int read(int offset);

        /** Writes a register. */
        void write(int offset, int value);
    }

    /**
     * @param state the CPU's registers
     * @param memory guest RAM
     * @param ops devices
     * @param apic the CPU's own APIC page
     */
    public Mmu(CpuState state, GuestMemory memory, VmOps ops, LocalApicPage apic) {
        this.state = state;
        this.t = state.r;
        this.ops = ops;
        this.apic = apic;
        this.ram = new PhysicalRam(memory);
        this.walker = new PageWalker(state, ram);
        this.code = new CodeTracker(this, ram);
        flushAll();
    }

    /** Adds what was counted here. */
    public void addCounters(VcpuCounters sum) {
        sum.dataMisses += walker.dataWalks;
        sum.fetchMisses += walker.fetchWalks;
        sum.tlbFlushes += flushes;
        sum.tlbEntriesFlushed += entriesFlushed;
        sum.codeDrops += code.drops();
        sum.deviceAccesses += deviceAccesses;
        locked.addCounters(sum);
    }

    /** Drops all translations. */
    public void flushAll() {
        flushes++;
        entriesFlushed += 3 * ENTRIES;
        for (int i = READ; i < FETCH + ENTRIES * 2; i += 2) {
            t[i] = INVALID;
        }
        fills.clearAll();
    }

    /** Drops the translations that are not global (SDM vol. 3 §4.10.4.1, MOV to CR3). */
    public void flushNonGlobal() {
        flushes++;
        int count = fills.count();
        entriesFlushed += count < 0 ? 3 * ENTRIES : count;
        if (count < 0) {
            for (int i = READ; i < FETCH + ENTRIES * 2; i += 2) {
                dropUnlessGlobal(i);
            }
        }
        for (int i = 0; i < count; i++) {
            dropUnlessGlobal(fills.entry(i));
        }
        fills.clear();
    }

    private void dropUnlessGlobal(int at) {
        if (!global[at - READ >> 1]) {
            t[at] = INVALID;
        }
    }

    /** Drops one page's translations, of both privileges and all pieces if it is a large page (SDM vol. 3 §4.10.4.1, INVLPG). */
    public void flushPage(long linear) {
        int i = slot(linear);
        t[READ + i] = INVALID;
        t[WRITE + i] = INVALID;
        t[FETCH + i] = INVALID;
        if (fills.mayHoldHuge(linear)) {
            flushAll();
        } else if (fills.mayHoldLarge(linear)) {
            entriesFlushed += 3 * ENTRIES;
            for (int at = READ; at < FETCH + ENTRIES * 2; at += 2) {
                if (TlbFills.samePiece(t[at], linear)) {
                    t[at] = INVALID;
                }
            }
        }
    }

    /** Logs writes from now on, or no more (null). On the CPU's thread or while it does not run. */
    public void logWrites(DirtyPages log) {
        dirty = log;
        walker.dirty = log;
        forgetWrites(false);
    }

    /**
     * Drops the translations for writing, so that the next write to each page is logged again.
     *
     * @param mark whether their pages may have been written since the log was cleaned
     */
    public void forgetWrites(boolean mark) {
        for (int i = WRITE; i < WRITE + ENTRIES * 2; i += 2) {
            if (mark && dirty != null && t[i] != INVALID) {
                dirty.mark(ram.pageIndexOfHost((t[i] & PAGE) + t[i + 1]));
            }
            t[i] = INVALID;
        }
    }

    /** Follows a change of CPL. */
    public void setUser(boolean user) {
        t[PRIVILEGE] = t[PRIVILEGE] & WATCHED | (user ? USER : 0);
    }

    /** Has every access compared with the data breakpoints, or no more; hits are left in {@link CpuState#debugHits}. */
    public void watchData(boolean on) {
        t[PRIVILEGE] = t[PRIVILEGE] & ~WATCHED | (on ? WATCHED : 0);
    }

    /** Has accesses checked for alignment until the privilege changes, or no more. */
    public void checkAlignment(boolean on) {
        t[PRIVILEGE] = t[PRIVILEGE] & ~ALIGNED | (on ? ALIGNED : 0);
    }

    /** Whether accesses are checked for alignment. */
    public boolean checksAlignment() {
        return (t[PRIVILEGE] & ALIGNED) != 0;
    }

    /** Has accesses to data told to a debugger from now on, or no more (null). */
    public void watch(DataWatch watched) {
        watch = watched;
        flushAll();
    }

    /** Loads the directory pointers of PAE paging; false, with nothing changed, when they have reserved bits set. */
    public boolean loadDirectoryPointers(long cr3) {
        return walker.loadDirectoryPointers(cr3);
    }

    private void inspect(long a, int size, boolean write) {
        if ((t[PRIVILEGE] & ALIGNED) != 0 && (a & size - 1) != 0) {
            throw state.fault(CpuException.AC, 0);
        }
        if ((t[PRIVILEGE] & WATCHED) != 0) {
            state.debugHits |= Breakpoints.data(state.dr, a, size, write);
        }
    }

    private boolean user() {
        return (t[PRIVILEGE] & USER) != 0;
    }

    /** Keeps the translation of the last walk; with SMAP, one that the supervisor made of a user page is the user's. */
    private void remember(int tlb, long a, long host) {
        if (watch != null && tlb != FETCH && watch.watchesPage(a)) {
            return;
        }
        int at = tlb + slot(a);
        t[at] = a & PAGE | walker.tag;
        t[at + 1] = host - a;
        global[at - READ >> 1] = walker.global;
        if (!walker.global) {
            fills.add(at);
        }
        if (walker.pageShift != PageWalker.SMALL) {
            fills.addLarge(a, walker.pageShift);
        }
    }

    /** Whether an entry is the user's and good for this access all the same: SMAP is on and open, or the user's accesses are inspected. */
    private boolean usersEntry(int at, long a) {
        return t[at] == (a & PAGE | USER)
                && (user() || (state.cr4 & CpuState.CR4_SMAP) != 0 && (state.systemFlags & CpuState.AC) != 0 && !walker.implicit);
    }

    static int slot(long linear) {
        return ((int) (linear >>> 12) & INDEX_MASK) * 2;
    }

    // ---- data reads -------------------------------------------------------------------------------------------------------------------

    /** Reads a byte, zero-extended. */
    public long read8(long a) {
        long value = read8(t, this, a);
        VarHandle.acquireFence();
        return value;
    }

    /** {@link #read8(long)} for a loop that has {@link CpuState#r} at hand. */
    public static long read8(long[] t, Mmu m, long a) {
        int i = READ + slot(a);
        if (t[i] == (a & PAGE | t[PRIVILEGE])) {
            return HostMemory.get8(a + t[i + 1]);
        }
        return m.readSlow(a, 1);
    }

    /** Reads two bytes, zero-extended. */
    public long read16(long a) {
        long value = read16(t, this, a);
        VarHandle.acquireFence();
        return value;
    }

    /** {@link #read16(long)} for a loop that has {@link CpuState#r} at hand. */
    public static long read16(long[] t, Mmu m, long a) {
        int i = READ + slot(a);
        if (t[i] == (a + 1 & PAGE | t[PRIVILEGE])) {
            return HostMemory.get16(a + t[i + 1]);
        }
        return m.readSlow(a, 2);
    }

    /** Reads four bytes, zero-extended. */
    public long read32(long a) {
        long value = read32(t, this, a);
        VarHandle.acquireFence();
        return value;
    }

    /** {@link #read32(long)} for a loop that has {@link CpuState#r} at hand. */
    public static long read32(long[] t, Mmu m, long a) {
        int i = READ + slot(a);
        if (t[i] == (a + 3 & PAGE | t[PRIVILEGE])) {
            return HostMemory.get32(a + t[i + 1]);
        }
        return m.readSlow(a, 4);
    }

    /** Reads eight bytes. */
    public long read64(long a) {
        long value = read64(t, this, a);
        VarHandle.acquireFence();
        return value;
    }

    /** {@link #read64(long)} for a loop that has {@link CpuState#r} at hand. */
    public static long read64(long[] t, Mmu m, long a) {
        int i = READ + slot(a);
        if (t[i] == (a + 7 & PAGE | t[PRIVILEGE])) {
            return HostMemory.get64(a + t[i + 1]);
        }
        return m.readSlow(a, 8);
    }

    /** Reads 1, 2, 4 or 8 bytes, zero-extended. */
    public long read(long a, int size) {
        return switch (size) {
            case 1 -> read8(a);
            case 2 -> read16(a);
            case 4 -> read32(a);
            default -> read64(a);
        };
    }

    /** Reads what will be written back, without a fence: a page fault is a write's (SDM vol. 3 §4.7). */
    public long readForWrite(long a, int size) {
        try {
            return switch (size) {
                case 1 -> read8(t, this, a);
                case 2 -> read16(t, this, a);
                case 4 -> read32(t, this, a);
                default -> read64(t, this, a);
            };
        } catch (CpuException e) {
            if (e.vector == CpuException.PF) {
                e.errorCode |= PageWalker.ERROR_WRITE;
            }
            throw e;
        }
    }

    @Override
    public long load(long address, int size) {
        return read(address, size);
    }

    private long readSlow(long a, int size) {
        if ((t[PRIVILEGE] & ~USER) != 0) {
            inspect(a, size, false);
        }
        if ((a + size - 1 & PAGE) != (a & PAGE)) {
            return readAcross(a, size);
        }
        int at = READ + slot(a);
        if (usersEntry(at, a)) {
            return hostRead(a + t[at + 1], size);
        }
        long physical = walker.translate(a, PageWalker.READ, user());
        if (watch != null) {
            watch.check(a, size, false);
        }
        long host = ram.host(physical);
        if (host == 0) {
            return deviceRead(physical, size);
        }
        remember(READ, a, host);
        if (walker.writeReady && dirty == null && !code.holds(ram.pageIndex(physical))) {
            remember(WRITE, a, host);
        }
        return hostRead(host, size);
    }

    private static long hostRead(long host, int size) {
        return switch (size) {
            case 1 -> HostMemory.get8(host);
            case 2 -> HostMemory.get16(host);
            case 4 -> HostMemory.get32(host);
            default -> HostMemory.get64(host);
        };
    }

    /** Byte by byte: only the slow path of an access over a page's end. */
    private long readAcross(long a, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= read8(wrap(a + i)) << 8 * i;
        }
        return value;
    }

    /** Outside 64-bit mode linear addresses have 32 bits. */
    private long wrap(long a) {
        return state.mode == 8 ? a : a & 0xFFFF_FFFFL;
    }

    private long deviceRead(long physical, int size) {
        deviceAccesses++;
        if (apic.owns(physical)) {
            return apic.read((int) physical & 0xFFF) & 0xFFFF_FFFFL & (size == 8 ? -1L : (1L << 8 * size) - 1);
        }
        return ops.mmioRead(physical, size);
    }

    // ---- data writes ------------------------------------------------------------------------------------------------------------------

    /** Writes a byte. */
    public void write8(long a, long value) {
        VarHandle.releaseFence();
        write8(t, this, a, value);
    }

    /** {@link #write8(long, long)} for a loop that has {@link CpuState#r} at hand. */
    public static void write8(long[] t, Mmu m, long a, long value) {
        int i = WRITE + slot(a);
        if (t[i] == (a & PAGE | t[PRIVILEGE])) {
            HostMemory.put8(a + t[i + 1], value);
        } else {
            m.writeSlow(a, 1, value);
        }
    }

    /** Writes two bytes. */
    public void write16(long a, long value) {
        VarHandle.releaseFence();
        write16(t, this, a, value);
    }

    /** {@link #write16(long, long)} for a loop that has {@link CpuState#r} at hand. */
    public static void write16(long[] t, Mmu m, long a, long value) {
        int i = WRITE + slot(a);
        if (t[i] == (a + 1 & PAGE | t[PRIVILEGE])) {
            HostMemory.put16(a + t[i + 1], value);
        } else {
            m.writeSlow(a, 2, value);
        }
    }

    /** Writes four bytes. */
    public void write32(long a, long value) {
        VarHandle.releaseFence();
        write32(t, this, a, value);
    }

    /** {@link #write32(long, long)} for a loop that has {@link CpuState#r} at hand. */
    public static void write32(long[] t, Mmu m, long a, long value) {
        int i = WRITE + slot(a);
        if (t[i] == (a + 3 & PAGE | t[PRIVILEGE])) {
            HostMemory.put32(a + t[i + 1], value);
        } else {
            m.writeSlow(a, 4, value);
        }
    }

    /** Writes eight bytes. */
    public void write64(long a, long value) {
        VarHandle.releaseFence();
        write64(t, this, a, value);
    }

    /** {@link #write64(long, long)} for a loop that has {@link CpuState#r} at hand. */
    public static void write64(long[] t, Mmu m, long a, long value) {
        int i = WRITE + slot(a);
        if (t[i] == (a + 7 & PAGE | t[PRIVILEGE])) {
            HostMemory.put64(a + t[i + 1], value);
        } else {
            m.writeSlow(a, 8, value);
        }
    }

    /** Writes 1, 2, 4 or 8 bytes. */
    public void write(long a, int size, long value) {
        switch (size) {
            case 1 -> write8(a, value);
            case 2 -> write16(a, value);
            case 4 -> write32(a, value);
            default -> write64(a, value);
        }
    }

    @Override
    public void store(long address, int size, long value) {
        write(address, size, value);
    }

    private void writeSlow(long a, int size, long value) {
        if ((t[PRIVILEGE] & ~USER) != 0) {
            inspect(a, size, true);
        }
        if ((a + size - 1 & PAGE) != (a & PAGE)) {
            writeAcross(a, size, value);
            return;
        }
        int at = WRITE + slot(a);
        if (usersEntry(at, a)) {
            hostWrite(a + t[at + 1], size, value);
            return;
        }
        long physical = walker.translate(a, PageWalker.WRITE, user());
        if (watch != null) {
            watch.check(a, size, true);
        }
        long host = ram.host(physical);
        if (host == 0) {
            deviceWrite(physical, size, value);
            return;
        }
        hostWrite(host, size, value);
        afterWrite(a, physical, host, size);
    }

    /** Fills the write TLB, or tells decoded code that its bytes changed. */
    private void afterWrite(long a, long physical, long host, int size) {
        if (dirty != null) {
            dirty.mark(ram.pageIndex(physical));
        }
        if (group != null) {
            VarHandle.fullFence();
        }
        if (code.holds(ram.pageIndex(physical))) {
            code.written(physical, size);
            return;
        }
        if (walker.writeReady) {
            remember(WRITE, a, host);
        }
    }

    private static void hostWrite(long host, int size, long value) {
        switch (size) {
            case 1 -> HostMemory.put8(host, value);
            case 2 -> HostMemory.put16(host, value);
            case 4 -> HostMemory.put32(host, value);
            default -> HostMemory.put64(host, value);
        }
    }

    private void writeAcross(long a, int size, long value) {
        // The second page's rights are checked before the first byte is written.
        checkWritable(wrap(a + size - 1));
        if (watch != null) {
            // Nor is any written when a debugger wants to see it: the instruction will begin anew.
            checkWritable(a);
            watch.check(a, size, true);
        }
        for (int i = 0; i < size; i++) {
            write8(wrap(a + i), value >>> 8 * i);
        }
    }

    private void deviceWrite(long physical, int size, long value) {
        deviceAccesses++;
        long masked = size == 8 ? value : value & (1L << 8 * size) - 1;
        if (apic.owns(physical)) {
            apic.write((int) physical & 0xFFF, (int) masked);
        } else {
            ops.mmioWrite(physical, size, masked);
        }
    }

    /** Raises the fault that a write to this byte would raise. */
    public void checkWritable(long a) {
        int i = slot(a);
        if (t[WRITE + i] != (a & PAGE | t[PRIVILEGE])) {
            walker.translate(a, PageWalker.WRITE, user());
        }
    }

    // ---- for LOCKed instructions ------------------------------------------------------------------------------------------------------

    /** Accesses of LOCKed instructions. */
    public LockedAccess locked() {
        return locked;
    }

    /** Whether other CPUs use this memory. */
    public boolean shared() {
        return group != null;
    }

    /** What is looked at before a locked access: alignment, and what debuggers watch. */
    void inspectLocked(long a, int size) {
        if ((t[PRIVILEGE] & ~USER) != 0) {
            inspect(a, size, true);
        }
        if (watch != null && watch.watchesPage(a)) {
            checkWritable(a);
            watch.check(a, size, true);
        }
    }

    /** Host address for a write to RAM that {@link #writtenBehind} must be told of, or 0. Faults as a write does. */
    long hostOfWrite(long a) {
        return ram.host(walker.translate(a, PageWalker.WRITE, user()));
    }

    /** RAM was written at an address of {@link #hostOfWrite}. */
    void writtenBehind(long host, int size) {
        if (dirty != null) {
            dirty.mark(ram.pageIndexOfHost(host));
        }
        code.written(ram.physical(host), size);
    }

    /** Host address for a direct write to RAM that holds no code, or 0. Faults as a write does. */
    long writableHost(long a) {
        if (watch != null && watch.watchesPage(a)) {
            return 0;
        }
        int i = slot(a);
        if (t[WRITE + i] == (a & PAGE | t[PRIVILEGE])) {
            return a + t[WRITE + i + 1];
        }
        if ((t[PRIVILEGE] & ~USER) != 0) {
            return 0;
        }
        if (usersEntry(WRITE + i, a)) {
            return a + t[WRITE + i + 1];
        }
        long physical = walker.translate(a, PageWalker.WRITE, user());
        long host = ram.host(physical);
        // A write that no translation is kept of must be logged after it: by the slow way.
        if (host == 0 || !walker.writeReady || code.holds(ram.pageIndex(physical))) {
            return 0;
        }
        if (dirty != null) {
            dirty.mark(ram.pageIndex(physical));
        }
        remember(WRITE, a, host);
        return host;
    }

    // ---- bulk, for string instructions ------------------------------------------------------------------------------------------------

    /**
     * Copies ascending inside one source and one destination page. Both must be RAM without code.
     *
     * @return false, with nothing done, when the pieces cannot be copied in bulk; faults as the accesses would
     */
    public boolean copyWithinPages(long from, long to, int length) {
        long source = readableHost(from);
        long target = writableHost(to);
        if (source == 0 || target == 0) {
            return false;
        }
        if (target > source && target < source + length) {
            // An ascending byte copy onto itself repeats a pattern; bulk copy would not.
            return false;
        }
        HostMemory.copy(source, target, length);
        return true;
    }

    /** Fills inside one page of RAM without code; see {@link #copyWithinPages}. */
    public boolean fillWithinPage(long to, int length, int size, long value) {
        long target = writableHost(to);
        if (target == 0) {
            return false;
        }
        byte low = (byte) value;
        if (size == 1 || value == (low & 0xFFL) * (0x0101_0101_0101_0101L >>> 64 - 8 * size)) {
            HostMemory.fill(target, length, low);
        } else {
            for (int i = 0; i < length; i += size) {
                hostWrite(target + i, size, value);
            }
        }
        return true;
    }

    private long readableHost(long a) {
        if (watch != null && watch.watchesPage(a)) {
            return 0;
        }
        int i = slot(a);
        if (t[READ + i] == (a & PAGE | t[PRIVILEGE]) || usersEntry(READ + i, a) && (t[PRIVILEGE] & ~USER) == 0) {
            return a + t[READ + i + 1];
        }
        if ((t[PRIVILEGE] & ~USER) != 0) {
            return 0;
        }
        long host = ram.host(walker.translate(a, PageWalker.READ, user()));
        if (host != 0) {
            remember(READ, a, host);
        }
        return host;
    }

    // ---- supervisor accesses whatever the CPL (descriptor tables, TSS) -------------------------------------------------------------------

    /** Reads with supervisor privilege (SDM vol. 3 §4.6.1, implicit accesses). */
    public long readSystem(long a, int size) {
        long saved = t[PRIVILEGE];
        t[PRIVILEGE] = 0;
        walker.implicit = true;
        try {
            return read(a, size);
        } finally {
            t[PRIVILEGE] = saved;
            walker.implicit = false;
        }
    }

    /** Writes with supervisor privilege. */
    public void writeSystem(long a, int size, long value) {
        long saved = t[PRIVILEGE];
        t[PRIVILEGE] = 0;
        walker.implicit = true;
        try {
            write(a, size, value);
        } finally {
            t[PRIVILEGE] = saved;
            walker.implicit = false;
        }
    }

    // ---- code ------------------------------------------------------------------------------------------------------------------------

    /**
     * Physical address of code.
     *
     * @throws CpuException #PF where the page may not be executed
     */
    public long fetchAddress(long linear) {
        int i = slot(linear);
        if (t[FETCH + i] == (linear & PAGE | t[PRIVILEGE] & USER)) {
            return linear + t[FETCH + i + 1];
        }
        long physical = walker.translate(linear, PageWalker.EXECUTE, user());
        if (ram.host(physical) == 0) {
            throw new MachineStop(false, "Execution outside RAM at physical 0x" + Long.toHexString(physical));
        }
        remember(FETCH, linear, physical);
        return physical;
    }

    /** Copies code bytes that lie in one page. */
    public void copyCode(long physical, byte[] target, int offset, int length) {
        HostMemory.copyOut(ram.host(physical), target, offset, length);
    }

    /** Makes this CPU one of several; before it runs. */
    public void join(CpuGroup newGroup, int id) {
        group = newGroup;
        code.join(newGroup, id);
        locked.join(newGroup, id);
    }

    /** What is decoded from memory, and who sees when it changes. */
    public CodeTracker code() {
        return code;
    }

    /** Drops the write translations of a RAM page, which becomes code. On the CPU's thread. */
    public void dropWriteTranslations(long page) {
        long hostPage = ram.host(page);
        for (int i = 0; i < ENTRIES * 2; i += 2) {
            if (t[WRITE + i] != INVALID && (t[WRITE + i] & PAGE) + t[WRITE + i + 1] == hostPage) {
                t[WRITE + i] = INVALID;
            }
        }
    }

    /** Reads physical RAM for reports; -1 where there is none. */
    public int peekCode(long linear) {
        long cr2 = state.cr2;
        try {
            // SMEP: whoever executes the page is the one who may.
            long physical = walker.translate(linear, PageWalker.EXECUTE, user());
            long host = ram.host(physical);
            return host == 0 ? -1 : (int) HostMemory.get8(host);
        } catch (CpuException e) {
            return -1;
        } finally {
            state.cr2 = cr2;
        }
    }
}
