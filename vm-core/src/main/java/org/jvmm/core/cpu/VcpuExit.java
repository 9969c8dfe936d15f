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

    /** A debug event. */
    record Debug(long rip) implements VcpuExit {}

    /**
     * The engine cannot go on: an instruction it does not know, or an error of the host.
     *
     * @param rip where
     * @param detail what, with the instruction's bytes
     */
    record Failed(long rip, String detail) implements VcpuExit {}
}
