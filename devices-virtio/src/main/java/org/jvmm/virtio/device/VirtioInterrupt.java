package org.jvmm.virtio.device;

import org.jvmm.virtio.queue.VirtQueue;

/** How an active device reaches its driver. On the event loop. */
public interface VirtioInterrupt {
    /** Tells the driver of used buffers, unless the queue says that it does not want to know (virtio 1.3 §2.7.7.2). */
    void signalQueue(VirtQueue queue);

    /** Tells the driver that the configuration space has changed, and changes the configuration generation (§2.5.3). */
    void signalConfig();

    /** Asks the driver for a reset because the device cannot go on, by DEVICE_NEEDS_RESET and a configuration interrupt (§2.1.2). */
    void needsReset();
}
