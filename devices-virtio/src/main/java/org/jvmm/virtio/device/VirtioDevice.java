package org.jvmm.virtio.device;

import org.jvmm.virtio.queue.VirtQueue;

/**
 * A virtio device behind a transport. The transport keeps the registers and the status; the device sees only what concerns its work.
 *
 * <p>{@link #activate}, {@link #handleQueue}, {@link #resetQueue} and {@link #reset} are called on the event loop. The rest may be called on a
 * vCPU thread, at most one call at a time, and does not block.
 */
public interface VirtioDevice {
    /** Device type, see {@link VirtioDeviceId}. */
    int id();

    /** Number of queues, at least 1. */
    int queueCount();

    /** Largest size of queue {@code index}: a power of two, at most 256. */
    int queueSize(int index);

    /** Feature bits on offer, constant; VIRTIO_F_VERSION_1 is among them. */
    long features();

    /**
     * Reads the configuration space.
     *
     * @param offset from the start of the configuration space, not checked against its length
     * @param size 1, 2, 4 or 8 bytes
     * @return the value, zero-extended; bytes outside the space read as 0
     */
    long readConfig(int offset, int size);

    /** Writes the configuration space; writes to read-only fields and outside of it are ignored. */
    void writeConfig(int offset, int size, long value);

    /**
     * The driver is ready (DRIVER_OK). The transport calls {@link #handleQueue} for each ready queue right after this.
     *
     * @param features the negotiated feature bits
     * @param queues all queues in order; those that the driver did not set up are not {@linkplain VirtQueue#isReady() ready}
     * @param interrupt valid until the reset
     * @throws ActivationException when the host refuses what the device needs; the driver is asked for a reset
     */
    void activate(long features, VirtQueue[] queues, VirtioInterrupt interrupt) throws ActivationException;

    /** The driver notified queue {@code index}, or may have: spurious calls happen. Only while active. */
    void handleQueue(int index);

    /**
     * The driver resets one queue (virtio 1.3 §2.6.1); afterwards the device must not touch a buffer of it. Only devices that offer
     * VIRTIO_F_RING_RESET are called.
     */
    default void resetQueue(int index) {
        throw new IllegalStateException("Device offers VIRTIO_F_RING_RESET without an implementation");
    }

    /** The driver resets the device (§2.4): when this returns, the device touches guest memory no more. Also called when not active. */
    void reset();
}
