package org.jvmm.virtio.device;

import org.jvmm.virtio.queue.VirtQueue;

/** How a device tells its driver that something happened. */
public interface VirtioInterrupt {
    /** Buffers of the queue were used: interrupts the driver if it wants to know. */
    void queueUsed(VirtQueue queue);

    /** The configuration changed. */
    void configChanged();

    /** The device met something it cannot go on from: DEVICE_NEEDS_RESET (virtio 1.3 §2.1.2). */
    void needsReset();
}
