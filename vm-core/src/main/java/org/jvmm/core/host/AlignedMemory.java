package org.jvmm.core.host;

import java.lang.foreign.MemorySegment;

/**
 * Host memory that begins at a multiple of {@link #ALIGNMENT}, a place to map files into. Where no file is mapped it is memory like any other, so that nothing a guest does
 * there can fault; it takes nothing until it is written to, and then at most its size.
 */
public final class AlignedMemory {
    /** Bytes: the large page of x86-64, from which Linux makes memory of a device too (ZONE_DEVICE, PMD_SIZE). */
    public static final long ALIGNMENT = 2L << 20;

    private static final int PROTECTION = LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE;

    private final long reserved;
    private final long address;
    private final long size;

    private AlignedMemory(long reserved, long size) {
        this.reserved = reserved;
        this.address = reserved + ALIGNMENT - 1 & -ALIGNMENT;
        this.size = size;
    }

    /**
     * Reserves memory.
     *
     * @param size bytes, a multiple of {@link #ALIGNMENT}
     * @throws SyscallException when the host has no room for it
     */
    public static AlignedMemory reserve(LinuxSyscalls syscalls, long size) {
        if (size <= 0 || size % ALIGNMENT != 0) {
            throw new IllegalArgumentException("Memory of " + size + " bytes is not made of pieces of 2 MiB");
        }
        long reserved = syscalls.mmap(0, size + ALIGNMENT, PROTECTION,
                LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS | LinuxSyscalls.MAP_NORESERVE, -1, 0);
        return new AlignedMemory(reserved, size);
    }

    /** Host address, a multiple of {@link #ALIGNMENT}. */
    public long address() {
        return address;
    }

    /** Bytes. */
    public long size() {
        return size;
    }

    /** The memory: alive until {@link #close}, without a check on each access. */
    public MemorySegment segment() {
        return NativeMemory.segment(address, size);
    }

    /** Gives it back; only when no CPU runs and no device works. */
    public void close(LinuxSyscalls syscalls) {
        syscalls.munmap(reserved, size + ALIGNMENT);
    }
}
