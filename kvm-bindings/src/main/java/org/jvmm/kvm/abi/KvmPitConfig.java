package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_pit_config}: How the PIT is made ({@code KVM_CREATE_PIT2}). */
public final class KvmPitConfig {
    /** Size in bytes. */
    public static final int SIZE = 64;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 0;

    private KvmPitConfig() {}

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }
}
