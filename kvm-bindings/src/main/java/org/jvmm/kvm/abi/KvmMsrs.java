package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_msrs}: Header of a list of MSR values ({@code KVM_GET_MSRS}); {@link KvmMsrEntry} follow. */
public final class KvmMsrs {
    /** Size in bytes. */
    public static final int SIZE = 8;
    /** Offset of {@code nmsrs}, u32. */
    public static final int NMSRS = 0;
    /** Offset of {@code entries}, as many as the header says. */
    public static final int ENTRIES = 8;

    private KvmMsrs() {}

    /** Reads {@code nmsrs} of the structure that begins at {@code at}. */
    public static int nmsrs(ByteBuffer struct, int at) {
        return struct.getInt(at + NMSRS);
    }

    /** Writes {@code nmsrs} of the structure that begins at {@code at}. */
    public static void nmsrs(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NMSRS, value);
    }
}
