package org.jvmm.virtio.device;

import java.io.DataOutput;
import java.io.IOException;

/**
 * What a device must remember beyond its registers, rings and configuration, in a neutral form: a record of numbers, strings and arrays that no
 * engine, file or thread hangs on. Each device package has one implementation.
 */
public interface DeviceState {
    /** Nothing to remember. */
    DeviceState EMPTY = new EmptyState();

    /** Version of the form; a reader refuses one above its own. */
    int version();

    /** Writes the fields, without the version, in their order. */
    void writeTo(DataOutput out) throws IOException;
}
