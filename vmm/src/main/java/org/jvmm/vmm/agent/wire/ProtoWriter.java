package org.jvmm.vmm.agent.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Writes protobuf messages (Protocol Buffers, "Encoding"): fields in the order of the calls, defaults of proto3 left out.
 *
 * <p>Written by hand because the generated classes and their runtime cost some 200 ms of class loading on the start path (measured with
 * protobuf-javalite 4.31.1) and use memory access that the JDK is removing.
 */
public final class ProtoWriter {
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;

    private byte[] bytes;
    private int size;

    /** An empty message. */
    public ProtoWriter() {
        this(128);
    }

    /** @param room bytes expected */
    public ProtoWriter(int room) {
        bytes = new byte[room];
    }

    /** An integer, enumeration or boolean field; 0 is left out. Negative values take ten bytes, as int32 and int64 do. */
    public ProtoWriter number(int field, long value) {
        if (value != 0) {
            varint((long) field << 3 | VARINT);
            varint(value);
        }
        return this;
    }

    /** A boolean field; false is left out. */
    public ProtoWriter bool(int field, boolean value) {
        return number(field, value ? 1 : 0);
    }

    /** A string field; null and the empty string are left out. */
    public ProtoWriter string(int field, String value) {
        if (value != null && !value.isEmpty()) {
            element(field, value);
        }
        return this;
    }

    /** A repeated string field; empty elements count. */
    public ProtoWriter strings(int field, List<String> values) {
        for (int i = 0; i < values.size(); i++) {
            element(field, values.get(i));
        }
        return this;
    }

    private void element(int field, String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        varint((long) field << 3 | LENGTH_DELIMITED);
        varint(text.length);
        append(text, 0, text.length);
    }

    /** A bytes field; an empty one is left out. */
    public ProtoWriter bytes(int field, byte[] value, int offset, int length) {
        if (length > 0) {
            varint((long) field << 3 | LENGTH_DELIMITED);
            varint(length);
            append(value, offset, length);
        }
        return this;
    }

    /** A message field; an empty message is written, for its presence says something. */
    public ProtoWriter message(int field, ProtoWriter value) {
        varint((long) field << 3 | LENGTH_DELIMITED);
        varint(value.size);
        append(value.bytes, 0, value.size);
        return this;
    }

    /** Bytes written so far. */
    public int size() {
        return size;
    }

    /** A copy of what was written. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** Copies what was written to a larger array. */
    public void copyTo(byte[] target, int offset) {
        System.arraycopy(bytes, 0, target, offset, size);
    }

    private void varint(long value) {
        need(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    private void append(byte[] source, int offset, int length) {
        need(length);
        System.arraycopy(source, offset, bytes, size, length);
        size += length;
    }

    private void need(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }
}
