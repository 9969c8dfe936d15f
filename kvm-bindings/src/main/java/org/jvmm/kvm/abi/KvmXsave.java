package org.jvmm.kvm.abi;

/** {@code struct kvm_xsave}: The XSAVE area ({@code KVM_GET_XSAVE}); {@code KVM_GET_XSAVE2} may write more than its size. */
public final class KvmXsave {
    /** Size in bytes. */
    public static final int SIZE = 4096;
    /** Offset of {@code region}, 4096 bytes. */
    public static final int REGION = 0;

    private KvmXsave() {}
}
