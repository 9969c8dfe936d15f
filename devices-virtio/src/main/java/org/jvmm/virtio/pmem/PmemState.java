package org.jvmm.virtio.pmem;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jvmm.virtio.device.DeviceState;

/**
 * What a persistent memory remembers: where it was, since the guest has mapped it there.
 *
 * @param start guest-physical address
 * @param size bytes
 */
record PmemState(long start, long size) implements DeviceState {
    private static final int VERSION = 1;

    @Override
    public int version() {
        return VERSION;
    }

    @Override
    public void writeTo(DataOutput out) throws IOException {
        out.writeLong(start);
        out.writeLong(size);
    }

    static PmemState readFrom(int version, DataInput in) throws IOException {
        if (version != VERSION) {
            throw new IOException("State of the persistent memory has unknown version " + version);
        }
        return new PmemState(in.readLong(), in.readLong());
    }
}
