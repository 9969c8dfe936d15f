package org.jvmm.cpu.mmu;

/**
 * The watch over what one CPU has decoded: who is made of a RAM page's bytes is registered here and dropped when they are written, by this CPU, another or a device; and
 * all of it when it takes too much memory. On the CPU's thread, but for what says otherwise.
 */
public final class CodeTracker {
    private static final long PAGE = -4096;

    private final Mmu mmu;
    private final PhysicalRam ram;
    private final CodePages pages;
    /** The CPUs of the machine; null when this is the only one. */
    private CpuGroup group;
    private int cpu;
    private long drops;

    CodeTracker(Mmu mmu, PhysicalRam ram) {
        this.mmu = mmu;
        this.ram = ram;
        this.pages = new CodePages(ram.pages());
    }

    /** Makes this CPU one of several; before it runs. */
    void join(CpuGroup newGroup, int id) {
        group = newGroup;
        cpu = id;
        pages.share(newGroup.codeBytes(), newGroup.size());
    }

    /** Registers {@code dependent} as made from bytes of a page, so that writes to them are seen from now on: {@code from} to {@code to} (exclusive). */
    public void add(long physical, CodePage.Dependent dependent, int from, int to) {
        int index = ram.pageIndex(physical);
        CodePage page = pages.get(index);
        if (page == null) {
            page = pages.make(index);
            mmu.dropWriteTranslations(physical & PAGE);
        }
        pages.add(page, dependent, from, to);
        if (group != null) {
            group.code().register(cpu, index, physical & PAGE, CodePage.mask(from, to));
        }
    }

    /** What was made of a page's bytes and has this name, if it is valid; else null. */
    public CodePage.Dependent find(long physical, long name) {
        CodePage page = pages.get(ram.pageIndex(physical));
        return page == null ? null : page.find(name);
    }

    /** More memory is taken for the code of a page. */
    public void weigh(long physical, int bytes) {
        pages.weigh(ram.pageIndex(physical), bytes);
    }

    /** Whether the code of this CPU takes too much memory. */
    public boolean takesTooMuch() {
        return pages.tooMuch();
    }

    /** Drops all code of this CPU. */
    public void dropAll() {
        for (int i = 0; i < pages.count(); i++) {
            if (pages.get(i) != null) {
                drop(i);
            }
        }
        drops++;
    }

    /** How often all code was dropped. */
    long drops() {
        return drops;
    }

    /** Bytes of memory that decoded code of this CPU takes, roughly. */
    public long bytes() {
        return pages.bytes();
    }

    /** For tests: the bytes of memory that decoded code may take. */
    public void allow(long bytes) {
        pages.allow(bytes);
    }

    /** Whether no other CPU can still write to code unseen; true when there are none. */
    public boolean settled() {
        return group == null || group.settled(cpu);
    }

    /** Whether a page holds code, of this CPU or another. */
    boolean holds(int page) {
        return group == null ? pages.get(page) != null : group.code().holds(page);
    }

    /** Whether any code of this CPU came from this RAM page; a racy hint for other threads. */
    public boolean mayHold(long physical) {
        return ram.host(physical) != 0 && pages.get(ram.pageIndex(physical)) != null;
    }

    /** This CPU wrote to a page that holds code, its own or another's. */
    void written(long physical, int size) {
        int index = ram.pageIndex(physical);
        int offset = (int) physical & 0xFFF;
        invalidate(index, offset, offset + size);
        if (group != null) {
            group.code().written(cpu, index, physical, size, CodePage.mask(offset, offset + size));
        }
    }

    /** A device or another CPU wrote to RAM: drops code made from it. */
    public void writtenByOthers(long physical, long length) {
        long end = physical + length;
        for (long page = physical & PAGE; page < end; page += 4096) {
            if (ram.host(page) != 0) {
                invalidate(ram.pageIndex(page), (int) (Math.max(page, physical) - page), (int) (Math.min(page + 4096, end) - page));
            }
        }
    }

    private void invalidate(int index, int from, int to) {
        CodePage page = pages.get(index);
        if (page != null && page.touches(from, to)) {
            drop(index);
        }
    }

    private void drop(int index) {
        pages.drop(index);
        if (group != null) {
            group.code().release(cpu, index);
        }
    }
}
