package org.jvmm.core.cpu;

/** What an engine counted on one or several vCPUs since their creation. An engine leaves at 0 what it does not count. */
public final class VcpuCounters {
    /** Told of every counter. */
    @FunctionalInterface
    public interface Visitor {
        /** @param name lower case with underscores */
        void counter(String name, long value);
    }

    /** Instructions retired one by one. */
    public long interpreted;
    /** Instructions retired in compiled code. */
    public long compiled;
    /** Accesses to linear memory that instructions of frequent forms made; of others those that their operands name. */
    public long dataAccesses;
    /** Data accesses that walked the page tables, because the TLB did not have the page or because the page holds decoded code. */
    public long dataMisses;
    /** Fetches of code that walked the page tables. */
    public long fetchMisses;
    /** Whole flushes of the TLBs, with or without the global pages. */
    public long tlbFlushes;
    /** TLB entries looked at in order to drop them. */
    public long tlbEntriesFlushed;
    /** Looks for a block by address; those that the block before already knew are not among them. */
    public long blockLookups;
    /** Looks that found none: blocks decoded. */
    public long blocksDecoded;
    /** Times that a CPU dropped all its decoded code because it took too much memory. */
    public long codeDrops;
    /** Regions compiled to JVM bytecode. */
    public long regionsCompiled;
    /** Regions dropped because their bytes changed. */
    public long regionsInvalidated;
    /** Entries into compiled code. */
    public long regionEntries;
    /** Accesses to device registers, by memory or port. */
    public long deviceAccesses;
    /** Returns from guest execution to the engine; with KVM from the kernel, with the software CPU from its loop. */
    public long exits;
    /** External interrupts and NMIs delivered. */
    public long interrupts;
    /** Exceptions delivered. */
    public long exceptions;
    /** Times that a CPU stopped all others for an access that the host cannot do atomically. */
    public long cpuStops;
    /** Nanoseconds that it waited for them. */
    public long cpuStopNanos;

    /** All zero. */
    public VcpuCounters() {}

    /** All instructions. */
    public long instructions() {
        return interpreted + compiled;
    }

    /** Adds another's. */
    public void add(VcpuCounters other) {
        interpreted += other.interpreted;
        compiled += other.compiled;
        dataAccesses += other.dataAccesses;
        dataMisses += other.dataMisses;
        fetchMisses += other.fetchMisses;
        tlbFlushes += other.tlbFlushes;
        tlbEntriesFlushed += other.tlbEntriesFlushed;
        blockLookups += other.blockLookups;
        blocksDecoded += other.blocksDecoded;
        codeDrops += other.codeDrops;
        regionsCompiled += other.regionsCompiled;
        regionsInvalidated += other.regionsInvalidated;
        regionEntries += other.regionEntries;
        deviceAccesses += other.deviceAccesses;
        exits += other.exits;
        interrupts += other.interrupts;
        exceptions += other.exceptions;
        cpuStops += other.cpuStops;
        cpuStopNanos += other.cpuStopNanos;
    }

    /** Shows all counters and what follows from them, in a fixed order. */
    public void visit(Visitor visitor) {
        visitor.counter("instructions_interpreted", interpreted);
        visitor.counter("instructions_compiled", compiled);
        visitor.counter("tlb_data_hits", Math.max(0, dataAccesses - dataMisses));
        visitor.counter("tlb_data_misses", dataMisses);
        visitor.counter("tlb_fetch_hits", Math.max(0, blockLookups - fetchMisses));
        visitor.counter("tlb_fetch_misses", fetchMisses);
        visitor.counter("tlb_flushes", tlbFlushes);
        visitor.counter("tlb_entries_flushed", tlbEntriesFlushed);
        visitor.counter("block_lookups", blockLookups);
        visitor.counter("block_hits", blockLookups - blocksDecoded);
        visitor.counter("blocks_decoded", blocksDecoded);
        visitor.counter("code_drops", codeDrops);
        visitor.counter("regions_compiled", regionsCompiled);
        visitor.counter("regions_invalidated", regionsInvalidated);
        visitor.counter("region_entries", regionEntries);
        visitor.counter("device_accesses", deviceAccesses);
        visitor.counter("exits", exits);
        visitor.counter("interrupts", interrupts);
        visitor.counter("exceptions", exceptions);
        visitor.counter("cpu_stops", cpuStops);
        visitor.counter("cpu_stop_nanos", cpuStopNanos);
    }
}
