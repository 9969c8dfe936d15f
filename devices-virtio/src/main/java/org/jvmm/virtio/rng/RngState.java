package org.jvmm.virtio.rng;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jvmm.virtio.device.DeviceState;

/** What an entropy device remembers: nothing, since bytes that the guest has not had yet must not be kept for two guests. */
record RngState() implements DeviceState {
    private static final int VERSION = 1;

    @Override
    public int version() {
        return VERSION;
    }

    @Override
    public void writeTo(DataOutput out) {
        // No fields.
    }

    static RngState readFrom(int version, DataInput in) throws IOException {
        if (version != VERSION) {
            throw new IOException("State of the entropy device has unknown version " + version);
        }
        return new RngState();
    }
}
