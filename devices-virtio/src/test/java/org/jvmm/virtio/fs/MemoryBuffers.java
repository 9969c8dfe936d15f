package org.jvmm.virtio.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jvmm.virtio.queue.IoVector;

/** A request and the room for its answer in memory of the test, handed out in pieces of a fixed size as a guest's pages would be. */
final class MemoryBuffers implements FuseBuffers {
    private final MemorySegment request;
    private final MemorySegment answer;
    private final int piece;
    private long readDone;

    MemoryBuffers(byte[] request, int room, int piece) {
        this.request = Arena.ofAuto().allocate(Math.max(request.length, 1)).asSlice(0, request.length);
        MemorySegment.copy(request, 0, this.request, ValueLayout.JAVA_BYTE, 0, request.length);
        this.answer = Arena.ofAuto().allocate(Math.max(room, 1)).asSlice(0, room);
        this.piece = piece;
    }

    byte[] answer(int length) {
        return answer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public long readable() {
        return request.byteSize();
    }

    @Override
    public long writable() {
        return answer.byteSize();
    }

    @Override
    public void read(MemorySegment target, int length) {
        MemorySegment.copy(request, readDone, target, 0, length);
        readDone += length;
    }

    @Override
    public void write(MemorySegment source, int length) {
        MemorySegment.copy(source, 0, answer, 0, length);
    }

    @Override
    public void fillReadable(IoVector vector, long from, long length) {
        fill(vector, request, from, length);
    }

    @Override
    public void fillWritable(IoVector vector, long from, long length) {
        fill(vector, answer, from, length);
    }

    private void fill(IoVector vector, MemorySegment segment, long from, long length) {
        long end = Math.min(from + length, segment.byteSize());
        for (long at = from; at < end; at += piece) {
            if (!vector.add(segment.address() + at, Math.min(piece, end - at))) {
                return;
            }
        }
    }

    @Override
    public void written(long from, long length) {
        if (from < 0 || from + length > answer.byteSize()) {
            throw new AssertionError("Written outside the answer");
        }
    }
}
