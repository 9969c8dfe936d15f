package org.jvmm.cpu.fault;

/** The CPU cannot go on: a triple fault of the guest, or something this engine does not know. Ends {@code run()}. */
public final class MachineStop extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final boolean shutdown;

    /**
     * @param shutdown true for a triple fault, the guest's doing; false when the engine lacks something
     * @param message what happened
     */
    public MachineStop(boolean shutdown, String message) {
        super(message, null, false, false);
        this.shutdown = shutdown;
    }

    /** Whether it is a triple fault. */
    public boolean isShutdown() {
        return shutdown;
    }
}
