package org.jvmm.cpu.mmu;

import java.util.List;
import org.jvmm.core.cpu.DebugWatch;
import org.jvmm.cpu.fault.DebugStop;

/**
 * What a debugger watches in memory. Pages with watched bytes are in no TLB for data, so that only accesses to them are compared; all others run at full speed.
 *
 * <p>While {@link #stops} is set an access that is meant is prevented, as by a page fault: its instruction begins anew. Otherwise it is only noted.
 */
public final class DataWatch {
    private static final long PAGE = ~0xFFFL;
    private static final int PAGE_SIZE = 4096;

    private final List<DebugWatch> watches;
    private boolean stops;
    private DebugWatch hit;

    /** @param watches at least one */
    public DataWatch(List<DebugWatch> watches) {
        this.watches = watches;
    }

    /** Has accesses prevented from now on, or only noted. */
    public void stops(boolean on) {
        stops = on;
    }

    /** What was met since {@link #forget}, or null. */
    public DebugWatch hit() {
        return hit;
    }

    /** Forgets what was met. */
    public void forget() {
        hit = null;
    }

    /** Whether any byte of the page around an address is watched. */
    boolean watchesPage(long linear) {
        for (DebugWatch watch : watches) {
            if (watch.overlaps(linear & PAGE, PAGE_SIZE)) {
                return true;
            }
        }
        return false;
    }

    /** An access that the page tables allow. */
    void check(long linear, int size, boolean write) {
        for (DebugWatch watch : watches) {
            if (watch.meets(linear, size, write)) {
                hit = watch;
                if (stops) {
                    throw DebugStop.INSTANCE;
                }
            }
        }
    }
}
