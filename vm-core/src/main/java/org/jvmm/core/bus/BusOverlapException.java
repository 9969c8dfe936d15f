package org.jvmm.core.bus;

/** Two devices claim the same addresses, or a window is empty: a mistake in the machine's assembly. */
public final class BusOverlapException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** @param message names both windows */
    public BusOverlapException(String message) {
        super(message);
    }
}
