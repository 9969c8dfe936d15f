package org.jvmm.core.irq;

/** A software CPU's ear: the local APIC calls it, from any thread, when something may have become deliverable. */
@FunctionalInterface
public interface CpuInterruptListener {
    /** Look at {@link CpuInterrupts} before the next block, and wake from HLT. */
    void attention();
}
