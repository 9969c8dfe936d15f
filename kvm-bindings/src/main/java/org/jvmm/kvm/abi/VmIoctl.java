package org.jvmm.kvm.abi;

/** Requests of a VM descriptor (Linux Documentation/virt/kvm/api.rst): {@code KVM_} and the name. */
public final class VmIoctl {
    /** The argument is the vCPU's id; answers its descriptor. */
    public static final long CREATE_VCPU = IoctlNumber.none(0x41);
    /** Fetches and clears a slot's dirty bitmap. */
    public static final long GET_DIRTY_LOG = IoctlNumber.write(0x42, KvmDirtyLog.SIZE);
    /** Limits shadow pages. */
    public static final long SET_NR_MMU_PAGES = IoctlNumber.none(0x44);
    /** Makes, moves or (size 0) removes a slot; needs {@code KVM_CAP_USER_MEMORY}. */
    public static final long SET_USER_MEMORY_REGION = IoctlNumber.write(0x46, KvmUserspaceMemoryRegion.SIZE);
    /** Three pages for real mode on VMX; needs {@code KVM_CAP_SET_TSS_ADDR}. */
    public static final long SET_TSS_ADDR = IoctlNumber.none(0x47);
    /** One page for real mode on VMX; needs {@code KVM_CAP_SET_IDENTITY_MAP_ADDR}. */
    public static final long SET_IDENTITY_MAP_ADDR = IoctlNumber.write(0x48, Long.BYTES);
    /** A slot with private memory; needs {@code KVM_CAP_USER_MEMORY2}. */
    public static final long SET_USER_MEMORY_REGION2 = IoctlNumber.write(0x49, KvmUserspaceMemoryRegion2.SIZE);
    /** PIC pair, I/O APIC and local APICs in the kernel; needs {@code KVM_CAP_IRQCHIP}. */
    public static final long CREATE_IRQCHIP = IoctlNumber.none(0x60);
    /** Sets a line's level. */
    public static final long IRQ_LINE = IoctlNumber.write(0x61, KvmIrqLevel.SIZE);
    /** Saves a controller. */
    public static final long GET_IRQCHIP = IoctlNumber.readWrite(0x62, KvmIrqchip.SIZE);
    /** Restores a controller; the direction in the number is the kernel's own slip. */
    public static final long SET_IRQCHIP = IoctlNumber.read(0x63, KvmIrqchip.SIZE);
    /** Needs {@code KVM_CAP_COALESCED_MMIO}. */
    public static final long REGISTER_COALESCED_MMIO = IoctlNumber.write(0x67, KvmCoalescedMmioZone.SIZE);
    /** Undoes it. */
    public static final long UNREGISTER_COALESCED_MMIO = IoctlNumber.write(0x68, KvmCoalescedMmioZone.SIZE);
    /** As {@link #IRQ_LINE}, and tells whether the interrupt was merged. */
    public static final long IRQ_LINE_STATUS = IoctlNumber.readWrite(0x67, KvmIrqLevel.SIZE);
    /** Replaces the routing table; needs {@code KVM_CAP_IRQ_ROUTING}. */
    public static final long SET_GSI_ROUTING = IoctlNumber.write(0x6a, KvmIrqRouting.SIZE);
    /** PIT ticks; takes {@link KvmReinjectControl}. */
    public static final long REINJECT_CONTROL = IoctlNumber.none(0x71);
    /** Binds an eventfd to a line; needs {@code KVM_CAP_IRQFD}. */
    public static final long IRQFD = IoctlNumber.write(0x76, KvmIrqfd.SIZE);
    /** Needs {@code KVM_CAP_PIT2}. */
    public static final long CREATE_PIT2 = IoctlNumber.write(0x77, KvmPitConfig.SIZE);
    /** Which vCPU is the boot processor; before the first is made. */
    public static final long SET_BOOT_CPU_ID = IoctlNumber.none(0x78);
    /** Binds an eventfd to a store; needs {@code KVM_CAP_IOEVENTFD}. */
    public static final long IOEVENTFD = IoctlNumber.write(0x79, KvmIoeventfd.SIZE);
    /** Needs {@code KVM_CAP_ADJUST_CLOCK}. */
    public static final long SET_CLOCK = IoctlNumber.write(0x7b, KvmClockData.SIZE);
    /** Needs {@code KVM_CAP_ADJUST_CLOCK}. */
    public static final long GET_CLOCK = IoctlNumber.read(0x7c, KvmClockData.SIZE);
    /** Saves the PIT. */
    public static final long GET_PIT2 = IoctlNumber.read(0x9f, KvmPitState2.SIZE);
    /** Restores the PIT. */
    public static final long SET_PIT2 = IoctlNumber.write(0xa0, KvmPitState2.SIZE);
    /** Delivers a message; needs {@code KVM_CAP_SIGNAL_MSI}. */
    public static final long SIGNAL_MSI = IoctlNumber.write(0xa5, KvmMsi.SIZE);
    /** Needs {@code KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2}. */
    public static final long CLEAR_DIRTY_LOG = IoctlNumber.readWrite(0xc0, KvmClearDirtyLog.SIZE);
    /** Needs {@code KVM_CAP_X86_MSR_FILTER}. */
    public static final long X86_SET_MSR_FILTER = IoctlNumber.write(0xc6, KvmMsrFilter.SIZE);
    /** Needs {@code KVM_CAP_DIRTY_LOG_RING}. */
    public static final long RESET_DIRTY_RINGS = IoctlNumber.none(0xc7);
    /** Private or shared pages; needs {@code KVM_CAP_MEMORY_ATTRIBUTES}. */
    public static final long SET_MEMORY_ATTRIBUTES = IoctlNumber.write(0xd2, KvmMemoryAttributes.SIZE);
    /** Memory the host cannot map; needs {@code KVM_CAP_GUEST_MEMFD}. */
    public static final long CREATE_GUEST_MEMFD = IoctlNumber.readWrite(0xd4, KvmCreateGuestMemfd.SIZE);
    /** Needs {@code KVM_CAP_DEVICE_CTRL}. */
    public static final long CREATE_DEVICE = IoctlNumber.readWrite(0xe0, KvmCreateDevice.SIZE);

    private VmIoctl() {}
}
