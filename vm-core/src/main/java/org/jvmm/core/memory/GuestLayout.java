package org.jvmm.core.memory;

/**
 * The guest-physical address map. Every address that the machine, the loader and the guest must agree on is named here and nowhere else.
 *
 * <p>Ranges are half open; {@code *_END} is the first address behind the range.
 */
public final class GuestLayout {
    /** Size of a page, bytes. */
    public static final int PAGE_SIZE = 4096;

    /** Boot GDT: 4 to 5 entries of 8 bytes, so it ends far below the IDT. */
    public static final long BOOT_GDT = 0x500;
    /** Boot IDT: one empty descriptor. */
    public static final long BOOT_IDT = 0x520;
    /** {@code hvm_start_info}, 56 bytes (PVH). */
    public static final long PVH_START_INFO = 0x6000;
    /** {@code hvm_modlist_entry}, 32 bytes each (PVH). */
    public static final long PVH_MODLIST = 0x6040;
    /** {@code hvm_memmap_table_entry}, 24 bytes each; up to {@link #ZERO_PAGE_END}. Used by PVH only, so it shares the zero page's place. */
    public static final long PVH_MEMMAP = 0x7000;
    /** {@code boot_params}, one page (64-bit Linux boot protocol). */
    public static final long ZERO_PAGE = 0x7000;
    /** End of the zero page. */
    public static final long ZERO_PAGE_END = ZERO_PAGE + PAGE_SIZE;
    /** Initial stack pointer: the stack grows down from here within the page that begins at 0x8000. */
    public static final long BOOT_STACK = 0x8FF0;
    /** Boot page tables: PML4, one PDPT and one PD with 512 identity-mapped 2 MiB pages. */
    public static final long BOOT_PML4 = 0x9000;
    /** Boot page-directory-pointer table. */
    public static final long BOOT_PDPT = 0xA000;
    /** Boot page directory. */
    public static final long BOOT_PD = 0xB000;
    /** Kernel command line, {@link #CMDLINE_MAX} bytes with its NUL. */
    public static final long CMDLINE = 0x20000;
    /** Limit of the kernel command line with its NUL: COMMAND_LINE_SIZE of x86 Linux. */
    public static final int CMDLINE_MAX = 2048;
    /** End of low RAM and start of the reserved system area (MP table, later ACPI tables). */
    public static final long SYSTEM_AREA = 0x9FC00;
    /** MP floating pointer and configuration table; 33 CPUs, 1 bus, 1 IOAPIC and 24 + 2 routes take 33*20 + 8 + 8 + 26*8 + 60 < 1 KiB. */
    public static final long MP_TABLE = SYSTEM_AREA;
    /** End of the reserved system area. */
    public static final long SYSTEM_AREA_END = 0xE0000;
    /** Start of high memory; kernels are loaded from here. */
    public static final long HIGH_MEMORY = 0x100000;

    /** First address of the hole below 4 GiB that belongs to devices: guest RAM stops here and goes on at {@link #HIGH_RAM}. */
    public static final long MMIO_GAP = 0xD000_0000L;
    /** Boot-timer page: a guest write of the byte 123 stamps "boot complete". */
    public static final long BOOT_TIMER = MMIO_GAP;
    /** First virtio-mmio window. */
    public static final long VIRTIO_MMIO = MMIO_GAP + PAGE_SIZE;
    /** Size of one virtio-mmio window. */
    public static final int VIRTIO_MMIO_SIZE = PAGE_SIZE;
    /** I/O APIC window. */
    public static final long IOAPIC = 0xFEC0_0000L;
    /** Local APIC window (each CPU sees its own). */
    public static final long LAPIC = 0xFEE0_0000L;
    /** Three pages KVM needs for its real-mode TSS. */
    public static final long KVM_TSS = 0xFFFB_D000L;
    /** RAM above the hole. */
    public static final long HIGH_RAM = 0x1_0000_0000L;

    /** First GSI for devices. */
    public static final int FIRST_DEVICE_GSI = 5;
    /** Last GSI for devices: the I/O APIC has 24 pins. */
    public static final int LAST_DEVICE_GSI = 23;
    /** Pins of the I/O APIC. */
    public static final int IOAPIC_PINS = 24;
    /** COM1's GSI. */
    public static final int COM1_GSI = 4;
    /** COM1's first port. */
    public static final int COM1_PORT = 0x3F8;
    /** Keyboard controller's GSI. */
    public static final int I8042_GSI = 1;
    /** Most virtual CPUs a machine may have. */
    public static final int MAX_CPUS = 32;

    private GuestLayout() {}
}
