package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.cpu.fault.DebugStop;
import org.jvmm.cpu.mmu.DataWatch;

/**
 * Where a debugger wants the CPU back. {@link BlockCache#find} asks before it gives a block away, and cuts blocks so that every instruction that may be meant
 * is the first of one that no other is linked to: neither the interpreter's loop nor compiled code knows of debuggers.
 *
 * <p>Blocks are named by physical addresses and breakpoints by linear ones; what they share is the offset in the page, so that is what blocks are cut by.
 */
final class DebugPoints {
    private static final int PAGE = 4096;

    private final DebugPlan plan;
    /** Offsets in a page before which blocks are cut, a bit each; they stay when a breakpoint is taken away, since it often comes back. */
    private final long[] cuts;
    /** Instructions until it stops. */
    private int left;
    private final boolean armed;
    private final DataWatch watch;

    /** @param before what was in force until now, or null */
    DebugPoints(DebugPlan plan, DebugPoints before) {
        this.plan = plan;
        this.cuts = before == null ? new long[PAGE / 64] : before.cuts.clone();
        this.armed = plan.step();
        this.watch = plan.watches().isEmpty() ? null : new DataWatch(plan.watches());
        for (long address : plan.breakpoints()) {
            cut((int) address & PAGE - 1);
        }
        for (long i = 0; i < Math.min(plan.to() - plan.from(), PAGE); i++) {
            cut((int) (plan.from() + i) & PAGE - 1);
        }
    }

    /** The data that is watched, or null. */
    DataWatch watch() {
        return watch;
    }

    private void cut(int offset) {
        cuts[offset >> 6] |= 1L << offset;
    }

    /** Whether a block must not go beyond or be linked to an instruction at this address, linear or physical. */
    boolean cutsAt(long address) {
        int offset = (int) address & PAGE - 1;
        return plan.step() || (cuts[offset >> 6] & 1L << offset) != 0;
    }

    /** Whether blocks are cut at an offset that the other does not cut at. */
    boolean cutsMoreThan(DebugPoints other, int offset) {
        long mask = cuts[offset >> 6] & (other == null ? -1L : ~other.cuts[offset >> 6]);
        return (mask & 1L << offset) != 0;
    }

    /** A run begins at this instruction; it may also be one that executes it without looking it up. */
    void begin(long linear) {
        left = 1;
        if (!armed && plan.stopsAt(linear)) {
            throw DebugStop.INSTANCE;
        }
    }

    /** An instruction is about to be looked up. */
    void next(long linear) {
        if (armed && left-- == 0 || !armed && plan.stopsAt(linear)) {
            throw DebugStop.INSTANCE;
        }
    }

    /** Whether the plan is to stop before an instruction. */
    boolean stopsAt(long linear) {
        return plan.stopsAt(linear);
    }

    /** Whether no interrupt may come between steps. */
    boolean holdsInterrupts() {
        return !plan.interrupts();
    }

    /** Whether single steps are wanted. */
    boolean stepping() {
        return armed;
    }
}
