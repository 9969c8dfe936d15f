package org.jvmm.virtio.device;

import org.jvmm.core.event.EventLoop;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;

/** What an active device works with, from its activation to the next reset. */
public final class DeviceContext {
    private final GuestMemory memory;
    private final long features;
    private final VirtQueue[] queues;
    private final VirtioInterrupt interrupt;
    private final EventLoop loop;

    /**
     * @param features the negotiated feature bits
     * @param queues all queues of the device, in order
     */
    public DeviceContext(GuestMemory memory, long features, VirtQueue[] queues, VirtioInterrupt interrupt, EventLoop loop) {
        this.memory = memory;
        this.features = features;
        this.queues = queues.clone();
        this.interrupt = interrupt;
        this.loop = loop;
    }

    /** Guest memory. */
    public GuestMemory memory() {
        return memory;
    }

    /** The negotiated feature bits. */
    public long features() {
        return features;
    }

    /** Whether all bits of {@code mask} were negotiated. */
    public boolean has(long mask) {
        return (features & mask) == mask;
    }

    /** Queue {@code index}; one that the driver did not set up is there too, but not {@linkplain VirtQueue#isReady() ready}. */
    public VirtQueue queue(int index) {
        return queues[index];
    }

    /** The way back to the driver. */
    public VirtioInterrupt interrupt() {
        return interrupt;
    }

    /** Where the device lives. Tasks and handlers given to it run as by {@link #run}. */
    public EventLoop loop() {
        return loop;
    }

    /**
     * Works on the queues outside of {@link VirtioDevice#handleQueue}, on the loop: what a timer, a socket or the host's side caused. A malformed ring or address is the guest's fault
     * there too: the driver is asked for a reset.
     */
    public void run(Runnable work) {
        try {
            work.run();
        } catch (VirtqueueException | GuestMemoryException e) {
            interrupt.needsReset();
        }
    }
}
