package org.jvmm.virtio.fs;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jvmm.virtio.device.DeviceState;

/**
 * What a file system device remembers: the session, not its files, whose descriptors are of a process. A guest that goes on finds paths again from the root
 * on, since its kernel looks names up anew when their numbers have changed; what it had open is ESTALE or EBADF.
 *
 * @param negotiated flags of INIT, 0 when there was no session
 * @param epoch how often the session was restored: numbers of an earlier time never name anything later
 */
record FsState(long negotiated, int epoch) implements DeviceState {
    private static final int VERSION = 1;

    @Override
    public int version() {
        return VERSION;
    }

    @Override
    public void writeTo(DataOutput out) throws IOException {
        out.writeLong(negotiated);
        out.writeInt(epoch);
    }

    static FsState readFrom(int version, DataInput in) throws IOException {
        if (version != VERSION) {
            throw new IOException("State of the file system device has unknown version " + version);
        }
        return new FsState(in.readLong(), in.readInt());
    }
}
