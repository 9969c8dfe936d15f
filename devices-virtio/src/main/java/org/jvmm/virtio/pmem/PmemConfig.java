package org.jvmm.virtio.pmem;

import org.jvmm.virtio.device.ConfigSpace;

/** Constants and configuration space of the persistent memory (virtio 1.3 §5.19). */
final class PmemConfig {
    // struct virtio_pmem_config, §5.19.4.
    private static final int START = 0;
    private static final int LENGTH = 8;
    private static final int SIZE = 16;

    static final int QUEUES = 1;
    static final int QUEUE_SIZE = 64;

    private PmemConfig() {}

    static ConfigSpace space(long start, long size) {
        ConfigSpace space = new ConfigSpace(SIZE);
        space.set(START, 8, start);
        space.set(LENGTH, 8, size);
        return space;
    }
}
