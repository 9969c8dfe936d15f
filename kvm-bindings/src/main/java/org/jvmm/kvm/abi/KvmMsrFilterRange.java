package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_msr_filter_range}: One range of an MSR filter. */
public final class KvmMsrFilterRange {
    /** Size in bytes. */
    public static final int SIZE = 24;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 0;
    /** Offset of {@code nmsrs}, u32. */
    public static final int NMSRS = 4;
    /** Offset of {@code base}, u32. */
    public static final int BASE = 8;
    /** Offset of {@code bitmap}, 8 bytes. */
    public static final int BITMAP = 16;

    private KvmMsrFilterRange() {}

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code nmsrs} of the structure that begins at {@code at}. */
    public static int nmsrs(ByteBuffer struct, int at) {
        return struct.getInt(at + NMSRS);
    }

    /** Writes {@code nmsrs} of the structure that begins at {@code at}. */
    public static void nmsrs(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NMSRS, value);
    }

    /** Reads {@code base} of the structure that begins at {@code at}. */
    public static int base(ByteBuffer struct, int at) {
        return struct.getInt(at + BASE);
    }

    /** Writes {@code base} of the structure that begins at {@code at}. */
    public static void base(ByteBuffer struct, int at, int value) {
        struct.putInt(at + BASE, value);
    }
}
