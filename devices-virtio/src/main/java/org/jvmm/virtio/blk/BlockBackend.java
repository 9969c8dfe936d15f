package org.jvmm.virtio.blk;

/**
 * Where a disk's bytes are. Calls come from several workers at a time, each with its own {@link BlockIo}; ranges lie inside {@link #size()}. Results are 0 or {@code -errno}, for the
 * host's fault is the guest's I/O error here.
 */
public interface BlockBackend {
    /** Size in bytes. */
    long size();

    /** Whether nothing may be written. */
    boolean isReadOnly();

    /** Whether {@link #zero} can give space back. */
    boolean canDiscard();

    /**
     * Reads into the request's buffers.
     *
     * @param position in the request's data
     * @param offset on the disk
     * @param length bytes
     */
    int read(BlockIo io, long position, long offset, long length);

    /** Reads into the worker's scratch memory, at most {@link BlockIo#SCRATCH} bytes; for overlays. */
    int readScratch(BlockIo io, long offset, int length);

    /** Writes from the request's buffers; {@code sync} when the bytes must be on the host's disk in the end. */
    int write(BlockIo io, long position, long offset, long length, boolean sync);

    /** Has everything that was written on the host's disk. */
    int flush(BlockIo io);

    /**
     * Makes a range read as zeros.
     *
     * @param unmap whether its space may be given back
     */
    int zero(BlockIo io, long offset, long length, boolean unmap);

    /**
     * A file of the host whose bytes are the disk's, at the same offsets, for reads, writes and flushes past this object.
     *
     * @return its descriptor, or -1 when there is none
     */
    default int asyncFd() {
        return -1;
    }

    /** Whether {@link #read} waits for nothing when the {@link BlockIo} must not. */
    default boolean readsAtOnce() {
        return false;
    }

    /** Gives back what the host was asked for. Nobody calls anything else afterwards. */
    void close(BlockIo io);
}
