package org.jvmm.virtio.blk;

import org.jvmm.core.event.Notifier;
import org.jvmm.virtio.device.DeviceContext;

/** One request queue of a block device, and who carries its requests out. */
interface BlockQueue extends Notifier {
    /** Whether it has threads of its own; else the device's loop does the work in {@link #signal}. */
    boolean hasWorkers();

    /** The driver is ready; {@link #resume} is part of it. */
    void start(DeviceContext context);

    /** Lets it work, and looks at the queue once. */
    void resume();

    /** When this returns nothing is in flight, and nothing begins until {@link #resume}. */
    void quiesce();

    /** Quiet for ever. */
    void close();
}
