package org.jvmm.kvm.abi;

/** Requests of {@code /dev/kvm} (Linux Documentation/virt/kvm/api.rst): {@code KVM_} and the name. */
public final class SystemIoctl {
    /** Always 12. */
    public static final long GET_API_VERSION = IoctlNumber.none(0x00);
    /** The argument is the machine type, 0 for an ordinary one; answers the VM's descriptor. */
    public static final long CREATE_VM = IoctlNumber.none(0x01);
    /** MSRs that belong to a saved state. */
    public static final long GET_MSR_INDEX_LIST = IoctlNumber.readWrite(0x02, KvmMsrList.SIZE);
    /** The argument is a {@link KvmCapability} number; on a VM descriptor the answer is the VM's. */
    public static final long CHECK_EXTENSION = IoctlNumber.none(0x03);
    /** Bytes of a vCPU's mapping. */
    public static final long GET_VCPU_MMAP_SIZE = IoctlNumber.none(0x04);
    /** What KVM can offer; needs {@code KVM_CAP_EXT_CPUID}. */
    public static final long GET_SUPPORTED_CPUID = IoctlNumber.readWrite(0x05, KvmCpuid2.SIZE);
    /** What KVM emulates slowly; needs {@code KVM_CAP_EXT_EMUL_CPUID}. */
    public static final long GET_EMULATED_CPUID = IoctlNumber.readWrite(0x09, KvmCpuid2.SIZE);
    /** MSRs that tell features; needs {@code KVM_CAP_GET_MSR_FEATURES}. */
    public static final long GET_MSR_FEATURE_INDEX_LIST = IoctlNumber.readWrite(0x0a, KvmMsrList.SIZE);

    private SystemIoctl() {}
}
