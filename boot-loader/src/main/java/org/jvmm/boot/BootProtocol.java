package org.jvmm.boot;

/** How a kernel is entered. */
public enum BootProtocol {
    /** By the image: PVH when it has a PVH entry, else what its format allows. */
    AUTO,
    /** 32-bit protected mode without paging, {@code hvm_start_info} in EBX (Xen, docs/misc/pvh). ELF images with a PVH note. */
    PVH,
    /** Long mode at the ELF entry, {@code boot_params} in RSI. */
    LINUX64,
    /** Long mode at the bzImage's 64-bit entry, {@code boot_params} in RSI (Linux Documentation/arch/x86/boot.rst). */
    BZIMAGE
}
