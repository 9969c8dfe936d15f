package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_dirty_gfn}: One entry of the dirty ring ({@code KVM_CAP_DIRTY_LOG_RING}). */
public final class KvmDirtyGfn {
    /** Size in bytes. */
    public static final int SIZE = 16;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 0;
    /** Offset of {@code slot}, u32. */
    public static final int SLOT = 4;
    /** Offset of {@code offset}, u64. */
    public static final int OFFSET = 8;

    private KvmDirtyGfn() {}

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code slot} of the structure that begins at {@code at}. */
    public static int slot(ByteBuffer struct, int at) {
        return struct.getInt(at + SLOT);
    }

    /** Writes {@code slot} of the structure that begins at {@code at}. */
    public static void slot(ByteBuffer struct, int at, int value) {
        struct.putInt(at + SLOT, value);
    }

    /** Reads {@code offset} of the structure that begins at {@code at}. */
    public static long offset(ByteBuffer struct, int at) {
        return struct.getLong(at + OFFSET);
    }

    /** Writes {@code offset} of the structure that begins at {@code at}. */
    public static void offset(ByteBuffer struct, int at, long value) {
        struct.putLong(at + OFFSET, value);
    }
}
