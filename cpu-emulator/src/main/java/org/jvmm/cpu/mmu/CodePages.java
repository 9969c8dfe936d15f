package org.jvmm.cpu.mmu;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The RAM pages of which one CPU holds decoded code, and how much memory that takes. All CPUs of a machine share one allowance: a guest may execute more
 * different code than there is memory to keep decoded.
 */
final class CodePages {
    private static final int CHUNK_BITS = 10;
    private static final int CHUNK = 1 << CHUNK_BITS;

    /** By page, in chunks that exist once one of their pages is code. */
    private final CodePage[][] pages;
    /** Bytes taken by all CPUs of the machine. */
    private AtomicLong all = new AtomicLong();
    private long mine;
    private long most = Runtime.getRuntime().maxMemory() / 4;
    private long fairShare = most;

    CodePages(int count) {
        pages = new CodePage[(count + CHUNK - 1) >> CHUNK_BITS][];
    }

    /** This CPU is one of several. Before it runs. */
    void share(AtomicLong taken, int cpus) {
        all = taken;
        fairShare = most / cpus;
    }

    /** For tests: the allowance in bytes. */
    void allow(long bytes) {
        fairShare = fairShare * bytes / most;
        most = bytes;
    }

    /** A page with code, or null. */
    CodePage get(int page) {
        CodePage[] chunk = pages[page >> CHUNK_BITS];
        return chunk == null ? null : chunk[page & CHUNK - 1];
    }

    /** Makes a page one with code. */
    CodePage make(int page) {
        CodePage[] chunk = pages[page >> CHUNK_BITS];
        if (chunk == null) {
            chunk = new CodePage[CHUNK];
            pages[page >> CHUNK_BITS] = chunk;
        }
        CodePage made = new CodePage();
        chunk[page & CHUNK - 1] = made;
        return made;
    }

    /** Registers something made from a page's bytes. */
    void add(CodePage page, CodePage.Dependent dependent, int from, int to) {
        int before = page.weight();
        page.add(dependent, from, to);
        weigh(page.weight() - before);
    }

    /** More memory is taken for a page's code. */
    void weigh(int page, int bytes) {
        CodePage code = get(page);
        if (code != null) {
            code.weigh(bytes);
            weigh(bytes);
        }
    }

    private void weigh(int bytes) {
        mine += bytes;
        all.addAndGet(bytes);
    }

    /** Drops all code of a page. */
    void drop(int page) {
        CodePage code = pages[page >> CHUNK_BITS][page & CHUNK - 1];
        pages[page >> CHUNK_BITS][page & CHUNK - 1] = null;
        code.invalidate();
        weigh(-code.weight());
    }

    /** Whether this CPU has to drop its code: the machine's allowance is used up, and this CPU has its part of it. */
    boolean tooMuch() {
        return mine > fairShare && all.get() > most;
    }

    /** Bytes taken by this CPU's code, roughly. */
    long bytes() {
        return mine;
    }

    /** Number of pages, with code or without. */
    int count() {
        return pages.length << CHUNK_BITS;
    }
}
