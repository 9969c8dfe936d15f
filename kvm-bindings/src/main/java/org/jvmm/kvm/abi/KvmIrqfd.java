package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_irqfd}: An eventfd that pulses an interrupt line ({@code KVM_IRQFD}). */
public final class KvmIrqfd {
    /** Size in bytes. */
    public static final int SIZE = 32;
    /** Offset of {@code fd}, u32. */
    public static final int FD = 0;
    /** Offset of {@code gsi}, u32. */
    public static final int GSI = 4;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 8;
    /** Offset of {@code resamplefd}, u32. */
    public static final int RESAMPLEFD = 12;

    private KvmIrqfd() {}

    /** Reads {@code fd} of the structure that begins at {@code at}. */
    public static int fd(ByteBuffer struct, int at) {
        return struct.getInt(at + FD);
    }

    /** Writes {@code fd} of the structure that begins at {@code at}. */
    public static void fd(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FD, value);
    }

    /** Reads {@code gsi} of the structure that begins at {@code at}. */
    public static int gsi(ByteBuffer struct, int at) {
        return struct.getInt(at + GSI);
    }

    /** Writes {@code gsi} of the structure that begins at {@code at}. */
    public static void gsi(ByteBuffer struct, int at, int value) {
        struct.putInt(at + GSI, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code resamplefd} of the structure that begins at {@code at}. */
    public static int resamplefd(ByteBuffer struct, int at) {
        return struct.getInt(at + RESAMPLEFD);
    }

    /** Writes {@code resamplefd} of the structure that begins at {@code at}. */
    public static void resamplefd(ByteBuffer struct, int at, int value) {
        struct.putInt(at + RESAMPLEFD, value);
    }
}
