package org.jvmm.virtio.blk;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jvmm.virtio.device.DeviceState;

/**
 * What a block device remembers: the size of the image that belongs to the guest's memory, so that another one is noticed. Requests are finished before a state is taken.
 *
 * @param bytes size of the image
 */
record BlockState(long bytes) implements DeviceState {
    private static final int VERSION = 1;

    @Override
    public int version() {
        return VERSION;
    }

    @Override
    public void writeTo(DataOutput out) throws IOException {
        out.writeLong(bytes);
    }

    static BlockState readFrom(int version, DataInput in) throws IOException {
        if (version != VERSION) {
            throw new IOException("State of the block device has unknown version " + version);
        }
        return new BlockState(in.readLong());
    }
}
