package org.jvmm.vmm.agent;

import java.util.Arrays;
import org.jvmm.vmm.agent.wire.MalformedMessageException;

/**
 * Cuts a byte stream into ttRPC frames: 10 bytes of header, big endian (u32 length, u32 stream id, u8 type, u8 flags), then the data
 * (containerd/ttrpc PROTOCOL.md, "Message Frame").
 */
final class TtrpcFrames {
    /** Length of the header. */
    static final int HEADER = 10;
    /** Longest data of a frame, bytes. */
    static final int MAX_LENGTH = 4 << 20;
    /** Type of a request. */
    static final int REQUEST = 1;
    /** Type of a response. */
    static final int RESPONSE = 2;

    /** Told of each complete frame. */
    @FunctionalInterface
    interface FrameHandler {
        void frame(int stream, int type, byte[] bytes, int offset, int length);
    }

    private final FrameHandler handler;
    private byte[] held = new byte[4096];
    private int size;

    TtrpcFrames(FrameHandler handler) {
        this.handler = handler;
    }

    /** Writes a header. */
    static void header(byte[] frame, int length, int stream, int type) {
        bigEndian(frame, 0, length);
        bigEndian(frame, 4, stream);
        frame[8] = (byte) type;
        frame[9] = 0;
    }

    /**
     * Takes the next bytes of the stream.
     *
     * @throws MalformedMessageException when a frame is longer than the protocol allows: the stream cannot be read any further
     */
    void received(byte[] bytes, int offset, int length) {
        need(length);
        System.arraycopy(bytes, offset, held, size, length);
        size += length;
        int at = 0;
        while (size - at >= HEADER) {
            int dataLength = bigEndian(held, at);
            if (dataLength < 0 || dataLength > MAX_LENGTH) {
                throw new MalformedMessageException("Frame of " + Integer.toUnsignedString(dataLength) + " bytes");
            }
            if (size - at - HEADER < dataLength) {
                break;
            }
            handler.frame(bigEndian(held, at + 4), held[at + 8], held, at + HEADER, dataLength);
            at += HEADER + dataLength;
        }
        System.arraycopy(held, at, held, 0, size - at);
        size -= at;
    }

    private void need(int more) {
        if (held.length - size < more) {
            held = Arrays.copyOf(held, Math.max(size + more, held.length * 2));
        }
    }

    private static int bigEndian(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 24 | (bytes[at + 1] & 0xFF) << 16 | (bytes[at + 2] & 0xFF) << 8 | bytes[at + 3] & 0xFF;
    }

    private static void bigEndian(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }
}
