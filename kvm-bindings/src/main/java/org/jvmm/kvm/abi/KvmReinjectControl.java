package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_reinject_control}: Whether lost PIT ticks are made up for ({@code KVM_REINJECT_CONTROL}). */
public final class KvmReinjectControl {
    /** Size in bytes. */
    public static final int SIZE = 32;
    /** Offset of {@code pit_reinject}, u8. */
    public static final int PIT_REINJECT = 0;

    private KvmReinjectControl() {}

    /** Reads {@code pit_reinject} of the structure that begins at {@code at}. */
    public static int pitReinject(ByteBuffer struct, int at) {
        return struct.get(at + PIT_REINJECT) & 0xFF;
    }

    /** Writes {@code pit_reinject} of the structure that begins at {@code at}. */
    public static void pitReinject(ByteBuffer struct, int at, int value) {
        struct.put(at + PIT_REINJECT, (byte) value);
    }
}
