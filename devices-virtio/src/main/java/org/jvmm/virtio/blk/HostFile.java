package org.jvmm.virtio.blk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.jvmm.core.host.CString;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;

/**
 * An open file of the host that holds an image: regular or block special, locked against other machines' writes.
 *
 * @param fd descriptor
 * @param size bytes
 * @param blockDevice whether it is a block special file
 * @param writable whether it was opened for writing
 * @param identity what tells it from other files, for the guest's device id
 */
public record HostFile(int fd, long size, boolean blockDevice, boolean writable, String identity) {
    private static final int NR_FSTAT = 5;
    private static final int NR_FLOCK = 73;
    private static final int NR_UNLINK = 87;
    private static final int NR_OPENAT = 257;
    private static final int AT_FDCWD = -100;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_TMPFILE = 0x410000;
    private static final int LOCK_SH = 1;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int EISDIR = 21;
    private static final int EROFS = 30;
    private static final int ETXTBSY = 26;

    /** BLKGETSIZE64 of linux/fs.h: _IOR(0x12, 114, size_t). */
    private static final long BLKGETSIZE64 = 0x80081272L;

    // struct stat of x86-64.
    private static final int STAT_SIZE = 144;
    private static final int ST_DEV = 0;
    private static final int ST_INO = 8;
    private static final int ST_MODE = 24;
    private static final int ST_RDEV = 40;
    private static final int ST_BYTES = 48;
    private static final int S_IFMT = 0xF000;
    private static final int S_IFREG = 0x8000;
    private static final int S_IFBLK = 0x6000;

    /**
     * Opens an image.
     *
     * @throws BlockException when there is none, in one line that says what to do
     */
    public static HostFile open(LinuxSyscalls syscalls, Path path, boolean writable) {
        return open(syscalls, path, writable, writable ? O_RDWR : 0, 0);
    }

    /** Opens a file for an overlay, and makes it when it is not there. */
    static HostFile openOrCreate(LinuxSyscalls syscalls, Path path) {
        return open(syscalls, path, true, O_RDWR | O_CREAT, 0600);
    }

    /** Makes a file in a directory that vanishes with its descriptor. */
    static HostFile temporary(LinuxSyscalls syscalls, Path directory) {
        try {
            return open(syscalls, directory, true, O_RDWR | O_TMPFILE, 0600);
        } catch (BlockException e) {
            // Not every file system has files without names (open(2), O_TMPFILE): take the name away instead.
            Path named = directory.resolve(".jvmm-overlay-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
            HostFile file = open(syscalls, named, true, O_RDWR | O_CREAT | O_EXCL, 0600);
            try (CString name = new CString(named.toString())) {
                syscalls.invoke(NR_UNLINK, name.address(), 0, 0, 0, 0, 0);
            }
            return file;
        }
    }

    private static HostFile open(LinuxSyscalls syscalls, Path path, boolean writable, int flags, int mode) {
        int fd;
        try (CString name = new CString(path.toString())) {
            fd = (int) syscalls.invoke(NR_OPENAT, AT_FDCWD, name.address(), flags | O_CLOEXEC, mode, 0, 0);
        }
        if (fd < 0) {
            throw new BlockException("Cannot open disk " + path + (writable ? " for writing" : "") + ": " + reason(-fd, writable));
        }
        try {
            return examine(syscalls, path, fd, writable);
        } catch (BlockException | SyscallException e) {
            syscalls.close(fd);
            throw e;
        }
    }

    private static String reason(int errno, boolean writable) {
        return switch (errno) {
            case Errno.ENOENT -> "there is no such file";
            case Errno.EACCES, Errno.EPERM -> writable ? "permission denied; add ,ro to read it only" : "permission denied";
            case EROFS -> "its file system is read-only; add ,ro or ,overlay=tmp";
            case ETXTBSY -> "it is being executed";
            case EISDIR -> "it is a directory, where an image file or a block device is meant";
            default -> Errno.name(errno);
        };
    }

    private static HostFile examine(LinuxSyscalls syscalls, Path path, int fd, boolean writable) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stat = arena.allocate(STAT_SIZE, 8);
            long result = syscalls.invoke(NR_FSTAT, fd, stat.address(), 0, 0, 0, 0);
            if (result < 0) {
                throw new SyscallException("fstat", path.toString(), (int) -result);
            }
            int type = stat.get(ValueLayout.JAVA_INT, ST_MODE) & S_IFMT;
            if (type != S_IFREG && type != S_IFBLK) {
                throw new BlockException("Cannot use " + path + " as a disk: it is neither a file nor a block device");
            }
            long size = stat.get(ValueLayout.JAVA_LONG, ST_BYTES);
            if (type == S_IFBLK) {
                syscalls.ioctl(fd, BLKGETSIZE64, stat.address() + ST_BYTES);
                size = stat.get(ValueLayout.JAVA_LONG, ST_BYTES);
            }
            // Readers share an image; a writer has it alone. Advisory, between programs that ask (flock(2)).
            long locked = syscalls.invoke(NR_FLOCK, fd, (writable ? LOCK_EX : LOCK_SH) | LOCK_NB, 0, 0, 0, 0);
            if (locked == -Errno.EAGAIN) {
                throw new BlockException("Cannot use disk " + path + ": another program has it in use");
            }
            String identity = Long.toString(stat.get(ValueLayout.JAVA_LONG, ST_DEV)) + stat.get(ValueLayout.JAVA_LONG, ST_RDEV)
                    + stat.get(ValueLayout.JAVA_LONG, ST_INO);
            return new HostFile(fd, size, type == S_IFBLK, writable, identity);
        }
    }
}
