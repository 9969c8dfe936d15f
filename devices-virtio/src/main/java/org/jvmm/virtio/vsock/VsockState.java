package org.jvmm.virtio.vsock;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jvmm.virtio.device.DeviceState;

/**
 * What a socket device remembers. Streams are not kept: a restored device tells its driver so (§5.10.6.7, TRANSPORT_RESET).
 *
 * @param nextPort the last host port that was given to a stream
 * @param resetPending whether the driver has still to be told of an earlier restore
 */
record VsockState(int nextPort, boolean resetPending) implements DeviceState {
    private static final int VERSION = 1;

    @Override
    public int version() {
        return VERSION;
    }

    @Override
    public void writeTo(DataOutput out) throws IOException {
        out.writeInt(nextPort);
        out.writeBoolean(resetPending);
    }

    static VsockState readFrom(int version, DataInput in) throws IOException {
        if (version != VERSION) {
            throw new IOException("State of the socket device has unknown version " + version);
        }
        return new VsockState(in.readInt(), in.readBoolean());
    }
}
