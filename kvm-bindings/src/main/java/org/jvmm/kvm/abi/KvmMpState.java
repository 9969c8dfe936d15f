package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_mp_state}: Whether a vCPU runs, halts or waits for INIT ({@code KVM_GET_MP_STATE}). */
public final class KvmMpState {
    /** Size in bytes. */
    public static final int SIZE = 4;
    /** Offset of {@code mp_state}, u32. */
    public static final int MP_STATE = 0;

    private KvmMpState() {}

    /** Reads {@code mp_state} of the structure that begins at {@code at}. */
    public static int mpState(ByteBuffer struct, int at) {
        return struct.getInt(at + MP_STATE);
    }

    /** Writes {@code mp_state} of the structure that begins at {@code at}. */
    public static void mpState(ByteBuffer struct, int at, int value) {
        struct.putInt(at + MP_STATE, value);
    }
}
