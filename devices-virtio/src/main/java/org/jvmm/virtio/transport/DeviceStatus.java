package org.jvmm.virtio.transport;

/** Bits of the device status and the order in which a driver sets them (virtio 1.3 §2.1, §3.1.1). */
final class DeviceStatus {
    static final int ACKNOWLEDGE = 1;
    static final int DRIVER = 2;
    static final int DRIVER_OK = 4;
    static final int FEATURES_OK = 8;
    static final int NEEDS_RESET = 64;
    static final int FAILED = 128;

    private static final int[][] TRANSITIONS = {
        { 0, ACKNOWLEDGE },
        { ACKNOWLEDGE, ACKNOWLEDGE | DRIVER },
        { ACKNOWLEDGE | DRIVER, ACKNOWLEDGE | DRIVER | FEATURES_OK },
        { ACKNOWLEDGE | DRIVER | FEATURES_OK, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK },
    };

    private DeviceStatus() {}

    /** Whether a driver may go from one status to the other; to 0 (reset) and to FAILED it always may. */
    static boolean allowed(int from, int to) {
        for (int[] transition : TRANSITIONS) {
            if (transition[0] == from && transition[1] == to) {
                return true;
            }
        }
        return false;
    }
}
