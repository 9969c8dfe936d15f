package org.jvmm.virtio.device;

/** Whether a driver drives the device. */
public enum DeviceState {
    /** Before DRIVER_OK and after a reset: no queue may be touched. */
    INACTIVE,
    /** Between activation and reset. */
    ACTIVE
}
