package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_create_guest_memfd}: Memory the host cannot map ({@code KVM_CREATE_GUEST_MEMFD}, Linux 6.8). */
public final class KvmCreateGuestMemfd {
    /** Size in bytes. */
    public static final int SIZE = 64;
    /** Offset of {@code size}, u64. */
    public static final int SIZE_MEMBER = 0;
    /** Offset of {@code flags}, u64. */
    public static final int FLAGS = 8;

    private KvmCreateGuestMemfd() {}

    /** Reads {@code size} of the structure that begins at {@code at}. */
    public static long size(ByteBuffer struct, int at) {
        return struct.getLong(at + SIZE_MEMBER);
    }

    /** Writes {@code size} of the structure that begins at {@code at}. */
    public static void size(ByteBuffer struct, int at, long value) {
        struct.putLong(at + SIZE_MEMBER, value);
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
