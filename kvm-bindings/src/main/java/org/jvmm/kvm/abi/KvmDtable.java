package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_dtable}: A descriptor-table register, inside {@link KvmSregs}. */
public final class KvmDtable {
    /** Size in bytes. */
    public static final int SIZE = 16;
    /** Offset of {@code base}, u64. */
    public static final int BASE = 0;
    /** Offset of {@code limit}, u16. */
    public static final int LIMIT = 8;

    private KvmDtable() {}

    /** Reads {@code base} of the structure that begins at {@code at}. */
    public static long base(ByteBuffer struct, int at) {
        return struct.getLong(at + BASE);
    }

    /** Writes {@code base} of the structure that begins at {@code at}. */
    public static void base(ByteBuffer struct, int at, long value) {
        struct.putLong(at + BASE, value);
    }

    /** Reads {@code limit} of the structure that begins at {@code at}. */
    public static int limit(ByteBuffer struct, int at) {
        return struct.getShort(at + LIMIT) & 0xFFFF;
    }

    /** Writes {@code limit} of the structure that begins at {@code at}. */
    public static void limit(ByteBuffer struct, int at, int value) {
        struct.putShort(at + LIMIT, (short) value);
    }
}
