package org.jvmm.kvm.abi;

/** {@code struct kvm_lapic_state}: The register page of a local APIC ({@code KVM_GET_LAPIC}). */
public final class KvmLapicState {
    /** Size in bytes. */
    public static final int SIZE = 1024;
    /** Offset of {@code regs}, 1024 bytes. */
    public static final int REGS = 0;

    private KvmLapicState() {}
}
