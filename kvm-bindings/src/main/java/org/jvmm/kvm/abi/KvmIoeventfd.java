package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_ioeventfd}: A store that signals an eventfd ({@code KVM_IOEVENTFD}). */
public final class KvmIoeventfd {
    /** Size in bytes. */
    public static final int SIZE = 64;
    /** Offset of {@code datamatch}, u64. */
    public static final int DATAMATCH = 0;
    /** Offset of {@code addr}, u64. */
    public static final int ADDR = 8;
    /** Offset of {@code len}, u32. */
    public static final int LEN = 16;
    /** Offset of {@code fd}, u32. */
    public static final int FD = 20;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 24;

    private KvmIoeventfd() {}

    /** Reads {@code datamatch} of the structure that begins at {@code at}. */
    public static long datamatch(ByteBuffer struct, int at) {
        return struct.getLong(at + DATAMATCH);
    }

    /** Writes {@code datamatch} of the structure that begins at {@code at}. */
    public static void datamatch(ByteBuffer struct, int at, long value) {
        struct.putLong(at + DATAMATCH, value);
    }

    /** Reads {@code addr} of the structure that begins at {@code at}. */
    public static long addr(ByteBuffer struct, int at) {
        return struct.getLong(at + ADDR);
    }

    /** Writes {@code addr} of the structure that begins at {@code at}. */
    public static void addr(ByteBuffer struct, int at, long value) {
        struct.putLong(at + ADDR, value);
    }

    /** Reads {@code len} of the structure that begins at {@code at}. */
    public static int len(ByteBuffer struct, int at) {
        return struct.getInt(at + LEN);
    }

    /** Writes {@code len} of the structure that begins at {@code at}. */
    public static void len(ByteBuffer struct, int at, int value) {
        struct.putInt(at + LEN, value);
    }

    /** Reads {@code fd} of the structure that begins at {@code at}. */
    public static int fd(ByteBuffer struct, int at) {
        return struct.getInt(at + FD);
    }

    /** Writes {@code fd} of the structure that begins at {@code at}. */
    public static void fd(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FD, value);
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
