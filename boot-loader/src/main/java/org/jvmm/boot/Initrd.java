package org.jvmm.boot;

import java.nio.file.Path;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;

/**
 * An initial ramdisk in guest memory.
 *
 * @param address guest-physical address, page aligned
 * @param size bytes
 */
record Initrd(long address, long size) {
    /**
     * Loads it to the top of the first RAM region, clear of the kernel.
     *
     * @throws KernelException when it does not fit or cannot be read
     */
    static Initrd load(Path path, LinuxSyscalls syscalls, GuestMemory memory, KernelImage kernel) {
        try (BootFile file = BootFile.open("Initrd", path, syscalls)) {
            long top = Math.min(memory.regions().get(0).end(), kernel.initrdAddressMax() + 1);
            long address = place(file.size(), top, kernel.memoryStart(), kernel.memoryEnd());
            if (address < GuestLayout.HIGH_MEMORY) {
                throw file.fault("is too large: it has " + KernelException.mib(file.size()) + " beside a kernel of "
                        + KernelException.mib(kernel.memoryEnd() - kernel.memoryStart()) + ", the guest has "
                        + KernelException.mib(memory.size()));
            }
            file.load(memory, address, 0, file.size(), "its contents");
            return new Initrd(address, file.size());
        }
    }

    /** The highest page-aligned address that ends below {@code top} and avoids the kernel; negative or below 1 MiB when there is none. */
    static long place(long size, long top, long kernelStart, long kernelEnd) {
        long address = pageDown(top - size);
        // The guest frees whole pages, so the last one must not be shared with the kernel (setup.c, reserve_initrd).
        if (address < kernelEnd && pageUp(address + size) > kernelStart) {
            address = pageDown(kernelStart - size);
        }
        return address;
    }

    private static long pageDown(long value) {
        return value & -GuestLayout.PAGE_SIZE;
    }

    private static long pageUp(long value) {
        return (value + GuestLayout.PAGE_SIZE - 1) & -GuestLayout.PAGE_SIZE;
    }
}
