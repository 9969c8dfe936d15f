package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_xcr}: One extended control register. */
public final class KvmXcr {
    /** Size in bytes. */
    public static final int SIZE = 16;
    /** Offset of {@code xcr}, u32. */
    public static final int XCR = 0;
    /** Offset of {@code value}, u64. */
    public static final int VALUE = 8;

    private KvmXcr() {}

    /** Reads {@code xcr} of the structure that begins at {@code at}. */
    public static int xcr(ByteBuffer struct, int at) {
        return struct.getInt(at + XCR);
    }

    /** Writes {@code xcr} of the structure that begins at {@code at}. */
    public static void xcr(ByteBuffer struct, int at, int value) {
        struct.putInt(at + XCR, value);
    }

    /** Reads {@code value} of the structure that begins at {@code at}. */
    public static long value(ByteBuffer struct, int at) {
        return struct.getLong(at + VALUE);
    }

    /** Writes {@code value} of the structure that begins at {@code at}. */
    public static void value(ByteBuffer struct, int at, long value) {
        struct.putLong(at + VALUE, value);
    }
}
