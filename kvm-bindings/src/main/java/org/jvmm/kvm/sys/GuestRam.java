package org.jvmm.kvm.sys;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.NativeMemory;
import org.jvmm.core.host.SyscallException;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;

/**
 * Guest RAM: a memfd mapped shared, so that other processes (vhost-user) and snapshots can have it. One file and one mapping hold both regions
 * back to back: below {@link GuestLayout#MMIO_GAP}, and from {@link GuestLayout#HIGH_RAM}. Pages are zero and cost nothing until touched.
 *
 * <p>The segments live in the global scope, without a liveness check on each access; that is safe because {@link #close()} comes last.
 */
public final class GuestRam implements AutoCloseable {
    /** Least size in bytes: the low boot structures, 1 MiB, and room for the smallest kernel. */
    public static final long MIN_BYTES = 4L << 20;
    /** Greatest size in bytes: 1 TiB, far below what 46 physical address bits reach. */
    public static final long MAX_BYTES = 1L << 40;

    private static final String NAME = "guest-ram";

    private final LinuxSyscalls syscalls;
    private final int fd;
    private final long address;
    private final long size;
    private final GuestMemory memory;
    private boolean closed;

    private GuestRam(LinuxSyscalls syscalls, int fd, long address, long size) {
        this.syscalls = syscalls;
        this.fd = fd;
        this.address = address;
        this.size = size;
        memory = new GuestMemory(regions(NativeMemory.segment(address, size)));
    }

    /**
     * Allocates and maps RAM.
     *
     * @param bytes a multiple of the page size, {@link #MIN_BYTES} to {@link #MAX_BYTES}, and not more than the host's RAM. What is merely in use
     *        by others at present does not count: untouched guest pages take nothing, and hosts run more guest RAM than they have
     * @throws GuestRamException for a size that cannot be
     * @throws SyscallException when the host refuses a call
     */
    public static GuestRam allocate(LinuxSyscalls syscalls, long bytes) {
        HostMemory host;
        try {
            host = HostMemory.read();
        } catch (IOException e) {
            throw new GuestRamException("Cannot read /proc/meminfo: " + e.getMessage(), e);
        }
        return allocate(syscalls, bytes, host);
    }

    static GuestRam allocate(LinuxSyscalls syscalls, long bytes, HostMemory host) {
        check(bytes, host);
        int fd = syscalls.memfdCreate(NAME, LinuxSyscalls.MFD_CLOEXEC);
        try {
            syscalls.ftruncate(fd, bytes);
            long address = syscalls.mmap(0, bytes, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE,
                    LinuxSyscalls.MAP_SHARED | LinuxSyscalls.MAP_NORESERVE, fd, 0);
            return new GuestRam(syscalls, fd, address, bytes);
        } catch (SyscallException e) {
            syscalls.close(fd);
            throw e;
        }
    }

    private static void check(long bytes, HostMemory host) {
        if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
            throw new GuestRamException(
                    "Guest memory of " + bytes + " bytes is out of range: " + mib(MIN_BYTES) + " to " + mib(MAX_BYTES) + " are possible");
        }
        if (bytes % GuestLayout.PAGE_SIZE != 0) {
            throw new GuestRamException("Guest memory of " + bytes + " bytes is not a multiple of " + GuestLayout.PAGE_SIZE);
        }
        if (bytes > host.total()) {
            throw new GuestRamException("Guest memory of " + mib(bytes) + " is more than the host has: " + mib(host.total()) + ", of which "
                    + mib(host.available()) + " are available");
        }
    }

    private static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    static List<GuestRegion> regions(MemorySegment mapping) {
        if (mapping.byteSize() <= GuestLayout.MMIO_GAP) {
            return List.of(new GuestRegion(0, mapping));
        }
        return List.of(new GuestRegion(0, mapping.asSlice(0, GuestLayout.MMIO_GAP)),
                new GuestRegion(GuestLayout.HIGH_RAM, mapping.asSlice(GuestLayout.MMIO_GAP)));
    }

    /** The RAM as loaders, devices and engines see it. */
    public GuestMemory memory() {
        return memory;
    }

    /** The memfd; open until {@link #close()}. */
    public int fd() {
        return fd;
    }

    /** Host address of the whole mapping. */
    public long address() {
        return address;
    }

    /** Size of file and mapping in bytes. */
    public long size() {
        return size;
    }

    /**
     * Where a region lies in the memfd.
     *
     * @param region one of {@link #memory()}'s
     * @return offset in bytes
     */
    public long fileOffset(GuestRegion region) {
        return region.hostBase() - address;
    }

    /** Unmaps and closes. Only when no vCPU runs and no device works: a later access to a segment of this RAM crashes the process. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            syscalls.munmap(address, size);
            syscalls.close(fd);
        }
    }
}
