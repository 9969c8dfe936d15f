package org.jvmm.virtio.balloon;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jvmm.virtio.device.DeviceState;

/**
 * What a balloon remembers beyond its configuration space, which holds target and actual size.
 *
 * @param intervalNanos between two requests for statistics, 0 for none
 */
record BalloonState(long intervalNanos) implements DeviceState {
    private static final int VERSION = 1;

    @Override
    public int version() {
        return VERSION;
    }

    @Override
    public void writeTo(DataOutput out) throws IOException {
        out.writeLong(intervalNanos);
    }

    static BalloonState readFrom(int version, DataInput in) throws IOException {
        if (version != VERSION) {
            throw new IOException("State of the balloon has unknown version " + version);
        }
        return new BalloonState(in.readLong());
    }
}
