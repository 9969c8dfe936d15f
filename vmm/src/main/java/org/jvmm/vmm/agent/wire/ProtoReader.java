package org.jvmm.vmm.agent.wire;

import java.nio.charset.StandardCharsets;

/**
 * Reads a protobuf message field by field (Protocol Buffers, "Encoding"). The sender is the guest: a length that leaves the message or a broken
 * varint is a {@link MalformedMessageException}.
 *
 * <pre>{@code
 * while (reader.next()) {
 *     switch (reader.field()) {
 *         case 1 -> status = (int) reader.number();
 *         default -> reader.skip();
 *     }
 * }
 * }</pre>
 */
public final class ProtoReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    private final byte[] bytes;
    private final int end;
    private int at;
    private int field;
    private int type;

    /** Reads a whole array. */
    public ProtoReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    /** Reads a part of an array. */
    public ProtoReader(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.at = offset;
        this.end = offset + length;
    }

    /** Goes to the next field; false at the end of the message. The value of the field before must have been read or skipped. */
    public boolean next() {
        if (at == end) {
            return false;
        }
        long tag = varint();
        if (tag >>> 3 == 0 || tag >>> 32 != 0) {
            throw new MalformedMessageException("Field number is out of range");
        }
        field = (int) (tag >>> 3);
        type = (int) tag & 7;
        return true;
    }

    /** Number of the present field. */
    public int field() {
        return field;
    }

    /** Value of an integer, enumeration or boolean field. */
    public long number() {
        expect(VARINT);
        return varint();
    }

    /** Value of a string field. */
    public String string() {
        int length = length();
        String value = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return value;
    }

    /** Copy of a bytes field. */
    public byte[] bytes() {
        int length = length();
        byte[] value = new byte[length];
        System.arraycopy(bytes, at, value, 0, length);
        at += length;
        return value;
    }

    /** A message field; it shares the array. */
    public ProtoReader message() {
        int length = length();
        ProtoReader reader = new ProtoReader(bytes, at, length);
        at += length;
        return reader;
    }

    /** Passes over the present field's value. */
    public void skip() {
        switch (type) {
            case VARINT -> varint();
            case FIXED64 -> advance(8);
            case FIXED32 -> advance(4);
            case LENGTH_DELIMITED -> advance(length());
            default -> throw new MalformedMessageException("Wire type " + type + " is not supported");
        }
    }

    private int length() {
        expect(LENGTH_DELIMITED);
        long length = varint();
        if (length < 0 || length > end - at) {
            throw new MalformedMessageException("Field " + field + " leaves its message");
        }
        return (int) length;
    }

    private void advance(int count) {
        if (count > end - at) {
            throw new MalformedMessageException("Field " + field + " leaves its message");
        }
        at += count;
    }

    private void expect(int wanted) {
        if (type != wanted) {
            throw new MalformedMessageException("Field " + field + " has wire type " + type + ", not " + wanted);
        }
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at == end) {
                throw new MalformedMessageException("Number is cut off");
            }
            byte b = bytes[at++];
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new MalformedMessageException("Number has more than ten bytes");
    }
}
