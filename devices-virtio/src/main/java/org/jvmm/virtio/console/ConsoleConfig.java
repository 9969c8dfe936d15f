package org.jvmm.virtio.console;

import org.jvmm.virtio.device.ConfigSpace;

/** Constants and configuration space of the console (virtio 1.3 §5.3), with one port. */
final class ConsoleConfig {
    // §5.3.3.
    static final long F_SIZE = 1L;
    static final long F_EMERG_WRITE = 1L << 2;

    // struct virtio_console_config, §5.3.4.
    static final int COLUMNS = 0;
    static final int ROWS = 2;
    static final int EMERGENCY = 8;
    private static final int SIZE = 12;

    /** §5.3.2. */
    static final int RECEIVE = 0;
    static final int TRANSMIT = 1;
    static final int QUEUES = 2;
    static final int QUEUE_SIZE = 64;
    /** Typed bytes that wait for the guest. */
    static final int INPUT = 64 << 10;
    /** Bytes of output before other devices of the loop get their turn. */
    static final int MAX_TURN = 256 << 10;

    private ConsoleConfig() {}

    static ConfigSpace space() {
        return new ConfigSpace(SIZE).writable(EMERGENCY, 4);
    }
}
