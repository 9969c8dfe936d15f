package org.jvmm.core.cpu;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Where a {@link DebuggableVcpu} shall come back with {@link VcpuExit.Debug}. Addresses are linear. Immutable.
 *
 * @param step after one instruction
 * @param interrupts whether interrupts are delivered between steps; if not they are held off, unless the CPU sleeps in HLT: then it is woken first
 * @param breakpoints before the instruction at one of these; sorted
 * @param from before every instruction from here on
 * @param to up to here, exclusive; the two are equal for none
 * @param watches after an instruction that accessed one of these, if {@link DebuggableVcpu#watchesData()}
 */
public record DebugPlan(boolean step, boolean interrupts, long[] breakpoints, long from, long to, List<DebugWatch> watches) {
    private static final long[] NOWHERE = {};

    /** Stops nowhere. */
    public static final DebugPlan NONE = new DebugPlan(false, true, NOWHERE, 0, 0, List.of());
    /** Stops after one instruction, and after the delivery of an interrupt. */
    public static final DebugPlan TRACE = new DebugPlan(true, true, NOWHERE, 0, 0, List.of());

    public DebugPlan {
        breakpoints = breakpoints.clone();
        Arrays.sort(breakpoints);
        watches = List.copyOf(watches);
    }

    /** The same, and data is watched. */
    public DebugPlan watching(Collection<DebugWatch> data) {
        return new DebugPlan(step, interrupts, breakpoints, from, to, List.copyOf(data));
    }

    /** Stops before the instructions at these addresses. */
    public static DebugPlan at(long... breakpoints) {
        return new DebugPlan(false, true, breakpoints, 0, 0, List.of());
    }

    /** Stops after one instruction; interrupts wait. */
    public static DebugPlan oneStep() {
        return new DebugPlan(true, false, NOWHERE, 0, 0, List.of());
    }

    /** Stops before the first instruction in a range; {@code to} is exclusive, both are compared unsigned. */
    public static DebugPlan inside(long from, long to) {
        return new DebugPlan(false, true, NOWHERE, from, to, List.of());
    }

    /** Whether it stops before the instruction at an address. */
    public boolean stopsAt(long linear) {
        return Long.compareUnsigned(linear, from) >= 0 && Long.compareUnsigned(linear, to) < 0
                || Arrays.binarySearch(breakpoints, linear) >= 0;
    }
}
