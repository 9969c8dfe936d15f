package org.jvmm.virtio.pmem;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jvmm.core.host.AlignedMemory;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.virtio.blk.BlockException;
import org.jvmm.virtio.blk.HostFile;

/**
 * A file in memory, for a machine's physical address space. Read-only files are mapped privately: machines share their pages, and what a guest writes is its own and ends with it.
 * A file that gets shorter while it is mapped is SIGBUS for who touches the rest (mmap(2)): whoever makes a machine of it guards the memory.
 */
public final class PmemFile {
    /** Sizes and addresses are multiples of this. */
    public static final long ALIGNMENT = AlignedMemory.ALIGNMENT;

    private static final int NR_FDATASYNC = 75;
    private static final int PAGE = 4096;

    private final HostFile file;
    private final AlignedMemory memory;

    private PmemFile(HostFile file, AlignedMemory memory) {
        this.file = file;
        this.memory = memory;
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
            return new PmemFile(file, map(syscalls, file, size, readOnly));
        } catch (BlockException | SyscallException e) {
            syscalls.close(file.fd());
            throw e;
        }
    }

    /** Maps the file. What lies behind its last page would fault; it stays zeros. */
    private static AlignedMemory map(LinuxSyscalls syscalls, HostFile file, long size, boolean readOnly) {
        AlignedMemory memory = AlignedMemory.reserve(syscalls, size);
        int sharing = readOnly ? LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_NORESERVE : LinuxSyscalls.MAP_SHARED;
        try {
            syscalls.mmap(memory.address(), file.size() + PAGE - 1 & -PAGE, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE,
                    sharing | LinuxSyscalls.MAP_FIXED, file.fd(), 0);
        } catch (SyscallException e) {
            memory.close(syscalls);
            throw e;
        }
        return memory;
    }

    /** The memory: alive until {@link #close}, without a check on each access. */
    public MemorySegment segment() {
        return memory.segment();
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
        memory.close(syscalls);
        syscalls.close(file.fd());
    }
}
