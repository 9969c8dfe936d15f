package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_guest_debug}: Break points and single steps ({@code KVM_SET_GUEST_DEBUG}). */
public final class KvmGuestDebug {
    /** Size in bytes. */
    public static final int SIZE = 72;
    /** Offset of {@code control}, u32. */
    public static final int CONTROL = 0;
    /** Offset of {@code arch.debugreg}, 64 bytes. */
    public static final int ARCH_DEBUGREG = 8;

    private KvmGuestDebug() {}

    /** Reads {@code control} of the structure that begins at {@code at}. */
    public static int control(ByteBuffer struct, int at) {
        return struct.getInt(at + CONTROL);
    }

    /** Writes {@code control} of the structure that begins at {@code at}. */
    public static void control(ByteBuffer struct, int at, int value) {
        struct.putInt(at + CONTROL, value);
    }
}
