package org.jvmm.virtio.net;

import org.jvmm.virtio.device.ConfigSpace;

/** Constants and configuration space of network cards (virtio 1.3 §5.1.4). */
final class NetConfig {
    /** §5.1.2: receiveq1. */
    static final int RECEIVE = 0;
    /** §5.1.2: transmitq1. */
    static final int TRANSMIT = 1;
    /** Queues of one pair; a pair's queues follow those of the pair before. */
    static final int QUEUES = 2;
    static final int QUEUE_SIZE = 256;

    static final int STATUS_LINK_UP = 1;

    /** Smallest MTU (VIRTIO_NET_F_MTU, §5.1.4.1). */
    static final int MIN_MTU = 68;
    static final int MAX_MTU = 65_535;

    /** Packets of one queue before others of the loop get their turn. */
    static final int MAX_TURN = 256;

    private static final int SIZE = 12;
    private static final int OFFSET_MAC = 0;
    private static final int OFFSET_STATUS = 6;
    private static final int OFFSET_PAIRS = 8;
    private static final int OFFSET_MTU = 10;

    private NetConfig() {}

    static ConfigSpace space(MacAddress mac, int mtu, int pairs) {
        ConfigSpace space = new ConfigSpace(SIZE);
        byte[] octets = new byte[6];
        for (int i = 0; i < 6; i++) {
            octets[i] = (byte) (mac.value() >> 40 - 8 * i);
        }
        space.set(OFFSET_MAC, octets);
        space.set(OFFSET_STATUS, 2, STATUS_LINK_UP);
        space.set(OFFSET_PAIRS, 2, pairs);
        space.set(OFFSET_MTU, 2, mtu);
        return space;
    }

    static void linkUp(ConfigSpace space, boolean up) {
        space.set(OFFSET_STATUS, 2, up ? STATUS_LINK_UP : 0);
    }
}
