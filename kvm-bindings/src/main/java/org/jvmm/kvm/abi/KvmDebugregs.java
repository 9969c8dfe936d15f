package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_debugregs}: Debug registers ({@code KVM_GET_DEBUGREGS}). */
public final class KvmDebugregs {
    /** Size in bytes. */
    public static final int SIZE = 128;
    /** Offset of {@code db}, 32 bytes. */
    public static final int DB = 0;
    /** Offset of {@code dr6}, u64. */
    public static final int DR6 = 32;
    /** Offset of {@code dr7}, u64. */
    public static final int DR7 = 40;
    /** Offset of {@code flags}, u64. */
    public static final int FLAGS = 48;

    private KvmDebugregs() {}

    /** Reads {@code dr6} of the structure that begins at {@code at}. */
    public static long dr6(ByteBuffer struct, int at) {
        return struct.getLong(at + DR6);
    }

    /** Writes {@code dr6} of the structure that begins at {@code at}. */
    public static void dr6(ByteBuffer struct, int at, long value) {
        struct.putLong(at + DR6, value);
    }

    /** Reads {@code dr7} of the structure that begins at {@code at}. */
    public static long dr7(ByteBuffer struct, int at) {
        return struct.getLong(at + DR7);
    }

    /** Writes {@code dr7} of the structure that begins at {@code at}. */
    public static void dr7(ByteBuffer struct, int at, long value) {
        struct.putLong(at + DR7, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static long flags(ByteBuffer struct, int at) {
        return struct.getLong(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, long value) {
        struct.putLong(at + FLAGS, value);
    }
}
