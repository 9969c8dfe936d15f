package org.jvmm.virtio.net;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jvmm.virtio.device.DeviceState;

/**
 * What a network card remembers beyond its rings and configuration: nothing. Connections of a user-mode network end with the process; networks lose
 * packets, and guests are used to that.
 */
record NetState() implements DeviceState {
    private static final int VERSION = 1;

    @Override
    public int version() {
        return VERSION;
    }

    @Override
    public void writeTo(DataOutput out) {
        // No fields.
    }

    static NetState readFrom(int version, DataInput in) throws IOException {
        if (version != VERSION) {
            throw new IOException("State of the network card has unknown version " + version);
        }
        return new NetState();
    }
}
