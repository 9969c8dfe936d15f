package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_msr_list}: List of MSR numbers ({@code KVM_GET_MSR_INDEX_LIST}). */
public final class KvmMsrList {
    /** Size in bytes. */
    public static final int SIZE = 4;
    /** Offset of {@code nmsrs}, u32. */
    public static final int NMSRS = 0;
    /** Offset of {@code indices}, as many as the header says. */
    public static final int INDICES = 4;

    private KvmMsrList() {}

    /** Reads {@code nmsrs} of the structure that begins at {@code at}. */
    public static int nmsrs(ByteBuffer struct, int at) {
        return struct.getInt(at + NMSRS);
    }

    /** Writes {@code nmsrs} of the structure that begins at {@code at}. */
    public static void nmsrs(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NMSRS, value);
    }
}
