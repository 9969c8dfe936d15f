package org.jvmm.device;

import org.jvmm.core.irq.IrqLine;

/** An interrupt line that remembers its level and counts its rising edges. */
public final class RecordingLine implements IrqLine {
    private boolean high;
    private int edges;

    @Override
    public void raise() {
        if (!high) {
            edges++;
        }
        high = true;
    }

    @Override
    public void lower() {
        high = false;
    }

    @Override
    public void pulse() {
        raise();
        lower();
    }

    /** The level. */
    public boolean isHigh() {
        return high;
    }

    /** Rising edges since the last call. */
    public int takeEdges() {
        int taken = edges;
        edges = 0;
        return taken;
    }
}
