package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_memory_attributes}: Attributes of guest pages ({@code KVM_SET_MEMORY_ATTRIBUTES}, Linux 6.8). */
public final class KvmMemoryAttributes {
    /** Size in bytes. */
    public static final int SIZE = 32;
    /** Offset of {@code address}, u64. */
    public static final int ADDRESS = 0;
    /** Offset of {@code size}, u64. */
    public static final int SIZE_MEMBER = 8;
    /** Offset of {@code attributes}, u64. */
    public static final int ATTRIBUTES = 16;
    /** Offset of {@code flags}, u64. */
    public static final int FLAGS = 24;

    private KvmMemoryAttributes() {}

    /** Reads {@code address} of the structure that begins at {@code at}. */
    public static long address(ByteBuffer struct, int at) {
        return struct.getLong(at + ADDRESS);
    }

    /** Writes {@code address} of the structure that begins at {@code at}. */
    public static void address(ByteBuffer struct, int at, long value) {
        struct.putLong(at + ADDRESS, value);
    }

    /** Reads {@code size} of the structure that begins at {@code at}. */
    public static long size(ByteBuffer struct, int at) {
        return struct.getLong(at + SIZE_MEMBER);
    }

    /** Writes {@code size} of the structure that begins at {@code at}. */
    public static void size(ByteBuffer struct, int at, long value) {
        struct.putLong(at + SIZE_MEMBER, value);
    }

    /** Reads {@code attributes} of the structure that begins at {@code at}. */
    public static long attributes(ByteBuffer struct, int at) {
        return struct.getLong(at + ATTRIBUTES);
    }

    /** Writes {@code attributes} of the structure that begins at {@code at}. */
    public static void attributes(ByteBuffer struct, int at, long value) {
        struct.putLong(at + ATTRIBUTES, value);
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
