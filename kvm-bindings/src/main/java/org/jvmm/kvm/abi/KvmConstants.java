package org.jvmm.kvm.abi;

/** Values that structures and requests carry: {@code KVM_} and the name in linux/kvm.h and asm/kvm.h. */
public final class KvmConstants {
    /** The only version of the interface there is. */
    public static final int API_VERSION = 12;

    /** Exit reason: the kernel does not know. */
    public static final int EXIT_UNKNOWN = 0;
    /** Exit reason: an exception of the host's. */
    public static final int EXIT_EXCEPTION = 1;
    /** Exit reason: a port access. */
    public static final int EXIT_IO = 2;
    /** Exit reason: a hypercall. */
    public static final int EXIT_HYPERCALL = 3;
    /** Exit reason: a debug event. */
    public static final int EXIT_DEBUG = 4;
    /** Exit reason: HLT without an in-kernel controller. */
    public static final int EXIT_HLT = 5;
    /** Exit reason: an access outside of the memory slots. */
    public static final int EXIT_MMIO = 6;
    /** Exit reason: interrupts can be injected. */
    public static final int EXIT_IRQ_WINDOW_OPEN = 7;
    /** Exit reason: a triple fault. */
    public static final int EXIT_SHUTDOWN = 8;
    /** Exit reason: the processor refused the guest's state. */
    public static final int EXIT_FAIL_ENTRY = 9;
    /** Exit reason: a signal. */
    public static final int EXIT_INTR = 10;
    /** Exit reason: KVM cannot go on. */
    public static final int EXIT_INTERNAL_ERROR = 17;
    /** Exit reason: {@code KVM_SYSTEM_EVENT_*}. */
    public static final int EXIT_SYSTEM_EVENT = 24;
    /** Exit reason: end of interrupt, split controllers. */
    public static final int EXIT_IOAPIC_EOI = 26;
    /** Exit reason: the dirty ring is full. */
    public static final int EXIT_DIRTY_RING_FULL = 31;

    /** {@code io.direction}: the guest reads. */
    public static final int EXIT_IO_IN = 0;
    /** {@code io.direction}: the guest writes. */
    public static final int EXIT_IO_OUT = 1;

    /** Internal error: an instruction that KVM had to emulate and cannot. */
    public static final int INTERNAL_ERROR_EMULATION = 1;
    /** Internal error: two exits at once. */
    public static final int INTERNAL_ERROR_SIMUL_EX = 2;
    /** Internal error: an exit while an event was delivered. */
    public static final int INTERNAL_ERROR_DELIVERY_EV = 3;
    /** Internal error: an exit of the processor that KVM does not know. */
    public static final int INTERNAL_ERROR_UNEXPECTED_EXIT_REASON = 4;
    /** {@code emulation_failure.flags}: the instruction's bytes are there. */
    public static final int INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES = 1;

    /** {@code system_event.type}: power off. */
    public static final int SYSTEM_EVENT_SHUTDOWN = 1;
    /** {@code system_event.type}: reset. */
    public static final int SYSTEM_EVENT_RESET = 2;
    /** {@code system_event.type}: crash. */
    public static final int SYSTEM_EVENT_CRASH = 3;

    /** Memory slot flag: log dirty pages. */
    public static final int MEM_LOG_DIRTY_PAGES = 1;
    /** Memory slot flag: writes exit. */
    public static final int MEM_READONLY = 2;

    /** {@code kvm_ioeventfd.flags}: only stores of {@code datamatch}. */
    public static final int IOEVENTFD_FLAG_DATAMATCH = 1;
    /** {@code kvm_ioeventfd.flags}: a port, not memory. */
    public static final int IOEVENTFD_FLAG_PIO = 2;
    /** {@code kvm_ioeventfd.flags}: undo. */
    public static final int IOEVENTFD_FLAG_DEASSIGN = 4;
    /** {@code kvm_irqfd.flags}: undo. */
    public static final int IRQFD_FLAG_DEASSIGN = 1;
    /** {@code kvm_irqfd.flags}: level-triggered with a resample eventfd. */
    public static final int IRQFD_FLAG_RESAMPLE = 2;

    /** {@code kvm_pit_config.flags}: port 0x61 answers in the kernel. */
    public static final int PIT_SPEAKER_DUMMY = 1;

    /** {@code kvm_irqchip.chip_id}: first 8259A. */
    public static final int IRQCHIP_PIC_MASTER = 0;
    /** {@code kvm_irqchip.chip_id}: second 8259A. */
    public static final int IRQCHIP_PIC_SLAVE = 1;
    /** {@code kvm_irqchip.chip_id}: the I/O APIC. */
    public static final int IRQCHIP_IOAPIC = 2;

    /** {@code kvm_irq_routing_entry.type}: a controller's pin. */
    public static final int IRQ_ROUTING_IRQCHIP = 1;
    /** {@code kvm_irq_routing_entry.type}: a message. */
    public static final int IRQ_ROUTING_MSI = 2;

    /** {@code kvm_mp_state.mp_state}: runs. */
    public static final int MP_STATE_RUNNABLE = 0;
    /** {@code kvm_mp_state.mp_state}: waits for INIT. */
    public static final int MP_STATE_UNINITIALIZED = 1;
    /** {@code kvm_mp_state.mp_state}: waits for a start-up IPI. */
    public static final int MP_STATE_INIT_RECEIVED = 2;
    /** {@code kvm_mp_state.mp_state}: sleeps in HLT. */
    public static final int MP_STATE_HALTED = 3;

    /** {@code kvm_cpuid_entry2.flags}: the sub-leaf counts. */
    public static final int CPUID_FLAG_SIGNIFCANT_INDEX = 1;

    /** {@code kvm_guest_debug.control}: on. */
    public static final int GUESTDBG_ENABLE = 1;
    /** {@code kvm_guest_debug.control}: exit after each instruction. */
    public static final int GUESTDBG_SINGLESTEP = 2;
    /** {@code kvm_guest_debug.control}: exit at INT3. */
    public static final int GUESTDBG_USE_SW_BP = 0x10000;
    /** {@code kvm_guest_debug.control}: debug registers are the host's. */
    public static final int GUESTDBG_USE_HW_BP = 0x20000;

    /** {@code kvm_vcpu_events.flags}: {@code nmi.pending} counts. */
    public static final int VCPUEVENT_VALID_NMI_PENDING = 1;
    /** {@code kvm_vcpu_events.flags}: {@code sipi_vector} counts. */
    public static final int VCPUEVENT_VALID_SIPI_VECTOR = 2;
    /** {@code kvm_vcpu_events.flags}: {@code interrupt.shadow} counts. */
    public static final int VCPUEVENT_VALID_SHADOW = 4;

    private KvmConstants() {}
}
