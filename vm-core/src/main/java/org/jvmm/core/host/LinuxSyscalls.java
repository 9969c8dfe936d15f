package org.jvmm.core.host;

import java.lang.foreign.Arena;

/**
 * System calls of Linux on x86-64. A binding implements {@link #invoke} alone; the typed calls are built on it, so they are the same for every
 * binding.
 *
 * <p>An instance belongs to one thread at a time (it owns the place where errno is caught). Pointers travel as addresses. Typed calls throw
 * {@link SyscallException}.
 */
public interface LinuxSyscalls {
    /** {@code ioctl(2)}. */
    int NR_IOCTL = 16;
    /** {@code close(2)}. */
    int NR_CLOSE = 3;
    /** {@code mmap(2)}. */
    int NR_MMAP = 9;
    /** {@code munmap(2)}. */
    int NR_MUNMAP = 11;
    /** {@code madvise(2)}. */
    int NR_MADVISE = 28;
    /** {@code ftruncate(2)}. */
    int NR_FTRUNCATE = 77;
    /** {@code getuid(2)}. */
    int NR_GETUID = 102;
    /** {@code prctl(2)}. */
    int NR_PRCTL = 157;
    /** {@code memfd_create(2)}. */
    int NR_MEMFD_CREATE = 319;

    /** Close on exec, for {@link #memfdCreate}. */
    int MFD_CLOEXEC = 1;
    /** Readable mapping. */
    int PROT_READ = 1;
    /** Writable mapping. */
    int PROT_WRITE = 2;
    /** Mapping that shares its pages with the file. */
    int MAP_SHARED = 1;
    /** Private mapping. */
    int MAP_PRIVATE = 2;
    /** Mapping without a file. */
    int MAP_ANONYMOUS = 0x20;
    /** No swap is reserved for the mapping. */
    int MAP_NORESERVE = 0x4000;
    /** Pages may be dropped; a shared mapping reads its file again. */
    int MADV_DONTNEED = 4;
    /** Pages and their backing store may be dropped: they read as zero. */
    int MADV_REMOVE = 9;
    /** Huge pages wanted. */
    int MADV_HUGEPAGE = 14;
    /** Sets the calling thread's name. */
    int PR_SET_NAME = 15;

    /**
     * The raw call.
     *
     * @param number system call number of x86-64
     * @return the result, or {@code -errno} in {@code -4095..-1}
     */
    long invoke(long number, long a, long b, long c, long d, long e, long f);

    /**
     * Makes an anonymous file in memory.
     *
     * @param name shown in {@code /proc/PID/maps}; at most 249 bytes (memfd_create(2))
     * @return its descriptor
     */
    default int memfdCreate(String name, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            long result = invoke(NR_MEMFD_CREATE, arena.allocateFrom(name).address(), flags, 0, 0, 0, 0);
            if (result < 0) {
                throw new SyscallException("memfd_create", name + ", 0x" + Integer.toHexString(flags), (int) -result);
            }
            return (int) result;
        }
    }

    /** Sets a file's length in bytes. */
    default void ftruncate(int fd, long length) {
        long result = invoke(NR_FTRUNCATE, fd, length, 0, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("ftruncate", fd + ", " + length, (int) -result);
        }
    }

    /**
     * Maps memory.
     *
     * @return the mapping's address
     */
    default long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        long result = invoke(NR_MMAP, address, length, protection, flags, fd, offset);
        if (result < 0 && result >= -Errno.MAX) {
            throw new SyscallException("mmap", "0x" + Long.toHexString(address) + ", " + length + ", " + protection + ", 0x"
                    + Integer.toHexString(flags) + ", " + fd + ", " + offset, (int) -result);
        }
        return result;
    }

    /** Ends a mapping. Whatever still points into it faults from now on. */
    default void munmap(long address, long length) {
        long result = invoke(NR_MUNMAP, address, length, 0, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("munmap", "0x" + Long.toHexString(address) + ", " + length, (int) -result);
        }
    }

    /** Tells the kernel about the use of a range, one of the {@code MADV_} constants. */
    default void madvise(long address, long length, int advice) {
        long result = invoke(NR_MADVISE, address, length, advice, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("madvise", "0x" + Long.toHexString(address) + ", " + length + ", " + advice, (int) -result);
        }
    }

    /**
     * Device control without an exception, for loops and probes.
     *
     * @param argument a value or the address of a structure, as the request says
     * @return the result, or {@code -errno}
     */
    default long ioctlRaw(int fd, long request, long argument) {
        return invoke(NR_IOCTL, fd, request, argument, 0, 0, 0);
    }

    /** Device control. */
    default long ioctl(int fd, long request, long argument) {
        long result = ioctlRaw(fd, request, argument);
        if (result < 0) {
            throw new SyscallException("ioctl", fd + ", 0x" + Long.toHexString(request) + ", 0x" + Long.toHexString(argument),
                    (int) -result);
        }
        return result;
    }

    /** Closes a descriptor. It is gone even when this throws (close(2), "Dealing with error returns"). */
    default void close(int fd) {
        long result = invoke(NR_CLOSE, fd, 0, 0, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("close", Integer.toString(fd), (int) -result);
        }
    }

    /** The real user id; never fails. */
    default int getuid() {
        return (int) invoke(NR_GETUID, 0, 0, 0, 0, 0, 0);
    }

    /**
     * Process control.
     *
     * @param option one of the {@code PR_} constants
     */
    default long prctl(int option, long a, long b, long c, long d) {
        long result = invoke(NR_PRCTL, option, a, b, c, d, 0);
        if (result < 0) {
            throw new SyscallException("prctl", option + ", 0x" + Long.toHexString(a), (int) -result);
        }
        return result;
    }
}
