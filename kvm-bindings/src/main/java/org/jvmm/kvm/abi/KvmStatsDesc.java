package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_stats_desc}: One statistic. */
public final class KvmStatsDesc {
    /** Size in bytes. */
    public static final int SIZE = 16;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 0;
    /** Offset of {@code exponent}, u16. */
    public static final int EXPONENT = 4;
    /** Offset of {@code size}, u16. */
    public static final int SIZE_MEMBER = 6;
    /** Offset of {@code offset}, u32. */
    public static final int OFFSET = 8;
    /** Offset of {@code bucket_size}, u32. */
    public static final int BUCKET_SIZE = 12;
    /** Offset of {@code name}, as many as the header says. */
    public static final int NAME = 16;

    private KvmStatsDesc() {}

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code exponent} of the structure that begins at {@code at}. */
    public static int exponent(ByteBuffer struct, int at) {
        return struct.getShort(at + EXPONENT) & 0xFFFF;
    }

    /** Writes {@code exponent} of the structure that begins at {@code at}. */
    public static void exponent(ByteBuffer struct, int at, int value) {
        struct.putShort(at + EXPONENT, (short) value);
    }

    /** Reads {@code size} of the structure that begins at {@code at}. */
    public static int size(ByteBuffer struct, int at) {
        return struct.getShort(at + SIZE_MEMBER) & 0xFFFF;
    }

    /** Writes {@code size} of the structure that begins at {@code at}. */
    public static void size(ByteBuffer struct, int at, int value) {
        struct.putShort(at + SIZE_MEMBER, (short) value);
    }

    /** Reads {@code offset} of the structure that begins at {@code at}. */
    public static int offset(ByteBuffer struct, int at) {
        return struct.getInt(at + OFFSET);
    }

    /** Writes {@code offset} of the structure that begins at {@code at}. */
    public static void offset(ByteBuffer struct, int at, int value) {
        struct.putInt(at + OFFSET, value);
    }

    /** Reads {@code bucket_size} of the structure that begins at {@code at}. */
    public static int bucketSize(ByteBuffer struct, int at) {
        return struct.getInt(at + BUCKET_SIZE);
    }

    /** Writes {@code bucket_size} of the structure that begins at {@code at}. */
    public static void bucketSize(ByteBuffer struct, int at, int value) {
        struct.putInt(at + BUCKET_SIZE, value);
    }
}
