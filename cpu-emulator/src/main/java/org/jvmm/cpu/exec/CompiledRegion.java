package org.jvmm.cpu.exec;

import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/** JVM bytecode made of a {@link Region}. */
abstract class CompiledRegion {
    /** What it was made of. */
    final Region region;

    CompiledRegion(Region region) {
        this.region = region;
    }

    /**
     * Executes from the region's entry, which is at {@link CpuState#rip}, until control leaves it; then {@link CpuState#rip} is where to go on.
     *
     * @throws org.jvmm.cpu.fault.CpuException an exception of the guest; {@link CpuState#rip} is the address of the instruction that raised it
     */
    abstract void run(CpuState s, long[] r, Mmu m, Interpreter in);
}
