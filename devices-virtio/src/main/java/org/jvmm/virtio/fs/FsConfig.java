package org.jvmm.virtio.fs;

import java.nio.charset.StandardCharsets;
import org.jvmm.virtio.device.ConfigSpace;

/** The configuration space of a file system device (virtio 1.3 §5.11.4). */
public final class FsConfig {
    /** Longest tag in bytes of UTF-8. */
    public static final int MAX_TAG = 36;
    /** Most request queues of a device. */
    public static final int MAX_REQUEST_QUEUES = 32;
    /** Queue 0: requests that must not wait behind others, as FORGET and INTERRUPT. */
    static final int HIPRIO_QUEUE = 0;
    static final int FIRST_REQUEST_QUEUE = 1;

    private static final int TAG = 0;
    private static final int NUM_REQUEST_QUEUES = 36;
    private static final int SIZE = 40;

    private FsConfig() {}

    /**
     * @param tag what the driver mounts by
     * @throws IllegalArgumentException when it is empty or longer than {@link #MAX_TAG} bytes, or the number of queues is out of range
     */
    static ConfigSpace space(String tag, int requestQueues) {
        byte[] bytes = tag.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_TAG) {
            throw new IllegalArgumentException("Tag of " + bytes.length + " bytes: 1 to " + MAX_TAG + " are possible");
        }
        if (requestQueues < 1 || requestQueues > MAX_REQUEST_QUEUES) {
            throw new IllegalArgumentException(requestQueues + " request queues: 1 to " + MAX_REQUEST_QUEUES + " are possible");
        }
        ConfigSpace space = new ConfigSpace(SIZE);
        // Padded with zeros, and without one when it has all 36 bytes.
        space.set(TAG, bytes);
        space.set(NUM_REQUEST_QUEUES, 4, requestQueues);
        return space;
    }
}
