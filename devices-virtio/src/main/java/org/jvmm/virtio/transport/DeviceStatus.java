package org.jvmm.virtio.transport;

/** The device status field and its way through initialisation (virtio 1.3 §2.1, §3.1.1). */
public final class DeviceStatus {
    /** Reset state. */
    public static final int INIT = 0;
    /** The guest has seen the device. */
    public static final int ACKNOWLEDGE = 1;
    /** The guest has a driver for it. */
    public static final int DRIVER = 2;
    /** The driver is set up. */
    public static final int DRIVER_OK = 4;
    /** Features are agreed on. */
    public static final int FEATURES_OK = 8;
    /** The device cannot go on; set by the device. */
    public static final int NEEDS_RESET = 64;
    /** The driver has given up. */
    public static final int FAILED = 128;

    /** From, to. */
    private static final int[][] TRANSITIONS = {
        // §3.1.1 step 2
        { INIT, ACKNOWLEDGE },
        // step 3
        { ACKNOWLEDGE, ACKNOWLEDGE | DRIVER },
        // step 5
        { ACKNOWLEDGE | DRIVER, ACKNOWLEDGE | DRIVER | FEATURES_OK },
        // step 8
        { ACKNOWLEDGE | DRIVER | FEATURES_OK, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK } };

    private DeviceStatus() {}

    /**
     * Whether the driver may write {@code to} when the status is {@code from}. Reset is always allowed, and so is giving up. NEEDS_RESET is the
     * device's bit; what the driver writes to it does not matter.
     */
    public static boolean isAllowed(int from, int to) {
        if (to == INIT) {
            return true;
        }
        int old = from & ~NEEDS_RESET;
        int next = to & ~NEEDS_RESET;
        // §3.1.1: when a step fails irrecoverably the driver sets FAILED and goes no further.
        if ((old & FAILED) == 0 && next == (old | FAILED)) {
            return true;
        }
        for (int[] transition : TRANSITIONS) {
            if (transition[0] == old && transition[1] == next) {
                return true;
            }
        }
        return false;
    }
}
