package org.jvmm.virtio.testing;

import java.util.concurrent.atomic.AtomicInteger;
import org.jvmm.core.irq.IrqLine;

/** An interrupt line that counts. */
public final class RecordingIrqLine implements IrqLine {
    private final AtomicInteger pulses = new AtomicInteger();

    @Override
    public void raise() {
        throw new AssertionError("Virtio interrupts are pulses");
    }

    @Override
    public void lower() {
        throw new AssertionError("Virtio interrupts are pulses");
    }

    @Override
    public void pulse() {
        pulses.incrementAndGet();
    }

    /** Pulses since the last call. */
    public int take() {
        return pulses.getAndSet(0);
    }
}
