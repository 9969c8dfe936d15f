package org.jvmm.virtio.device;

import org.jvmm.virtio.queue.VirtQueue;

/** How an active device reaches its driver. Any thread. */
public interface VirtioInterrupt {
    /** Buffers of the queue were used: interrupts the driver unless the queue says that it does not want to know (virtio 1.3 §2.7.7.2). On the queue's thread. */
    void queueUsed(VirtQueue queue);

    /** Tells the driver that the configuration space has changed (§2.5). */
    void configChanged();

    /**
     * The device cannot go on: DEVICE_NEEDS_RESET and a configuration interrupt (§2.1.2). The queues stop at once; {@link VirtioDevice#reset()} follows on the
     * loop.
     */
    void needsReset();
}
