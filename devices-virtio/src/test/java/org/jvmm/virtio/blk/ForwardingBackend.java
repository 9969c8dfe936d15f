package org.jvmm.virtio.blk;

/** A disk that another one carries, for tests that change a part. */
class ForwardingBackend implements BlockBackend {
    private final BlockBackend to;

    ForwardingBackend(BlockBackend to) {
        this.to = to;
    }

    @Override
    public long size() {
        return to.size();
    }

    @Override
    public boolean isReadOnly() {
        return to.isReadOnly();
    }

    @Override
    public boolean canDiscard() {
        return to.canDiscard();
    }

    @Override
    public int read(BlockIo io, long position, long offset, long length) {
        return to.read(io, position, offset, length);
    }

    @Override
    public boolean readsAtOnce() {
        return to.readsAtOnce();
    }

    @Override
    public int readScratch(BlockIo io, long offset, int length) {
        return to.readScratch(io, offset, length);
    }

    @Override
    public int write(BlockIo io, long position, long offset, long length, boolean sync) {
        return to.write(io, position, offset, length, sync);
    }

    @Override
    public int flush(BlockIo io) {
        return to.flush(io);
    }

    @Override
    public int zero(BlockIo io, long offset, long length, boolean unmap) {
        return to.zero(io, offset, length, unmap);
    }

    @Override
    public int asyncFd() {
        return to.asyncFd();
    }

    @Override
    public void close(BlockIo io) {
        to.close(io);
    }
}
