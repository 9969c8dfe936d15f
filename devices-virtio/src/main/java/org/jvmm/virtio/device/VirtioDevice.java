package org.jvmm.virtio.device;

import org.jvmm.core.memory.GuestMemory;
import org.jvmm.virtio.queue.VirtQueue;

/** A device behind a transport. All but the constants and the configuration is called on the event loop. */
public interface VirtioDevice {
    /** One of {@link VirtioDeviceId}. */
    int id();

    /** Number of queues. */
    int queueCount();

    /** Feature bits beyond those of the transport (VERSION_1, EVENT_IDX, INDIRECT_DESC). */
    default long features() {
        return 0;
    }

    /** The configuration space as the driver reads it; the array is not changed. */
    byte[] config();

    /**
     * The driver is ready.
     *
     * @param memory guest memory
     * @param queues one a queue; null where the driver set none up
     * @param interrupt the way back
     */
    void activate(GuestMemory memory, VirtQueue[] queues, VirtioInterrupt interrupt);

    /** The driver notified of buffers in a queue. */
    void handleQueue(int queue);

    /** Back to the state before {@link #activate}. */
    void reset();
}
