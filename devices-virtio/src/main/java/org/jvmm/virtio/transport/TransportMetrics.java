package org.jvmm.virtio.transport;

import org.jvmm.core.metrics.Counter;
import org.jvmm.virtio.device.ActivationException;

/** What happened at one transport; a guest that behaves leaves all but {@link #activations} and {@link #resets} at 0. */
public final class TransportMetrics {
    /** Drivers that reached DRIVER_OK with a device that started. */
    public final Counter activations = new Counter("mmio.activate_count");
    /** Activations that failed, the guest's or the host's fault. */
    public final Counter activationFailures = new Counter("mmio.activate_fails");
    /** Queues that could not be started again after their reset. */
    public final Counter queueFaults = new Counter("mmio.queue_fails");
    /** Times a device asked its driver for a reset. */
    public final Counter deviceErrors = new Counter("mmio.needs_reset_count");
    /** Device resets. */
    public final Counter resets = new Counter("mmio.reset_count");
    /** Resets that the event loop did not finish in time. */
    public final Counter resetTimeouts = new Counter("mmio.reset_timeouts");
    /** Status writes outside the transition table. */
    public final Counter badStatus = new Counter("mmio.bad_status_writes");
    /** FEATURES_OK refused: bits that were not offered, or VERSION_1 missing. */
    public final Counter badFeatures = new Counter("mmio.bad_features");
    /** Registers accessed at a wrong width, offset, direction or time. */
    public final Counter badAccesses = new Counter("mmio.bad_accesses");
    /** Notifications for a queue that does not exist. */
    public final Counter badNotifications = new Counter("mmio.bad_notifications");
    /** Interrupts raised. */
    public final Counter interrupts = new Counter("mmio.interrupt_count");

    /** Why the last activation failed when the host was the reason, else null. */
    volatile ActivationException lastActivationFailure;

    TransportMetrics() {}

    /** Why the last activation failed when the host was the reason, else null. */
    public ActivationException lastActivationFailure() {
        return lastActivationFailure;
    }
}
