package org.jvmm.virtio.console;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.jvmm.virtio.device.DeviceState;

/**
 * What a console remembers.
 *
 * @param pending typed bytes that the guest has not taken
 */
record ConsoleState(byte[] pending) implements DeviceState {
    private static final int VERSION = 1;

    @Override
    public int version() {
        return VERSION;
    }

    @Override
    public void writeTo(DataOutput out) throws IOException {
        out.writeInt(pending.length);
        out.write(pending);
    }

    static ConsoleState readFrom(int version, DataInput in) throws IOException {
        int length = version == VERSION ? in.readInt() : -1;
        if (length < 0 || length > ConsoleConfig.INPUT) {
            throw new IOException("State of the console is damaged, or of unknown version " + version);
        }
        byte[] pending = new byte[length];
        in.readFully(pending);
        return new ConsoleState(pending);
    }
}
