package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_device_attr}: An attribute of a device, VM or vCPU ({@code KVM_SET_DEVICE_ATTR}). */
public final class KvmDeviceAttr {
    /** Size in bytes. */
    public static final int SIZE = 24;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 0;
    /** Offset of {@code group}, u32. */
    public static final int GROUP = 4;
    /** Offset of {@code attr}, u64. */
    public static final int ATTR = 8;
    /** Offset of {@code addr}, u64. */
    public static final int ADDR = 16;

    private KvmDeviceAttr() {}

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code group} of the structure that begins at {@code at}. */
    public static int group(ByteBuffer struct, int at) {
        return struct.getInt(at + GROUP);
    }

    /** Writes {@code group} of the structure that begins at {@code at}. */
    public static void group(ByteBuffer struct, int at, int value) {
        struct.putInt(at + GROUP, value);
    }

    /** Reads {@code attr} of the structure that begins at {@code at}. */
    public static long attr(ByteBuffer struct, int at) {
        return struct.getLong(at + ATTR);
    }

    /** Writes {@code attr} of the structure that begins at {@code at}. */
    public static void attr(ByteBuffer struct, int at, long value) {
        struct.putLong(at + ATTR, value);
    }

    /** Reads {@code addr} of the structure that begins at {@code at}. */
    public static long addr(ByteBuffer struct, int at) {
        return struct.getLong(at + ADDR);
    }

    /** Writes {@code addr} of the structure that begins at {@code at}. */
    public static void addr(ByteBuffer struct, int at, long value) {
        struct.putLong(at + ADDR, value);
    }
}
