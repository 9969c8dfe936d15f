package org.jvmm.vmm;

/** A machine cannot be made or used as asked. The message is one line for the user that says what is wrong and what is possible. */
public final class MachineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message one line */
    public MachineException(String message) {
        super(message);
    }

    /**
     * @param message one line
     * @param cause what the host said
     */
    public MachineException(String message, Throwable cause) {
        super(message, cause);
    }
}
