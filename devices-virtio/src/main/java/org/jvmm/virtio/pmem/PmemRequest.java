package org.jvmm.virtio.pmem;

import org.jvmm.virtio.queue.DescriptorChain;

/** A request, {@code struct virtio_pmem_req}: le32 type, answered by {@code struct virtio_pmem_resp}: le32 ret (virtio 1.3 §5.19.6). */
final class PmemRequest {
    static final int FLUSH = 0;
    static final int SIZE = 4;

    private final byte[] type = new byte[SIZE];
    private final byte[] answer = new byte[SIZE];

    /** Whether the chain is a flush with room for its answer. */
    boolean isFlush(DescriptorChain chain) {
        return chain.writableLength() >= SIZE && chain.read(type, 0, SIZE) == SIZE
                && (type[0] | type[1] << 8 | type[2] << 16 | type[3] << 24) == FLUSH;
    }

    /** Writes {@code ret}: 0 is success; without room for it nothing. */
    void answer(DescriptorChain chain, boolean success) {
        answer[0] = (byte) (success ? 0 : 1);
        if (chain.writableLength() >= SIZE) {
            chain.write(answer, 0, SIZE);
        }
    }
}
