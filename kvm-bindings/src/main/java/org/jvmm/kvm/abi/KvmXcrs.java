package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_xcrs}: Extended control registers ({@code KVM_GET_XCRS}). */
public final class KvmXcrs {
    /** Size in bytes. */
    public static final int SIZE = 392;
    /** Offset of {@code nr_xcrs}, u32. */
    public static final int NR_XCRS = 0;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 4;
    /** Offset of {@code xcrs}, 256 bytes. */
    public static final int XCRS = 8;

    private KvmXcrs() {}

    /** Reads {@code nr_xcrs} of the structure that begins at {@code at}. */
    public static int nrXcrs(ByteBuffer struct, int at) {
        return struct.getInt(at + NR_XCRS);
    }

    /** Writes {@code nr_xcrs} of the structure that begins at {@code at}. */
    public static void nrXcrs(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NR_XCRS, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }
}
