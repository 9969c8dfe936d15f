package org.jvmm.virtio.fs;

import java.lang.foreign.MemorySegment;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * Host memory for a {@link DaxWindow}. Where no file is mapped it is memory like any other, so that nothing the guest does there can fault; it takes nothing until it
 * is written to, and then at most its size.
 */
public final class DaxMemory {
    private static final int PROTECTION = LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE;

    private final long reserved;
    private final long address;
    private final long size;

    private DaxMemory(long reserved, long address, long size) {
        this.reserved = reserved;
        this.address = address;
        this.size = size;
    }

    /**
     * Reserves memory that begins at a multiple of {@link DaxWindow#PIECE}.
     *
     * @param size bytes, a multiple of {@link DaxWindow#PIECE}
     * @throws org.jvmm.core.host.SyscallException when the host has no room for it
     */
    public static DaxMemory reserve(LinuxSyscalls syscalls, long size) {
        if (size <= 0 || size % DaxWindow.PIECE != 0) {
            throw new IllegalArgumentException("DAX window of " + size + " bytes is not made of pieces of 2 MiB");
        }
        long reserved = syscalls.mmap(0, size + DaxWindow.PIECE, PROTECTION,
                LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS | LinuxSyscalls.MAP_NORESERVE, -1, 0);
        return new DaxMemory(reserved, reserved + DaxWindow.PIECE - 1 & -DaxWindow.PIECE, size);
    }

    /** Host address, a multiple of {@link DaxWindow#PIECE}. */
    public long address() {
        return address;
    }

    /** Bytes. */
    public long size() {
        return size;
    }

    /** The memory: alive until {@link #close}, without a check on each access. */
    @SuppressWarnings("restricted")
    public MemorySegment segment() {
        return MemorySegment.ofAddress(address).reinterpret(size);
    }

    /** Gives it back; only when no CPU runs and no device works. */
    public void close(LinuxSyscalls syscalls) {
        syscalls.munmap(reserved, size + DaxWindow.PIECE);
    }
}
