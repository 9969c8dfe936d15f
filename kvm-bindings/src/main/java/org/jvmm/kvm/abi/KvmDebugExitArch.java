package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_debug_exit_arch}: What a debug exit tells, inside {@link KvmRun}. */
public final class KvmDebugExitArch {
    /** Size in bytes. */
    public static final int SIZE = 32;
    /** Offset of {@code exception}, u32. */
    public static final int EXCEPTION = 0;
    /** Offset of {@code pc}, u64. */
    public static final int PC = 8;
    /** Offset of {@code dr6}, u64. */
    public static final int DR6 = 16;
    /** Offset of {@code dr7}, u64. */
    public static final int DR7 = 24;

    private KvmDebugExitArch() {}

    /** Reads {@code exception} of the structure that begins at {@code at}. */
    public static int exception(ByteBuffer struct, int at) {
        return struct.getInt(at + EXCEPTION);
    }

    /** Writes {@code exception} of the structure that begins at {@code at}. */
    public static void exception(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EXCEPTION, value);
    }

    /** Reads {@code pc} of the structure that begins at {@code at}. */
    public static long pc(ByteBuffer struct, int at) {
        return struct.getLong(at + PC);
    }

    /** Writes {@code pc} of the structure that begins at {@code at}. */
    public static void pc(ByteBuffer struct, int at, long value) {
        struct.putLong(at + PC, value);
    }

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
}
