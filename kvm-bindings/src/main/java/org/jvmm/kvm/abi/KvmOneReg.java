package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_one_reg}: One register by its number ({@code KVM_GET_ONE_REG}). */
public final class KvmOneReg {
    /** Size in bytes. */
    public static final int SIZE = 16;
    /** Offset of {@code id}, u64. */
    public static final int ID = 0;
    /** Offset of {@code addr}, u64. */
    public static final int ADDR = 8;

    private KvmOneReg() {}

    /** Reads {@code id} of the structure that begins at {@code at}. */
    public static long id(ByteBuffer struct, int at) {
        return struct.getLong(at + ID);
    }

    /** Writes {@code id} of the structure that begins at {@code at}. */
    public static void id(ByteBuffer struct, int at, long value) {
        struct.putLong(at + ID, value);
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
