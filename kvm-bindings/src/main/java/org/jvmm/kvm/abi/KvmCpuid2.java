package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_cpuid2}: Header of a CPUID table ({@code KVM_GET_SUPPORTED_CPUID}); {@link KvmCpuidEntry2} follow. */
public final class KvmCpuid2 {
    /** Size in bytes. */
    public static final int SIZE = 8;
    /** Offset of {@code nent}, u32. */
    public static final int NENT = 0;
    /** Offset of {@code entries}, as many as the header says. */
    public static final int ENTRIES = 8;

    private KvmCpuid2() {}

    /** Reads {@code nent} of the structure that begins at {@code at}. */
    public static int nent(ByteBuffer struct, int at) {
        return struct.getInt(at + NENT);
    }

    /** Writes {@code nent} of the structure that begins at {@code at}. */
    public static void nent(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NENT, value);
    }
}
