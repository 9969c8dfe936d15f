package org.jvmm.core.host;

/**
 * System calls of Linux on x86-64. A binding implements {@link #invoke} alone; the typed calls are built on it, so they are the same for every
 * binding.
 *
 * <p>An instance belongs to one thread at a time (it owns the place where errno is caught). Pointers travel as addresses. Typed calls throw
 * {@link SyscallException}.
 */
public interface LinuxSyscalls {
    /** {@code read(2)}. */
    int NR_READ = 0;
    /** {@code write(2)}. */
    int NR_WRITE = 1;
    /** {@code pread64(2)}. */
    int NR_PREAD64 = 17;
    /** {@code mprotect(2)}. */
    int NR_MPROTECT = 10;
    /** {@code rt_sigaction(2)}. */
    int NR_RT_SIGACTION = 13;
    /** {@code ioctl(2)}. */
    int NR_IOCTL = 16;
    /** {@code getpid(2)}. */
    int NR_GETPID = 39;
    /** {@code gettid(2)}. */
    int NR_GETTID = 186;
    /** {@code epoll_wait(2)}. */
    int NR_EPOLL_WAIT = 232;
    /** {@code epoll_ctl(2)}. */
    int NR_EPOLL_CTL = 233;
    /** {@code tgkill(2)}. */
    int NR_TGKILL = 234;
    /** {@code openat(2)}. */
    int NR_OPENAT = 257;
    /** {@code timerfd_create(2)}. */
    int NR_TIMERFD_CREATE = 283;
    /** {@code timerfd_settime(2)}. */
    int NR_TIMERFD_SETTIME = 286;
    /** {@code eventfd2(2)}. */
    int NR_EVENTFD2 = 290;
    /** {@code epoll_create1(2)}. */
    int NR_EPOLL_CREATE1 = 291;
    /** {@code close(2)}. */
    int NR_CLOSE = 3;
    /** {@code mmap(2)}. */
    int NR_MMAP = 9;
    /** {@code munmap(2)}. */
    int NR_MUNMAP = 11;
    /** {@code mremap(2)}. */
    int NR_MREMAP = 25;
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
    /** Mapping at exactly the address given, in place of what is there. */
    int MAP_FIXED = 0x10;
    /** Mapping without a file. */
    int MAP_ANONYMOUS = 0x20;
    /** {@code mremap(2)}: may move, to exactly the address given, in place of what is there. */
    int MREMAP_MAYMOVE_FIXED = 3;
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
    /** Executable mapping. */
    int PROT_EXEC = 4;
    /** Opening for reading and writing. */
    int O_RDWR = 2;
    /** Close on exec, for {@link #open}. */
    int O_CLOEXEC = 0x80000;
    /** Reads that would wait fail with EAGAIN, for {@link #eventfd} and {@link #timerfd}. */
    int NONBLOCK = 0x800;
    /** {@link #epollCtl}: watch. */
    int EPOLL_CTL_ADD = 1;
    /** {@link #epollCtl}: stop watching. */
    int EPOLL_CTL_DEL = 2;
    /** Readable. */
    int EPOLLIN = 1;
    /** The clock that never jumps, for {@link #timerfd}. */
    int CLOCK_MONOTONIC = 1;

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
        try (CString text = new CString(name)) {
            long result = invoke(NR_MEMFD_CREATE, text.address(), flags, 0, 0, 0, 0);
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

    /**
     * Opens a file.
     *
     * @param flags {@link #O_RDWR} and the like; {@link #O_CLOEXEC} is added
     * @return its descriptor
     */
    default int open(String path, int flags) {
        try (CString text = new CString(path)) {
            long result = invoke(NR_OPENAT, -100, text.address(), flags | O_CLOEXEC, 0, 0, 0);
            if (result < 0) {
                throw new SyscallException("open", path + ", 0x" + Integer.toHexString(flags), (int) -result);
            }
            return (int) result;
        }
    }

    /** Reads into memory; the number of bytes, or {@code -errno}. */
    default long readRaw(int fd, long address, long length) {
        return invoke(NR_READ, fd, address, length, 0, 0, 0);
    }

    /** Reads a file's bytes from {@code offset} on into memory; the number of bytes, or {@code -errno}. */
    default long preadRaw(int fd, long address, long length, long offset) {
        return invoke(NR_PREAD64, fd, address, length, offset, 0, 0);
    }

    /** Writes from memory; the number of bytes, or {@code -errno}. */
    default long writeRaw(int fd, long address, long length) {
        return invoke(NR_WRITE, fd, address, length, 0, 0, 0);
    }

    /** Changes a mapping's protection. */
    default void mprotect(long address, long length, int protection) {
        long result = invoke(NR_MPROTECT, address, length, protection, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("mprotect", "0x" + Long.toHexString(address) + ", " + length + ", " + protection, (int) -result);
        }
    }

    /**
     * Makes an event counter, closed on exec.
     *
     * @param flags 0 or {@link #NONBLOCK}
     * @return its descriptor
     */
    default int eventfd(int initial, int flags) {
        long result = invoke(NR_EVENTFD2, initial, flags | O_CLOEXEC, 0, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("eventfd", initial + ", 0x" + Integer.toHexString(flags), (int) -result);
        }
        return (int) result;
    }

    /** Makes an epoll set, closed on exec. */
    default int epollCreate() {
        long result = invoke(NR_EPOLL_CREATE1, O_CLOEXEC, 0, 0, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("epoll_create1", "0x80000", (int) -result);
        }
        return (int) result;
    }

    /**
     * Changes an epoll set.
     *
     * @param operation one of the {@code EPOLL_CTL_} constants
     * @param event address of a {@code struct epoll_event}
     */
    default void epollCtl(int epoll, int operation, int fd, long event) {
        long result = invoke(NR_EPOLL_CTL, epoll, operation, fd, event, 0, 0);
        if (result < 0) {
            throw new SyscallException("epoll_ctl", epoll + ", " + operation + ", " + fd, (int) -result);
        }
    }

    /**
     * Waits for an epoll set.
     *
     * @param events address of {@code max} structures {@code epoll_event}
     * @param millis -1 is without limit
     * @return how many are ready, or {@code -errno}
     */
    default long epollWaitRaw(int epoll, long events, int max, int millis) {
        return invoke(NR_EPOLL_WAIT, epoll, events, max, millis, 0, 0);
    }

    /**
     * Makes a timer with a descriptor, closed on exec.
     *
     * @param clock {@link #CLOCK_MONOTONIC}
     * @param flags 0 or {@link #NONBLOCK}
     * @return its descriptor
     */
    default int timerfd(int clock, int flags) {
        long result = invoke(NR_TIMERFD_CREATE, clock, flags | O_CLOEXEC, 0, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("timerfd_create", clock + ", 0x" + Integer.toHexString(flags), (int) -result);
        }
        return (int) result;
    }

    /**
     * Sets a timer, relative to now.
     *
     * @param value address of a {@code struct itimerspec}
     */
    default void timerfdSettime(int fd, long value) {
        long result = invoke(NR_TIMERFD_SETTIME, fd, 0, value, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("timerfd_settime", Integer.toString(fd), (int) -result);
        }
    }

    /**
     * Replaces a signal's handler (the kernel's call, with the kernel's structure).
     *
     * @param action address of the new {@code struct sigaction}
     * @param old address where the old one goes, or 0
     */
    default void sigaction(int signal, long action, long old) {
        long result = invoke(NR_RT_SIGACTION, signal, action, old, 8, 0, 0);
        if (result < 0) {
            throw new SyscallException("rt_sigaction", Integer.toString(signal), (int) -result);
        }
    }

    /** The process id; never fails. */
    default int getpid() {
        return (int) invoke(NR_GETPID, 0, 0, 0, 0, 0, 0);
    }

    /** The calling thread's id; never fails. */
    default int gettid() {
        return (int) invoke(NR_GETTID, 0, 0, 0, 0, 0, 0);
    }

    /** Sends a signal to one thread; 0, or {@code -errno} (ESRCH when it has ended). */
    default long tgkillRaw(int process, int thread, int signal) {
        return invoke(NR_TGKILL, process, thread, signal, 0, 0, 0);
    }
}
