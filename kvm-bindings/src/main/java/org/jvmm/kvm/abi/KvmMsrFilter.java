package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_msr_filter}: Which MSR accesses are allowed ({@code KVM_X86_SET_MSR_FILTER}). */
public final class KvmMsrFilter {
    /** Size in bytes. */
    public static final int SIZE = 392;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 0;
    /** Offset of {@code ranges}, 384 bytes. */
    public static final int RANGES = 8;

    private KvmMsrFilter() {}

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }
}
