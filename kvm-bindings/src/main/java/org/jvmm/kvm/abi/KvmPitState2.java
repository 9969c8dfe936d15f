package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_pit_state2}: State of the PIT ({@code KVM_GET_PIT2}). */
public final class KvmPitState2 {
    /** Size in bytes. */
    public static final int SIZE = 112;
    /** Offset of {@code channels}, 72 bytes. */
    public static final int CHANNELS = 0;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 72;

    private KvmPitState2() {}

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }
}
