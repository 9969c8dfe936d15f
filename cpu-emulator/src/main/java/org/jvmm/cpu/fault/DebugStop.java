package org.jvmm.cpu.fault;

/** A debugger wants the CPU back before the next instruction. Nothing of it has happened. */
public final class DebugStop extends RuntimeException {
    /** The one instance; it carries nothing. */
    public static final DebugStop INSTANCE = new DebugStop();

    private static final long serialVersionUID = 1;

    private DebugStop() {
        super(null, null, false, false);
    }
}
