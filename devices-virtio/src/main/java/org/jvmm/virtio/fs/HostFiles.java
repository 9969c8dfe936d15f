package org.jvmm.virtio.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jvmm.core.host.CString;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.virtio.queue.IoVector;

/**
 * The file system calls of one thread. Each returns the call's result or {@code -errno}: most failures are answers for the guest. Nothing is allocated
 * after construction.
 *
 * <p>No call takes a path from the guest. A name is one component, checked by {@link FuseRequest}, below a directory's descriptor; a file already known
 * is reached by its descriptor, or by {@code /proc/self/fd/N} where a call does not take an O_PATH descriptor (open(2)).
 */
final class HostFiles {
    static final int O_WRONLY = 1;
    static final int O_RDWR = 2;
    static final int O_ACCMODE = 3;
    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;
    static final int O_NOCTTY = 0x100;
    static final int O_TRUNC = 0x200;
    static final int O_APPEND = 0x400;
    static final int O_NONBLOCK = 0x800;
    static final int O_SYNC = 0x101000;
    static final int O_DIRECTORY = 0x10000;
    static final int O_NOFOLLOW = 0x20000;
    static final int O_CLOEXEC = 0x80000;
    static final int O_PATH = 0x200000;
    static final int O_TMPFILE = 0x400000 | O_DIRECTORY;

    static final int AT_FDCWD = -100;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_SYMLINK_FOLLOW = 0x400;
    static final int AT_EMPTY_PATH = 0x1000;

    static final int F_OFD_GETLK = 36;
    static final int F_OFD_SETLK = 37;
    static final int LOCK_NB = 4;
    static final int RWF_APPEND = 0x10;
    /** A read gives EAGAIN where it would wait for the disk (preadv2(2)); so few bytes as there are, before that. */
    static final int RWF_NOWAIT = 8;

    // RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS (openat2(2)): one component below the directory, whatever a race makes of it.
    private static final long BENEATH = 0x8 | 0x4 | 0x2;
    private static final long RESOLVE_CACHED = 0x20;
    private static final byte[] SELF_FD = { '/', 'p', 'r', 'o', 'c', '/', 's', 'e', 'l', 'f', '/', 'f', 'd', '/' };
    private static final int DIGITS = 11;
    /** handle_bytes and handle_type; MAX_HANDLE_SZ (linux/exportfs.h). */
    private static final int HANDLE_HEADER = 8;
    private static final int HANDLE_MAX = 128;
    private static final int TRIES = 64;

    private static final int NR_LSEEK = 8;
    private static final int NR_FCNTL = 72;
    private static final int NR_FLOCK = 73;
    private static final int NR_FSYNC = 74;
    private static final int NR_FDATASYNC = 75;
    private static final int NR_FTRUNCATE = 77;
    private static final int NR_DUP = 32;
    private static final int NR_UMASK = 95;
    private static final int NR_FSTATFS = 138;
    private static final int NR_SETXATTR = 188;
    private static final int NR_GETXATTR = 191;
    private static final int NR_LISTXATTR = 194;
    private static final int NR_REMOVEXATTR = 197;
    private static final int NR_GETDENTS64 = 217;
    private static final int NR_OPENAT = 257;
    private static final int NR_MKDIRAT = 258;
    private static final int NR_MKNODAT = 259;
    private static final int NR_FCHOWNAT = 260;
    private static final int NR_UNLINKAT = 263;
    private static final int NR_LINKAT = 265;
    private static final int NR_SYMLINKAT = 266;
    private static final int NR_READLINKAT = 267;
    private static final int NR_FCHMODAT = 268;
    private static final int NR_UNSHARE = 272;
    private static final int NR_UTIMENSAT = 280;
    private static final int NR_FALLOCATE = 285;
    private static final int NR_NAME_TO_HANDLE_AT = 303;
    private static final int NR_OPEN_BY_HANDLE_AT = 304;
    private static final int NR_SYNCFS = 306;
    private static final int NR_RENAMEAT2 = 316;
    private static final int NR_COPY_FILE_RANGE = 326;
    private static final int NR_PREADV2 = 327;
    private static final int NR_PWRITEV2 = 328;
    private static final int NR_STATX = 332;
    private static final int NR_OPENAT2 = 437;
    private static final long CLONE_FS = 0x200;

