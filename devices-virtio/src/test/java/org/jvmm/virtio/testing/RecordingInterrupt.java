package org.jvmm.virtio.testing;

import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.VirtQueue;

/** Stands in for the transport when a device is driven without one; honours the queue's wish as the transport does. */
public final class RecordingInterrupt implements VirtioInterrupt {
    private int used;
    private int config;
    private int resets;

    @Override
    public synchronized void queueUsed(VirtQueue queue) {
        if (queue.needsInterrupt()) {
            used++;
        }
    }

    @Override
    public synchronized void configChanged() {
        config++;
    }

    @Override
    public synchronized void needsReset() {
        resets++;
    }

    /** Interrupts for used buffers. */
    public synchronized int used() {
        return used;
    }

    /** Interrupts for configuration changes. */
    public synchronized int config() {
        return config;
    }

    /** Times the device asked for a reset. */
    public synchronized int resets() {
        return resets;
    }
}
