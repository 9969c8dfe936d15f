package org.jvmm.virtio.balloon;

import org.jvmm.core.host.LinuxSyscalls;

/** Gives host memory behind guest pages back. The range reads as zeros afterwards. */
@FunctionalInterface
public interface PageReleaser {
    /**
     * Releases a range.
     *
     * @param address host address, page aligned
     * @param length bytes, a multiple of the page size
     * @return whether the host took it
     */
    boolean release(long address, long length);

    /** For memory that is a shared mapping of a memfd: a hole is punched into the file (madvise(2), MADV_REMOVE). */
    static PageReleaser ofSharedMemory(LinuxSyscalls syscalls) {
        return (address, length) -> syscalls.invoke(LinuxSyscalls.NR_MADVISE, address, length, LinuxSyscalls.MADV_REMOVE, 0, 0, 0) == 0;
    }
}
