package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_create_device}: A device of the kernel ({@code KVM_CREATE_DEVICE}). */
public final class KvmCreateDevice {
    /** Size in bytes. */
    public static final int SIZE = 12;
    /** Offset of {@code type}, u32. */
    public static final int TYPE = 0;
    /** Offset of {@code fd}, u32. */
    public static final int FD = 4;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 8;

    private KvmCreateDevice() {}

    /** Reads {@code type} of the structure that begins at {@code at}. */
    public static int type(ByteBuffer struct, int at) {
        return struct.getInt(at + TYPE);
    }

    /** Writes {@code type} of the structure that begins at {@code at}. */
    public static void type(ByteBuffer struct, int at, int value) {
        struct.putInt(at + TYPE, value);
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
