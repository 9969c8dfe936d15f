package org.jvmm.core.cpu;

/** Why {@link Vcpu#run()} came back: rare events only. */
public sealed interface VcpuExit {
    /** {@link Vcpu#kick()} was called. */
    record Interrupted() implements VcpuExit {
        /** The one instance. */
        public static final Interrupted INSTANCE = new Interrupted();
    }

    /**
     * The guest's CPU shut down: a triple fault.
     *
     * @param rip where
     * @param detail the chain of exceptions, for the user
     */
    record Shutdown(long rip, String detail) implements VcpuExit {}

    /**
     * What a {@link DebugPlan} asked for happened.
     *
     * @param rip of the next instruction
     * @param cause why
     * @param watch for {@link Cause#WATCHPOINT} what was accessed, else null
     */
    record Debug(long rip, Cause cause, DebugWatch watch) implements VcpuExit {
        /** Without a watchpoint. */
        public Debug(long rip, Cause cause) {
            this(rip, cause, null);
        }

        /** Why the CPU came back. */
        public enum Cause {
            /** One instruction was executed. */
            STEP,
            /** An interrupt was delivered between two steps; the next instruction is its handler's first. */
            INTERRUPT,
            /** The next instruction is one of the plan's. */
            BREAKPOINT,
            /** The next instruction is an INT3 in memory. */
            INT3,
            /** The instruction before, or the delivery of an exception or interrupt, accessed data that is watched. */
            WATCHPOINT
        }
    }

    /**
     * The engine cannot go on: an instruction it does not know, or an error of the host.
     *
     * @param rip where
     * @param detail what, with the instruction's bytes
     */
    record Failed(long rip, String detail) implements VcpuExit {}
}
