package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct sigaction}: The kernel's {@code struct sigaction} ({@code rt_sigaction(2)}; asm/signal.h), not the C library's. */
public final class Sigaction {
    /** Size in bytes. */
    public static final int SIZE = 32;
    /** Offset of {@code sa_handler}, u64. */
    public static final int SA_HANDLER = 0;
    /** Offset of {@code sa_flags}, u64. */
    public static final int SA_FLAGS = 8;
    /** Offset of {@code sa_restorer}, u64. */
    public static final int SA_RESTORER = 16;
    /** Offset of {@code sa_mask}, u64. */
    public static final int SA_MASK = 24;

    private Sigaction() {}

    /** Reads {@code sa_handler} of the structure that begins at {@code at}. */
    public static long saHandler(ByteBuffer struct, int at) {
        return struct.getLong(at + SA_HANDLER);
    }

    /** Writes {@code sa_handler} of the structure that begins at {@code at}. */
    public static void saHandler(ByteBuffer struct, int at, long value) {
        struct.putLong(at + SA_HANDLER, value);
    }

    /** Reads {@code sa_flags} of the structure that begins at {@code at}. */
    public static long saFlags(ByteBuffer struct, int at) {
        return struct.getLong(at + SA_FLAGS);
    }

    /** Writes {@code sa_flags} of the structure that begins at {@code at}. */
    public static void saFlags(ByteBuffer struct, int at, long value) {
        struct.putLong(at + SA_FLAGS, value);
    }

    /** Reads {@code sa_restorer} of the structure that begins at {@code at}. */
    public static long saRestorer(ByteBuffer struct, int at) {
        return struct.getLong(at + SA_RESTORER);
    }

    /** Writes {@code sa_restorer} of the structure that begins at {@code at}. */
    public static void saRestorer(ByteBuffer struct, int at, long value) {
        struct.putLong(at + SA_RESTORER, value);
    }

    /** Reads {@code sa_mask} of the structure that begins at {@code at}. */
    public static long saMask(ByteBuffer struct, int at) {
        return struct.getLong(at + SA_MASK);
    }

    /** Writes {@code sa_mask} of the structure that begins at {@code at}. */
    public static void saMask(ByteBuffer struct, int at, long value) {
        struct.putLong(at + SA_MASK, value);
    }
}
