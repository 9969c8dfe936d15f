package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_enable_cap}: Switches a capability on ({@code KVM_ENABLE_CAP}). */
public final class KvmEnableCap {
    /** Size in bytes. */
    public static final int SIZE = 104;
    /** Offset of {@code cap}, u32. */
    public static final int CAP = 0;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 4;
    /** Offset of {@code args}, 32 bytes. */
    public static final int ARGS = 8;

    private KvmEnableCap() {}

    /** Reads {@code cap} of the structure that begins at {@code at}. */
    public static int cap(ByteBuffer struct, int at) {
        return struct.getInt(at + CAP);
    }

    /** Writes {@code cap} of the structure that begins at {@code at}. */
    public static void cap(ByteBuffer struct, int at, int value) {
        struct.putInt(at + CAP, value);
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
