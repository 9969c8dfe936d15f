package org.jvmm.virtio.rng;

import org.jvmm.virtio.device.ConfigSpace;

/** Constants of the entropy device (virtio 1.3 §5.4). */
final class RngConfig {
    /** §5.4.2: requestq. */
    static final int QUEUES = 1;
    /** Where the bytes come from. */
    static final String SOURCE = "/dev/urandom";
    /** Most bytes of one answer; the driver accepts a short one (§5.4.6). */
    static final int MAX_REQUEST = 64 << 10;
    /** Most bytes before other devices of the loop get their turn. */
    static final int MAX_TURN = 256 << 10;

    private RngConfig() {}

    /** §5.4.4: there is no configuration space. */
    static ConfigSpace space() {
        return new ConfigSpace(0);
    }
}
