package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_msr_entry}: One MSR value. */
public final class KvmMsrEntry {
    /** Size in bytes. */
    public static final int SIZE = 16;
    /** Offset of {@code index}, u32. */
    public static final int INDEX = 0;
    /** Offset of {@code data}, u64. */
    public static final int DATA = 8;

    private KvmMsrEntry() {}

    /** Reads {@code index} of the structure that begins at {@code at}. */
    public static int index(ByteBuffer struct, int at) {
        return struct.getInt(at + INDEX);
    }

    /** Writes {@code index} of the structure that begins at {@code at}. */
    public static void index(ByteBuffer struct, int at, int value) {
        struct.putInt(at + INDEX, value);
    }

    /** Reads {@code data} of the structure that begins at {@code at}. */
    public static long data(ByteBuffer struct, int at) {
        return struct.getLong(at + DATA);
    }

    /** Writes {@code data} of the structure that begins at {@code at}. */
    public static void data(ByteBuffer struct, int at, long value) {
        struct.putLong(at + DATA, value);
    }
}
