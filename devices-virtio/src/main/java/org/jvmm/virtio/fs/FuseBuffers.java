package org.jvmm.virtio.fs;

import java.lang.foreign.MemorySegment;
import org.jvmm.virtio.queue.IoVector;

/** The memory of one request: a part to read, a part for the answer, each of any number of pieces. */
public interface FuseBuffers {
    /** Bytes of the request. */
    long readable();

    /** Room for the answer in bytes. */
    long writable();

    /** Copies the next {@code length} bytes of the request out; the caller keeps within {@link #readable()}. */
    void read(MemorySegment target, int length);

    /** Copies {@code length} bytes to the begin of the answer; the caller keeps within {@link #writable()}. */
    void write(MemorySegment source, int length);

    /**
     * Appends host memory of the request's bytes from {@code from} to a vector.
     *
     * @param length at most so many bytes
     */
    void fillReadable(IoVector vector, long from, long length);

    /** As {@link #fillReadable} for the room of the answer. */
    void fillWritable(IoVector vector, long from, long length);

    /** Tells that a system call wrote {@code length} bytes of the answer from {@code from} through a vector. */
    void written(long from, long length);
}
