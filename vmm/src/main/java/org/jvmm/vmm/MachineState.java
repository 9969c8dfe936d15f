package org.jvmm.vmm;

/** Where a machine is in its life. It goes down this list and never back. */
public enum MachineState {
    /** Built; no guest instruction has been executed. */
    CREATED,
    /** Its vCPU threads run. */
    RUNNING,
    /** Its vCPU threads have ended or are about to; {@link Machine#exit()} says why. */
    ENDED,
    /** Everything is given back; nothing of it may be used. */
    CLOSED
}
