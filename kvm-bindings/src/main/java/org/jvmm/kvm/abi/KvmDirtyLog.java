package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_dirty_log}: Where to put a slot's dirty bitmap ({@code KVM_GET_DIRTY_LOG}). */
public final class KvmDirtyLog {
    /** Size in bytes. */
    public static final int SIZE = 16;
    /** Offset of {@code slot}, u32. */
    public static final int SLOT = 0;
    /** Offset of {@code dirty_bitmap}, 8 bytes. */
    public static final int DIRTY_BITMAP = 8;

    private KvmDirtyLog() {}

    /** Reads {@code slot} of the structure that begins at {@code at}. */
    public static int slot(ByteBuffer struct, int at) {
        return struct.getInt(at + SLOT);
    }

    /** Writes {@code slot} of the structure that begins at {@code at}. */
    public static void slot(ByteBuffer struct, int at, int value) {
        struct.putInt(at + SLOT, value);
    }
}
