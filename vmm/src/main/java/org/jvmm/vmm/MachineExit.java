package org.jvmm.vmm;

/**
 * Why a machine ended.
 *
 * @param kind the reason
 * @param message one line for the user; empty for the normal ends
 */
public record MachineExit(Kind kind, String message) {
    /** Reasons. */
    public enum Kind {
        /** The guest reset itself: the normal end of a guest. */
        RESET,
        /** {@link Machine#stop()} or {@link Machine#close()}. */
        STOPPED,
        /** The guest's kernel panicked. */
        PANIC,
        /** The guest's CPU shut down: a triple fault. */
        TRIPLE_FAULT,
        /** The engine met something it cannot execute. */
        CPU_FAILED,
        /** A mistake of this program. */
        INTERNAL_ERROR
    }

    /** Whether the guest ended as it or its owner wanted. */
    public boolean isNormal() {
        return kind == Kind.RESET || kind == Kind.STOPPED;
    }
}
