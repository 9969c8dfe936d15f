package org.jvmm.kvm.abi;

/** Requests of a vCPU descriptor (Linux Documentation/virt/kvm/api.rst): {@code KVM_} and the name. */
public final class VcpuIoctl {
    /** Runs the guest until an exit. */
    public static final long RUN = IoctlNumber.none(0x80);
    /** General registers. */
    public static final long GET_REGS = IoctlNumber.read(0x81, KvmRegs.SIZE);
    /** General registers. */
    public static final long SET_REGS = IoctlNumber.write(0x82, KvmRegs.SIZE);
    /** Segments and control registers. */
    public static final long GET_SREGS = IoctlNumber.read(0x83, KvmSregs.SIZE);
    /** Segments and control registers. */
    public static final long SET_SREGS = IoctlNumber.write(0x84, KvmSregs.SIZE);
    /** Walks the guest's page tables. */
    public static final long TRANSLATE = IoctlNumber.readWrite(0x85, KvmTranslation.SIZE);
    /** Injects a vector without an in-kernel controller. */
    public static final long INTERRUPT = IoctlNumber.write(0x86, KvmInterrupt.SIZE);
    /** Answers how many were read. */
    public static final long GET_MSRS = IoctlNumber.readWrite(0x88, KvmMsrs.SIZE);
    /** Answers how many were written. */
    public static final long SET_MSRS = IoctlNumber.write(0x89, KvmMsrs.SIZE);
    /** Signals that end {@link #RUN}. */
    public static final long SET_SIGNAL_MASK = IoctlNumber.write(0x8b, KvmSignalMask.SIZE);
    /** x87 and SSE. */
    public static final long GET_FPU = IoctlNumber.read(0x8c, KvmFpu.SIZE);
    /** x87 and SSE. */
    public static final long SET_FPU = IoctlNumber.write(0x8d, KvmFpu.SIZE);
    /** Local APIC; needs {@code KVM_CAP_IRQCHIP}. */
    public static final long GET_LAPIC = IoctlNumber.read(0x8e, KvmLapicState.SIZE);
    /** Local APIC. */
    public static final long SET_LAPIC = IoctlNumber.write(0x8f, KvmLapicState.SIZE);
    /** What CPUID answers; needs {@code KVM_CAP_EXT_CPUID}. */
    public static final long SET_CPUID2 = IoctlNumber.write(0x90, KvmCpuid2.SIZE);
    /** What CPUID answers. */
    public static final long GET_CPUID2 = IoctlNumber.readWrite(0x91, KvmCpuid2.SIZE);
    /** Needs {@code KVM_CAP_MP_STATE}. */
    public static final long GET_MP_STATE = IoctlNumber.read(0x98, KvmMpState.SIZE);
    /** Needs {@code KVM_CAP_MP_STATE}. */
    public static final long SET_MP_STATE = IoctlNumber.write(0x99, KvmMpState.SIZE);
    /** Queues an NMI; needs {@code KVM_CAP_USER_NMI}. */
    public static final long NMI = IoctlNumber.none(0x9a);
    /** Needs {@code KVM_CAP_SET_GUEST_DEBUG}. */
    public static final long SET_GUEST_DEBUG = IoctlNumber.write(0x9b, KvmGuestDebug.SIZE);
    /** Needs {@code KVM_CAP_MCE}. */
    public static final long X86_SETUP_MCE = IoctlNumber.write(0x9c, Long.BYTES);
    /** Needs {@code KVM_CAP_MCE}. */
    public static final long X86_SET_MCE = IoctlNumber.write(0x9e, KvmX86Mce.SIZE);
    /** Needs {@code KVM_CAP_VCPU_EVENTS}. */
    public static final long GET_VCPU_EVENTS = IoctlNumber.read(0x9f, KvmVcpuEvents.SIZE);
    /** Needs {@code KVM_CAP_VCPU_EVENTS}. */
    public static final long SET_VCPU_EVENTS = IoctlNumber.write(0xa0, KvmVcpuEvents.SIZE);
    /** Needs {@code KVM_CAP_DEBUGREGS}. */
    public static final long GET_DEBUGREGS = IoctlNumber.read(0xa1, KvmDebugregs.SIZE);
    /** Needs {@code KVM_CAP_DEBUGREGS}. */
    public static final long SET_DEBUGREGS = IoctlNumber.write(0xa2, KvmDebugregs.SIZE);
    /** The argument is kHz; needs {@code KVM_CAP_TSC_CONTROL}. */
    public static final long SET_TSC_KHZ = IoctlNumber.none(0xa2);
    /** Needs {@code KVM_CAP_GET_TSC_KHZ}. */
    public static final long GET_TSC_KHZ = IoctlNumber.none(0xa3);
    /** On a vCPU or a VM. */
    public static final long ENABLE_CAP = IoctlNumber.write(0xa3, KvmEnableCap.SIZE);
    /** Needs {@code KVM_CAP_XSAVE}. */
    public static final long GET_XSAVE = IoctlNumber.read(0xa4, KvmXsave.SIZE);
    /** Needs {@code KVM_CAP_XSAVE}. */
    public static final long SET_XSAVE = IoctlNumber.write(0xa5, KvmXsave.SIZE);
    /** Needs {@code KVM_CAP_XCRS}. */
    public static final long GET_XCRS = IoctlNumber.read(0xa6, KvmXcrs.SIZE);
    /** Needs {@code KVM_CAP_XCRS}. */
    public static final long SET_XCRS = IoctlNumber.write(0xa7, KvmXcrs.SIZE);
    /** Needs {@code KVM_CAP_ONE_REG}. */
    public static final long GET_ONE_REG = IoctlNumber.write(0xab, KvmOneReg.SIZE);
    /** Needs {@code KVM_CAP_ONE_REG}. */
    public static final long SET_ONE_REG = IoctlNumber.write(0xac, KvmOneReg.SIZE);
    /** Tells the guest's watchdog that it was paused; needs {@code KVM_CAP_KVMCLOCK_CTRL}. */
    public static final long KVMCLOCK_CTRL = IoctlNumber.none(0xad);
    /** Needs {@code KVM_CAP_SREGS2}. */
    public static final long GET_SREGS2 = IoctlNumber.read(0xcc, KvmSregs2.SIZE);
    /** Needs {@code KVM_CAP_SREGS2}. */
    public static final long SET_SREGS2 = IoctlNumber.write(0xcd, KvmSregs2.SIZE);
    /** On a vCPU or a VM; needs {@code KVM_CAP_BINARY_STATS_FD}. */
    public static final long GET_STATS_FD = IoctlNumber.none(0xce);
    /** May write more than the size in its number: {@code KVM_CAP_XSAVE2} tells how much. */
    public static final long GET_XSAVE2 = IoctlNumber.read(0xcf, KvmXsave.SIZE);

    private VcpuIoctl() {}
}
