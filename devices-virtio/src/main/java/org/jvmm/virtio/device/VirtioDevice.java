package org.jvmm.virtio.device;

import java.io.DataInput;
import java.io.IOException;
import org.jvmm.core.event.Notifier;

/**
 * A virtio device behind a transport. The transport keeps registers, status and rings; the device sees only what concerns its work.
 *
 * <p>Constants ({@link #id}, {@link #queueCount}, {@link #queueSize}, {@link #features}, {@link #sharedMemory}) are asked from any thread. All else is called on the
 * loop that the transport was made with, never on a vCPU thread: the machine's one device loop, or a loop of the device's own when its work may block. A device whose
 * queues have threads of their own uses {@link QueueWorker}s. docs/virtio.md shows how to write one.
 */
public interface VirtioDevice {
    /** Device type, see {@link VirtioDeviceId}. */
    int id();

    /** Number of queues, at least 1. */
    int queueCount();

    /** Largest size of queue {@code index}: a power of two up to 32768. */
    default int queueSize(int index) {
        return 256;
    }

    /** Feature bits of the device type. The transport adds VERSION_1, INDIRECT_DESC and EVENT_IDX. */
    default long features() {
        return 0;
    }

    /** The configuration space; always the same object. */
    ConfigSpace config();

    /** The driver wrote at least one writable byte of {@code [offset, offset + size)} of the configuration space. */
    default void configWritten(int offset, int size) {
        // Most configuration spaces are read-only.
    }

    /**
     * Shared memory region {@code id} (virtio 1.3 §2.10).
     *
     * @return null when there is none
     */
    default SharedMemoryRegion sharedMemory(int id) {
        return null;
    }

    /**
     * What a notification of queue {@code index} signals instead of {@link #handleQueue} on the loop; for a queue with a {@link QueueWorker}. Asked once.
     *
     * @return null for the loop
     */
    default Notifier queueNotifier(int index) {
        return null;
    }

    /**
     * The driver is ready (DRIVER_OK). {@link #handleQueue} follows for each ready queue.
     *
     * @throws ActivationException when the host refuses what the device needs; the driver is asked for a reset
     */
    void activate(DeviceContext context) throws ActivationException;

    /**
     * The driver notified queue {@code index}, or may have: spurious calls happen. Only while active and not paused. A {@link org.jvmm.virtio.queue.VirtqueueException} may
     * pass: the driver is asked for a reset.
     */
    void handleQueue(int index);

    /**
     * The driver resets one queue (§2.6.1); afterwards no buffer of it is touched. Called only when the device offers VIRTIO_F_RING_RESET.
     */
    default void resetQueue(int index) {
        throw new IllegalStateException("Device offers VIRTIO_F_RING_RESET without an implementation");
    }

    /** Back to the state before {@link #activate} (§2.4): when this returns, guest memory is not touched any more. Also called when not active. */
    void reset();

    /**
     * The machine pauses (its vCPUs stand still): finishes what is in flight and touches guest memory no more until {@link #resume} or {@link #reset}. Afterwards the rings
     * hold nothing half done, so that their indices can be saved.
     */
    default void pause() {
        // A device that answers within handleQueue has nothing in flight.
    }

    /** The machine goes on; {@link #handleQueue} follows for each ready queue. */
    default void resume() {
        // Nothing was stopped.
    }

    /** What the device remembers, while it is paused. */
    default DeviceState save() {
        return DeviceState.EMPTY;
    }

    /**
     * Puts a saved state back, before {@link #activate}.
     *
     * @param state of the type that {@link #save} gives
     */
    default void restore(DeviceState state) {
        // Nothing was saved.
    }

    /**
     * Reads what {@link DeviceState#writeTo} has written.
     *
     * @throws IOException when the version is unknown or the data is cut short
     */
    default DeviceState readState(int version, DataInput in) throws IOException {
        if (version != DeviceState.EMPTY.version()) {
            throw new IOException("State of virtio device " + id() + " has unknown version " + version);
        }
        return DeviceState.EMPTY;
    }
}
