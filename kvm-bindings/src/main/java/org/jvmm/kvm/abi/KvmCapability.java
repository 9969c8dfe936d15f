package org.jvmm.kvm.abi;

/** Capabilities ({@code KVM_CHECK_EXTENSION}): those that jvmm cannot do without, those it uses where they are, and those it only knows. */
public enum KvmCapability {
    /** Interrupt controllers in the kernel. */
    IRQCHIP(0, Need.REQUIRED),
    /** Guest memory is this process's memory. */
    USER_MEMORY(3, Need.REQUIRED),
    /** A place for the real-mode task state. */
    SET_TSS_ADDR(4, Need.REQUIRED),
    /** CPUID tables with sub-leaves. */
    EXT_CPUID(7, Need.REQUIRED),
    /** The recommended limit of vCPUs. */
    NR_VCPUS(9, Need.KNOWN),
    /** The limit of memory slots. */
    NR_MEMSLOTS(10, Need.USED),
    /** Run state of a vCPU can be saved. */
    MP_STATE(14, Need.USED),
    /** Queued MMIO writes. */
    COALESCED_MMIO(15, Need.KNOWN),
    /** Changes of the host's mappings reach the guest. */
    SYNC_MMU(16, Need.REQUIRED),
    /** An NMI can be queued. */
    USER_NMI(22, Need.USED),
    /** Break points and single steps. */
    SET_GUEST_DEBUG(23, Need.USED),
    /** GSI routing. */
    IRQ_ROUTING(25, Need.USED),
    /** Machine checks. */
    MCE(31, Need.KNOWN),
    /** An eventfd pulses a line. */
    IRQFD(32, Need.REQUIRED),
    /** The timer in the kernel. */
    PIT2(33, Need.REQUIRED),
    /** A store signals an eventfd. */
    IOEVENTFD(36, Need.REQUIRED),
    /** A place for the real-mode page table. */
    SET_IDENTITY_MAP_ADDR(37, Need.USED),
    /** The paravirtual clock can be read and set. */
    ADJUST_CLOCK(39, Need.USED),
    /** Data words with internal errors. */
    INTERNAL_ERROR_DATA(40, Need.USED),
    /** Events in flight can be saved. */
    VCPU_EVENTS(41, Need.USED),
    /** Debug registers can be saved. */
    DEBUGREGS(50, Need.USED),
    /** {@code KVM_ENABLE_CAP} on a vCPU. */
    ENABLE_CAP(54, Need.KNOWN),
    /** Extended processor state can be saved. */
    XSAVE(55, Need.USED),
    /** Extended control registers can be saved. */
    XCRS(56, Need.USED),
    /** The guest's TSC may tick at another rate. */
    TSC_CONTROL(60, Need.KNOWN),
    /** The TSC's rate is told. */
    GET_TSC_KHZ(61, Need.USED),
    /** The limit of vCPUs. */
    MAX_VCPUS(66, Need.USED),
    /** One register by number. */
    ONE_REG(70, Need.KNOWN),
    /** The local APIC's TSC-deadline timer. */
    TSC_DEADLINE_TIMER(72, Need.USED),
    /** Registers in the shared page. */
    SYNC_REGS(74, Need.KNOWN),
    /** The guest's watchdog can be told of a pause. */
    KVMCLOCK_CTRL(76, Need.USED),
    /** Message-signalled interrupts. */
    SIGNAL_MSI(77, Need.REQUIRED),
    /** Memory slots that trap writes. */
    READONLY_MEM(81, Need.KNOWN),
    /** A line that is lowered at the end of interrupt. */
    IRQFD_RESAMPLE(82, Need.KNOWN),
    /** In-kernel devices with attributes. */
    DEVICE_CTRL(89, Need.KNOWN),
    /** CPUID of slowly emulated features. */
    EXT_EMUL_CPUID(95, Need.KNOWN),
    /** {@code KVM_ENABLE_CAP} on a VM. */
    ENABLE_CAP_VM(98, Need.KNOWN),
    /** PIC and I/O APIC here, local APICs in the kernel. */
    SPLIT_IRQCHIP(121, Need.KNOWN),
    /** Any length of store signals. */
    IOEVENTFD_ANY_LENGTH(122, Need.KNOWN),
    /** The limit of vCPU numbers. */
    MAX_VCPU_ID(128, Need.KNOWN),
    /** Local APICs with 32-bit numbers. */
    X2APIC_API(129, Need.KNOWN),
    /** {@code KVM_RUN} can be asked to return at once: kicks without a race. */
    IMMEDIATE_EXIT(136, Need.REQUIRED),
    /** Feature MSRs. */
    GET_MSR_FEATURES(153, Need.KNOWN),
    /** Nested virtualisation can be saved. */
    NESTED_STATE(157, Need.KNOWN),
    /** Dirty pages are protected again on demand. */
    MANUAL_DIRTY_LOG_PROTECT2(168, Need.KNOWN),
    /** MSR accesses can be filtered. */
    X86_MSR_FILTER(189, Need.KNOWN),
    /** Dirty pages in a ring. */
    DIRTY_LOG_RING(192, Need.KNOWN),
    /** Which debug events there are. */
    SET_GUEST_DEBUG2(195, Need.KNOWN),
    /** PDPTEs with the control registers. */
    SREGS2(200, Need.KNOWN),
    /** Statistics through a descriptor. */
    BINARY_STATS_FD(203, Need.KNOWN),
    /** Processor state beyond 4 KiB. */
    XSAVE2(208, Need.USED),
    /** Machine types. */
    VM_TYPES(235, Need.KNOWN),
    /** Memory slots with private memory. */
    USER_MEMORY2(231, Need.KNOWN),
    /** Private and shared pages. */
    MEMORY_ATTRIBUTES(233, Need.KNOWN),
    /** Memory the host cannot map. */
    GUEST_MEMFD(234, Need.KNOWN);

    /** How much jvmm depends on it. */
    public enum Need {
        /** The engine refuses to work without it. */
        REQUIRED,
        /** The engine works without it, with less. */
        USED,
        /** Bound, but the engine does without. */
        KNOWN
    }

    private final int number;
    private final Need need;

    KvmCapability(int number, Need need) {
        this.number = number;
        this.need = need;
    }

    /** The number that {@code KVM_CHECK_EXTENSION} takes. */
    public int number() {
        return number;
    }

    /** How much jvmm depends on it. */
    public Need need() {
        return need;
    }
}
