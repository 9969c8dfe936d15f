package org.jvmm.virtio.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Memory for one packet: {@link NetHeader}, then the Ethernet frame. Few and long-lived, outside the heap, so that sockets and system calls take it as
 * it is. The packet is what lies between the reader index, always 0, and the writer index of {@link #bytes()}.
 */
public final class PacketBuffer {
    /** Largest packet: headers and the longest IP packet there is (virtio 1.3 §5.1.6.3.1 asks for as much). */
    public static final int MAX_PACKET = NetHeader.SIZE + 14 + 65_536;

    private final ByteBuf bytes;
    private final MemorySegment memory;

    /** @param capacity most bytes of a packet, header included */
    public PacketBuffer(int capacity) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(capacity);
        memory = MemorySegment.ofBuffer(buffer);
        // Wrapped, not from an allocator: pools and their threads would cost the start more than they could give to a handful of buffers.
        bytes = Unpooled.wrappedBuffer(buffer).clear();
    }

    /** A buffer for any packet. */
    public PacketBuffer() {
        this(MAX_PACKET);
    }

    /** The bytes, big-endian as networks are. */
    public ByteBuf bytes() {
        return bytes;
    }

    /** The same bytes as memory. */
    public MemorySegment memory() {
        return memory;
    }

    /** Where they are, for system calls. */
    public long address() {
        return memory.address();
    }

    /** Bytes of the packet, header included. */
    public int length() {
        return bytes.writerIndex();
    }

    /** Sets {@link #length()}. */
    public void length(int length) {
        bytes.setIndex(0, length);
    }
}
