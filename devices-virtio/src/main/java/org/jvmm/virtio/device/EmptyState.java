package org.jvmm.virtio.device;

import java.io.DataOutput;

/** The state of a device that has none. */
record EmptyState() implements DeviceState {
    @Override
    public int version() {
        return 1;
    }

    @Override
    public void writeTo(DataOutput out) {
        // No fields.
    }
}
