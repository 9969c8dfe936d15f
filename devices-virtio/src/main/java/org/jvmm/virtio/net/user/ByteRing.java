package org.jvmm.virtio.net.user;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import org.jvmm.virtio.net.PacketBuffer;

/** Bytes on their way through a connection, first in first out. Holds memory only while it is not empty. */
final class ByteRing {
    /** Most bytes one holds; a power of two. */
    static final int CAPACITY = 128 << 10;

    private final Pool pool;
    private ByteBuf memory;
    /** Where the first byte is. */
    private int head;
    private int size;

    ByteRing(Pool pool) {
        this.pool = pool;
    }

    int size() {
        return size;
    }

    int free() {
        return CAPACITY - size;
    }

    /**
     * Reads from a socket until it has no more, the ring is full, or {@code budget} bytes have come.
     *
     * @return bytes read, or -1 when there were none and the peer has shut down
     */
    int readFrom(SocketChannel channel, int budget) throws IOException {
        int total = 0;
        while (size < CAPACITY && total < budget) {
            if (memory == null) {
                memory = pool.take();
                head = 0;
            }
            int tail = head + size & CAPACITY - 1;
            int room = Math.min(CAPACITY - size, CAPACITY - tail);
            int n = channel.read(view(tail, room));
            if (n <= 0) {
                releaseIfEmpty();
                return total > 0 ? total : n;
            }
            size += n;
            total += n;
            if (n < room) {
                break;
            }
        }
        return total;
    }

    /** Appends bytes; the caller has looked that they fit. */
    void append(ByteBuf source, int offset, int length) {
        if (length == 0) {
            return;
        }
        if (memory == null) {
            memory = pool.take();
            head = 0;
        }
        int tail = head + size & CAPACITY - 1;
        int first = Math.min(length, CAPACITY - tail);
        memory.setBytes(tail, source, offset, first);
        memory.setBytes(0, source, offset + first, length - first);
        size += length;
    }

    /** Copies bytes that lie {@code skip} behind the first. */
    void peek(int skip, ByteBuf target, int offset, int length) {
        int at = head + skip & CAPACITY - 1;
        int first = Math.min(length, CAPACITY - at);
        target.setBytes(offset, memory, at, first);
        target.setBytes(offset + first, memory, 0, length - first);
    }

    /** Writes to a socket as much as it takes. */
    void writeTo(SocketChannel channel) throws IOException {
        while (size > 0) {
            int run = Math.min(size, CAPACITY - head);
            int n = channel.write(view(head, run));
            skip(n);
            if (n < run) {
                return;
            }
        }
    }

    /** Forgets the first bytes. */
    void skip(int length) {
        head = head + length & CAPACITY - 1;
        size -= length;
        releaseIfEmpty();
    }

    /** Forgets everything. */
    void clear() {
        size = 0;
        releaseIfEmpty();
    }

    private ByteBuffer view(int offset, int length) {
        return memory.internalNioBuffer(offset, length);
    }

    private void releaseIfEmpty() {
        if (size == 0 && memory != null) {
            pool.give(memory);
            memory = null;
        }
    }

    /** The memory of rings, used again. Belongs to the event loop. */
    static final class Pool {
        /** Kept for later; what is beyond goes back to the host. */
        private static final int KEPT = 16;

        private final ArrayDeque<ByteBuf> unused = new ArrayDeque<>();
        private int taken;

        ByteBuf take() {
            taken++;
            ByteBuf memory = unused.poll();
            return memory != null ? memory : new PacketBuffer(CAPACITY).bytes();
        }

        void give(ByteBuf memory) {
            taken--;
            if (unused.size() < KEPT) {
                unused.push(memory);
            } else {
                memory.release();
            }
        }

        /** Rings that hold bytes now. */
        int taken() {
            return taken;
        }

        void close() {
            for (ByteBuf memory = unused.poll(); memory != null; memory = unused.poll()) {
                memory.release();
            }
        }
    }
}
