package org.jvmm.virtio.rng;

import org.jvmm.virtio.queue.DescriptorChain;

/** Reads a request of the entropy queue. */
final class RngRequest {
    private RngRequest() {}

    /** Bytes to give, 1 to {@link RngConfig#MAX_REQUEST}; 0 when the chain has readable parts or nothing to write (virtio 1.3 §5.4.6.1). */
    static int length(DescriptorChain chain) {
        if (chain.readableCount() != 0) {
            return 0;
        }
        return (int) Math.min(chain.writableLength(), RngConfig.MAX_REQUEST);
    }
}