    private final LinuxSyscalls sys;
    private final MemorySegment path;
    private final MemorySegment how;
    private final MemorySegment empty;
    private final HostStat stat;
    private final IoVector vector = new IoVector(IoVector.MAX_ENTRIES);
    private final MemorySegment scratch;
    private final HostCredentials credentials;
    private boolean ownUmask;
    private int umask = -1;

    /**
     * For the calling thread.
     *
     * @param sys the thread's system calls
     * @param serves whether the thread will make files for guests: it then gets its own umask and working directory (unshare(2), CLONE_FS), since a
     *            request's umask must not reach other threads
     */
    HostFiles(LinuxSyscalls sys, boolean serves) {
        this.sys = sys;
        Arena arena = Arena.ofAuto();
        path = arena.allocate(SELF_FD.length + DIGITS + 1, 8);
        MemorySegment.copy(SELF_FD, 0, path, ValueLayout.JAVA_BYTE, 0, SELF_FD.length);
        how = arena.allocate(24, 8);
        empty = arena.allocate(8, 8);
        stat = new HostStat(arena.allocate(HostStat.SIZE, 8));
        scratch = arena.allocate(256, 8);
        credentials = new HostCredentials(sys, arena, serves);
        if (serves) {
            // A container's seccomp filter may refuse it.
            ownUmask = sys.invoke(NR_UNSHARE, CLONE_FS, 0, 0, 0, 0, 0) == 0;
        }
    }

    /** What the last {@link #stat} found. */
    HostStat stat() {
        return stat;
    }

    /** The buffers of {@link #read} and {@link #write}. */
    IoVector vector() {
        return vector;
    }

    /** 256 bytes for the structures of a single call. */
    MemorySegment scratch() {
        return scratch;
    }

    /** On whose behalf the thread makes files. */
    HostCredentials credentials() {
        return credentials;
    }

    /** Permissions, of 0777, that the next files are made without, unless the directory's access control list says otherwise (umask(2)). */
    void umask(int mask) {
        if (umask != mask) {
            umask = mask;
            if (ownUmask) {
                sys.invoke(NR_UMASK, mask, 0, 0, 0, 0, 0);
            }
        }
    }

    /** A new file's mode. Where the thread's umask is the whole process's, the caller's is taken off here, and the process's comes on top. */
    private int masked(int mode) {
        return ownUmask ? mode : mode & ~umask;
    }

