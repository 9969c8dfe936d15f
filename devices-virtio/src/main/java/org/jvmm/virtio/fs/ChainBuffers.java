package org.jvmm.virtio.fs;

import java.lang.foreign.MemorySegment;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.IoVector;

/** A request in a descriptor chain (virtio 1.3 §5.11.6.1): the readable part is the request, the writable part the room for its answer. */
final class ChainBuffers implements FuseBuffers {
    final DescriptorChain chain;
    /** Where the chain goes back to. */
    final FsQueue queue;
    /** Bytes of an answer that came late. */
    int written;

    ChainBuffers(DescriptorChain chain, FsQueue queue) {
        this.chain = chain;
        this.queue = queue;
    }

    @Override
    public long readable() {
        return chain.readableLength();
    }

    @Override
    public long writable() {
        return chain.writableLength();
    }

    @Override
    public void read(MemorySegment target, int length) {
        chain.read(target, 0, length);
    }

    @Override
    public void write(MemorySegment source, int length) {
        chain.write(source, 0, length);
    }

    @Override
    public void fillReadable(IoVector vector, long from, long length) {
        chain.fillReadable(vector, from, length);
    }

    @Override
    public void fillWritable(IoVector vector, long from, long length) {
        chain.fillWritable(vector, from, length);
    }

    @Override
    public void written(long from, long length) {
        chain.markWritten(from, length);
    }
}
