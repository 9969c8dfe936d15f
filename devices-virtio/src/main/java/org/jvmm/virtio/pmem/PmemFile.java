package org.jvmm.virtio.pmem;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.virtio.blk.BlockException;
import org.jvmm.virtio.blk.HostFile;

/**
 * A file in memory, for a machine's physical address space. Read-only files are mapped privately: machines share their pages, and what a guest writes is its own and ends with it.
 * A file that gets shorter while it is mapped is SIGBUS for who touches the rest (mmap(2)): whoever makes a machine of it guards the memory.
 */
public final class PmemFile {
    /** Sizes and addresses are multiples of this: what Linux makes memory of a device from (ZONE_DEVICE, PMD_SIZE). */
    public static final long ALIGNMENT = 2L << 20;

    private static final int NR_FDATASYNC = 75;
    private static final int PAGE = 4096;

    private final HostFile file;
    private final long reserved;
    private final long address;
    private final long size;

    private PmemFile(HostFile file, long reserved, long size) {
        this.file = file;
        this.reserved = reserved;
        this.address = aligned(reserved);
        this.size = size;
    }

    /**
     * Opens and maps a file.
     *
     * @param readOnly whether the file stays as it is; then what it lacks to a multiple of {@link #ALIGNMENT} is zeros
     * @throws BlockException when it cannot be used
     * @throws SyscallException when the host has no room for it
     */
    public static PmemFile open(LinuxSyscalls syscalls, Path path, boolean readOnly) {
        HostFile file = HostFile.open(syscalls, path, !readOnly);
        try {
            long size = file.size() + ALIGNMENT - 1 & -ALIGNMENT;
            if (file.size() == 0 || !readOnly && size != file.size()) {
                throw new BlockException("Cannot use " + path + " as persistent memory: its size of " + file.size()
                        + " bytes is not a multiple of 2 MiB; enlarge it by truncate --size=%2M"
                        + (file.size() == 0 ? "" : ", or add ,ro"));
            }
            return new PmemFile(file, map(syscalls, file, size, readOnly), size);
        } catch (BlockException | SyscallException e) {
            syscalls.close(file.fd());
            throw e;
        }
    }

    private static long aligned(long reserved) {
        return reserved + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /** Maps the file at the first multiple of {@link #ALIGNMENT} of what is reserved for it. */
    private static long map(LinuxSyscalls syscalls, HostFile file, long size, boolean readOnly) {
        int protection = LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE;
        int reserve = LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_NORESERVE;
        // What lies behind the file's last page would fault; here it is zeros.
        long reserved = syscalls.mmap(0, size + ALIGNMENT, protection, reserve | LinuxSyscalls.MAP_ANONYMOUS, -1, 0);
        try {
            syscalls.mmap(aligned(reserved), file.size() + PAGE - 1 & -PAGE, protection,
                    (readOnly ? reserve : LinuxSyscalls.MAP_SHARED) | LinuxSyscalls.MAP_FIXED, file.fd(), 0);
        } catch (SyscallException e) {
            syscalls.munmap(reserved, size + ALIGNMENT);
            throw e;
        }
        return reserved;
    }

    /** The memory: alive until {@link #close}, without a check on each access. */
    @SuppressWarnings("restricted")
    public MemorySegment segment() {
        return MemorySegment.ofAddress(address).reinterpret(size);
    }

    /** Whether the guest's writes change the file. */
    public boolean isWritable() {
        return file.writable();
    }

    /** Has what the guest wrote on the host's disk: whether the host did. */
    public boolean flush(LinuxSyscalls syscalls) {
        // fdatasync(2) covers what was written through a shared mapping.
        return !file.writable() || syscalls.invoke(NR_FDATASYNC, file.fd(), 0, 0, 0, 0, 0) == 0;
    }

    /** Unmaps and closes by {@code syscalls}; only when no CPU runs and no device works. */
    public void close(LinuxSyscalls syscalls) {
        syscalls.munmap(reserved, size + ALIGNMENT);
        syscalls.close(file.fd());
    }
}