    /** Opens the volume's directory, a path that the host's user gave. */
    int openRoot(String directory) {
        try (CString path = new CString(directory)) {
            long result = sys.invoke(NR_OPENAT, AT_FDCWD, path.address(), O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
            if (result < 0) {
                throw new SyscallException("open", directory, (int) -result);
            }
            return (int) result;
        }
    }

    /** The O_PATH descriptor of a name in a directory; of a symbolic link itself, never of what it names. */
    long lookup(int directory, long name) {
        return openBeneath(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    }

    /** The same from the names that the host has in memory; EAGAIN where it would have to read the directory (openat2(2), RESOLVE_CACHED). */
    long lookupCached(int directory, long name) {
        long result = openBeneath(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, BENEATH | RESOLVE_CACHED);
        // A kernel before 5.12 does not know the flag.
        return result == -Errno.EINVAL ? -Errno.EAGAIN : result;
    }

    /** Makes a file that does not exist yet. */
    long create(int directory, long name, int flags, int mode) {
        return openBeneath(directory, name, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, masked(mode & 07777));
    }

    /** Makes a file without a name. */
    long createUnnamed(int directory, int flags, int mode) {
        FuseMessage.put64(scratch, 0, '.');
        return openBeneath(directory, scratch.address(), flags | O_TMPFILE | O_NOCTTY | O_CLOEXEC, masked(mode & 07777));
    }

    private long openBeneath(int directory, long name, int flags, int mode) {
        long result = -Errno.EAGAIN;
        for (int i = 0; i < TRIES && result == -Errno.EAGAIN; i++) {
            // EAGAIN: something was renamed or mounted meanwhile, so that the kernel cannot tell (openat2(2), RESOLVE_BENEATH).
            result = openBeneath(directory, name, flags, mode, BENEATH);
        }
        return result;
    }

    private long openBeneath(int directory, long name, int flags, int mode, long resolve) {
        FuseMessage.put64(how, 0, flags);
        FuseMessage.put64(how, 8, mode);
        FuseMessage.put64(how, 16, resolve);
        return sys.invoke(NR_OPENAT2, directory, name, how.address(), 24, 0, 0);
    }

    /** Opens a known file again, with other flags. The caller has made sure that it is a regular file or a directory. */
    long reopen(int fd, int flags) {
        return sys.invoke(NR_OPENAT, AT_FDCWD, selfFd(fd), flags | O_NOCTTY | O_CLOEXEC, 0, 0, 0);
    }

    /**
     * How the file of a descriptor is found again when it is closed: {@code struct file_handle} (name_to_handle_at(2)), which names an inode and its generation, so
     * never a later file.
     *
     * @return null where the file system has no such thing
     */
    byte[] handle(int fd) {
        FuseMessage.put32(scratch, 0, HANDLE_MAX);
        long error = sys.invoke(NR_NAME_TO_HANDLE_AT, fd, empty.address(), scratch.address(),
                scratch.address() + HANDLE_HEADER + HANDLE_MAX,
                AT_EMPTY_PATH, 0);
        if (error < 0) {
            return null;
        }
        byte[] handle = new byte[HANDLE_HEADER + FuseMessage.get32(scratch, 0)];
        MemorySegment.copy(scratch, ValueLayout.JAVA_BYTE, 0, handle, 0, handle.length);
        return handle;
    }

    /**
     * The O_PATH descriptor of the file with a handle.
     *
     * @param mount a descriptor of the same mount, not O_PATH
     * @param handle what {@link #handle} returned
     * @return -ESTALE when the file is no more, -EPERM without CAP_DAC_READ_SEARCH
     */
    long openHandle(int mount, byte[] handle) {
        MemorySegment.copy(handle, 0, scratch, ValueLayout.JAVA_BYTE, 0, handle.length);
        return sys.invoke(NR_OPEN_BY_HANDLE_AT, mount, scratch.address(), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, 0, 0);
    }

    /** Address of "/proc/self/fd/N" with a NUL. */
    private long selfFd(int fd) {
        int at = SELF_FD.length;
        int divisor = 1;
        while (fd / divisor >= 10) {
            divisor *= 10;
        }
        for (; divisor > 0; divisor /= 10) {
            path.set(ValueLayout.JAVA_BYTE, at++, (byte) ('0' + fd / divisor % 10));
        }
        path.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
        return path.address();
    }

    /** Fills {@link #stat()}. */
    long stat(int fd) {
        return sys.invoke(NR_STATX, fd, empty.address(), AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, HostStat.WANTED, stat.address(), 0);
    }

    void close(int fd) {
        sys.invoke(LinuxSyscalls.NR_CLOSE, fd, 0, 0, 0, 0, 0);
    }

    /** What closing the file would report, without closing it. */
    long flush(int fd) {
        long copy = sys.invoke(NR_DUP, fd, 0, 0, 0, 0, 0);
        return copy < 0 ? copy : sys.invoke(LinuxSyscalls.NR_CLOSE, copy, 0, 0, 0, 0, 0);
    }

    long mkdir(int directory, long name, int mode) {
        return sys.invoke(NR_MKDIRAT, directory, name, masked(mode & 07777), 0, 0, 0);
    }

    long mknod(int directory, long name, int mode, int device) {
        return sys.invoke(NR_MKNODAT, directory, name, masked(mode), device & 0xFFFF_FFFFL, 0, 0);
    }

    long symlink(long target, int directory, long name) {
        return sys.invoke(NR_SYMLINKAT, target, directory, name, 0, 0, 0);
    }

    long unlink(int directory, long name, int flags) {
        return sys.invoke(NR_UNLINKAT, directory, name, flags, 0, 0, 0);
    }

    long rename(int from, long name, int to, long newName, int flags) {
        return sys.invoke(NR_RENAMEAT2, from, name, to, newName, flags, 0);
    }

    /** A further name of a known file; of a symbolic link itself, since the last jump of the path is the descriptor's. */
    long link(int fd, int directory, long name) {
        return sys.invoke(NR_LINKAT, AT_FDCWD, selfFd(fd), directory, name, AT_SYMLINK_FOLLOW, 0);
    }

    long readlink(int fd, long target, int size) {
        return sys.invoke(NR_READLINKAT, fd, empty.address(), target, size, 0, 0);
    }

    long chmod(int fd, int mode) {
        return sys.invoke(NR_FCHMODAT, AT_FDCWD, selfFd(fd), mode & 07777, 0, 0, 0);
    }

    /** @param uid or gid -1 leaves it */
    long chown(int fd, int uid, int gid) {
        return sys.invoke(NR_FCHOWNAT, fd, empty.address(), uid & 0xFFFF_FFFFL, gid & 0xFFFF_FFFFL, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, 0);
    }

    long truncate(int fd, long size) {
        return sys.invoke(NR_FTRUNCATE, fd, size, 0, 0, 0, 0);
    }

    /** @param times address of two {@code struct timespec} */
    long utimens(int fd, long times) {
        return sys.invoke(NR_UTIMENSAT, fd, empty.address(), times, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, 0, 0);
    }

    /**
     * Reads into {@link #vector()}.
     *
     * @param flags 0 or {@link #RWF_NOWAIT}
     */
    long read(int fd, long offset, int flags) {
        return sys.invoke(NR_PREADV2, fd, vector.address(), vector.count(), offset, 0, flags);
    }

    /** Writes from {@link #vector()}. */
    long write(int fd, long offset, int flags) {
        return sys.invoke(NR_PWRITEV2, fd, vector.address(), vector.count(), offset, 0, flags);
    }

    long seek(int fd, long offset, int whence) {
        return sys.invoke(NR_LSEEK, fd, offset, whence, 0, 0, 0);
    }

    long entries(int fd, long buffer, int size) {
        return sys.invoke(NR_GETDENTS64, fd, buffer, size, 0, 0, 0);
    }

    long sync(int fd, boolean dataOnly) {
        return sys.invoke(dataOnly ? NR_FDATASYNC : NR_FSYNC, fd, 0, 0, 0, 0, 0);
    }

    long syncFileSystem(int fd) {
        return sys.invoke(NR_SYNCFS, fd, 0, 0, 0, 0, 0);
    }

    /** @param target address of a {@code struct statfs}, 120 bytes */
    long statfs(int fd, long target) {
        return sys.invoke(NR_FSTATFS, fd, target, 0, 0, 0, 0);
    }

    long fallocate(int fd, int mode, long offset, long length) {
        return sys.invoke(NR_FALLOCATE, fd, mode, offset, length, 0, 0);
    }

    /** Offsets are the values at the two addresses. */
    long copy(int from, long fromOffset, int to, long toOffset, long length) {
        return sys.invoke(NR_COPY_FILE_RANGE, from, fromOffset, to, toOffset, length, 0);
    }

    // The four of xattr(7) by path: an O_PATH descriptor does not do. The path ends at the descriptor's file, also when that is a symbolic link.

    long setxattr(int fd, long name, long value, int size, int flags) {
        return sys.invoke(NR_SETXATTR, selfFd(fd), name, value, size, flags, 0);
    }

    long getxattr(int fd, long name, long value, int size) {
        return sys.invoke(NR_GETXATTR, selfFd(fd), name, value, size, 0, 0);
    }

    long listxattr(int fd, long list, int size) {
        return sys.invoke(NR_LISTXATTR, selfFd(fd), list, size, 0, 0, 0);
    }

    long removexattr(int fd, long name) {
        return sys.invoke(NR_REMOVEXATTR, selfFd(fd), name, 0, 0, 0, 0);
    }

    /**
     * Puts a new mapping, readable and writable, in place of what is at an address. It is made elsewhere and moved: a mapping that fails at its place may leave a hole
     * there (mmap(2), MAP_FIXED), and no access shall ever find one.
     *
     * @return 0, or {@code -errno} when nothing has changed
     */
    long replace(long address, long length, int flags, int fd, long offset) {
        long made = sys.invoke(LinuxSyscalls.NR_MMAP, 0, length, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE, flags, fd, offset);
        if (made < 0 && made >= -Errno.MAX) {
            return made;
        }
        long moved = sys.invoke(LinuxSyscalls.NR_MREMAP, made, length, length, LinuxSyscalls.MREMAP_MAYMOVE_FIXED, address, 0);
        if (moved != address) {
            sys.invoke(LinuxSyscalls.NR_MUNMAP, made, length, 0, 0, 0, 0);
            return moved;
        }
        return 0;
    }

    long fcntl(int fd, int command, long argument) {
        return sys.invoke(NR_FCNTL, fd, command, argument, 0, 0, 0);
    }

    long flock(int fd, int operation) {
        return sys.invoke(NR_FLOCK, fd, operation, 0, 0, 0, 0);
    }
}
