package org.jvmm.virtio.rng;

/** Limits of the entropy device; it has no configuration space (virtio 1.3 §5.4.4). */
final class RngConfig {
    static final int QUEUES = 1;
    static final int QUEUE_SIZE = 256;
    /** Most random bytes per request; §5.4.6.2 asks for one at least. */
    static final int MAX_REQUEST = 64 * 1024;
    /** Most random bytes per turn of the event loop, so that a greedy guest does not starve the other devices. */
    static final int MAX_TURN = 512 * 1024;
    /** The host's generator; opening it costs less at start than a {@link java.security.SecureRandom}. */
    static final String SOURCE = "/dev/urandom";

    private RngConfig() {}
}
