package org.jvmm.virtio.rng;

import org.jvmm.virtio.queue.DescriptorChain;

/** A request of the entropy device: nothing but room (virtio 1.3 §5.4.6). */
final class RngRequest {
    private RngRequest() {}

    /** Bytes wanted, at most {@link RngConfig#MAX_REQUEST}; 0 for a malformed request. The readable part must be absent (§5.4.6.1). */
    static int length(DescriptorChain chain) {
        return chain.readableLength() != 0 ? 0 : (int) Math.min(chain.writableLength(), RngConfig.MAX_REQUEST);
    }
}
