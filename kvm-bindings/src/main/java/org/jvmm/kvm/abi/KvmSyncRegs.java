package org.jvmm.kvm.abi;

/** {@code struct kvm_sync_regs}: What {@code KVM_CAP_SYNC_REGS} shares in {@link KvmRun}. */
public final class KvmSyncRegs {
    /** Size in bytes. */
    public static final int SIZE = 520;
    /** Offset of {@code regs}, 144 bytes. */
    public static final int REGS = 0;
    /** Offset of {@code sregs}, 312 bytes. */
    public static final int SREGS = 144;
    /** Offset of {@code events}, 64 bytes. */
    public static final int EVENTS = 456;

    private KvmSyncRegs() {}
}
