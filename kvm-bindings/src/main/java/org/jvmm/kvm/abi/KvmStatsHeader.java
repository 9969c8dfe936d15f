package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_stats_header}: Head of the statistics file ({@code KVM_GET_STATS_FD}). */
public final class KvmStatsHeader {
    /** Size in bytes. */
    public static final int SIZE = 24;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 0;
    /** Offset of {@code name_size}, u32. */
    public static final int NAME_SIZE = 4;
    /** Offset of {@code num_desc}, u32. */
    public static final int NUM_DESC = 8;
    /** Offset of {@code id_offset}, u32. */
    public static final int ID_OFFSET = 12;
    /** Offset of {@code desc_offset}, u32. */
    public static final int DESC_OFFSET = 16;
    /** Offset of {@code data_offset}, u32. */
    public static final int DATA_OFFSET = 20;

    private KvmStatsHeader() {}

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code name_size} of the structure that begins at {@code at}. */
    public static int nameSize(ByteBuffer struct, int at) {
        return struct.getInt(at + NAME_SIZE);
    }

    /** Writes {@code name_size} of the structure that begins at {@code at}. */
    public static void nameSize(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NAME_SIZE, value);
    }

    /** Reads {@code num_desc} of the structure that begins at {@code at}. */
    public static int numDesc(ByteBuffer struct, int at) {
        return struct.getInt(at + NUM_DESC);
    }

    /** Writes {@code num_desc} of the structure that begins at {@code at}. */
    public static void numDesc(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NUM_DESC, value);
    }

    /** Reads {@code id_offset} of the structure that begins at {@code at}. */
    public static int idOffset(ByteBuffer struct, int at) {
        return struct.getInt(at + ID_OFFSET);
    }

    /** Writes {@code id_offset} of the structure that begins at {@code at}. */
    public static void idOffset(ByteBuffer struct, int at, int value) {
        struct.putInt(at + ID_OFFSET, value);
    }

    /** Reads {@code desc_offset} of the structure that begins at {@code at}. */
    public static int descOffset(ByteBuffer struct, int at) {
        return struct.getInt(at + DESC_OFFSET);
    }

    /** Writes {@code desc_offset} of the structure that begins at {@code at}. */
    public static void descOffset(ByteBuffer struct, int at, int value) {
        struct.putInt(at + DESC_OFFSET, value);
    }

    /** Reads {@code data_offset} of the structure that begins at {@code at}. */
    public static int dataOffset(ByteBuffer struct, int at) {
        return struct.getInt(at + DATA_OFFSET);
    }

    /** Writes {@code data_offset} of the structure that begins at {@code at}. */
    public static void dataOffset(ByteBuffer struct, int at, int value) {
        struct.putInt(at + DATA_OFFSET, value);
    }
}
