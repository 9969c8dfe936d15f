package org.jvmm.virtio.fs;

import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;

/** What the operations share: the options, what was negotiated, the inodes and open files of the guest. */
final class Volume {
    /** f_type of procfs (linux/magic.h). */
    private static final long PROC_SUPER_MAGIC = 0x9FA0;

    final FsOptions options;
    final InodeTable inodes;
    final SlotTable<OpenFile> files = new SlotTable<>(OpenFile.class);
    /** Bits of {@link FuseFlags} that both sides have; 0 before INIT. */
    private volatile long negotiated;
    private final int rootFd;
    private final DaxWindow window;
    private int epoch;

    /**
     * Opens the volume's directory.
     *
     * @param sys system calls of the calling thread
     * @param window shows files to the guest, or null
     * @param budget the descriptors for files that the guest knows
     * @throws SyscallException when it cannot be opened, or is procfs
     */
    Volume(FsOptions options, LinuxSyscalls sys, DaxWindow window, DescriptorBudget budget) {
        this.options = options;
        this.window = window;
        inodes = new InodeTable(budget);
        HostFiles host = new HostFiles(sys, false);
        budget.raise(sys);
        rootFd = host.openRoot(options.root().toString());
        if (isProc(host, rootFd)) {
            host.close(rootFd);
            throw new SyscallException("open", options.root() + " (procfs cannot be shared)", Errno.EACCES);
        }
    }

    boolean has(long flag) {
        return (negotiated & flag) != 0;
    }

    /** Begins a session: forgets the last one's inodes and files; the root has number 1. */
    long begin(HostFiles host, long flags) {
        end(host);
        long root = host.reopen(rootFd, HostFiles.O_PATH);
        if (root < 0) {
            return root;
        }
        long error = host.stat((int) root);
        if (error < 0) {
            host.close((int) root);
            return error;
        }
        inodes.enter(host, (int) root);
        negotiated = flags;
        return 0;
    }

    /** The session, for a saved state. */
    FsState save() {
        return new FsState(negotiated, epoch);
    }

    /** Goes on with a saved session, in its next epoch. */
    long restore(HostFiles host, FsState state) {
        epoch = state.epoch() + 1;
        inodes.epoch(epoch);
        files.epoch(epoch);
        return state.negotiated() == 0 ? 0 : begin(host, state.negotiated());
    }

    /** Ends a session. No other thread may serve a request meanwhile. */
    void end(HostFiles host) {
        negotiated = 0;
        if (window != null) {
            window.clear(host);
        }
        files.clear(host);
        inodes.clear(host);
    }

    /** Gives everything back. */
    void close(HostFiles host) {
        end(host);
        host.close(rootFd);
    }

    /** Looks a name up and makes its {@code struct fuse_entry_out} at {@code at} of the reply. */
    long lookup(FsWorker w, Inode parent, long name, int at) {
        if (w.atOnce && inodes.budget().isUsedUp()) {
            // To put others to sleep is a worker's business.
            return -Errno.EAGAIN;
        }
        long fd = w.atOnce ? w.host.lookupCached(parent.fd(), name) : w.host.lookup(parent.fd(), name);
        return fd < 0 ? fd : enter(w, parent, (int) fd, at);
    }

    /**
     * Counts a look-up of a file just opened and makes its entry.
     *
     * @param fd O_PATH descriptor, the table's from now on
     * @return bytes of the entry, or {@code -errno}
     */
    long enter(FsWorker w, Inode parent, int fd, int at) {
        HostFiles host = w.host;
        HostStat stat = host.stat();
        long error = host.stat(fd);
        if (error < 0) {
            host.close(fd);
            return error;
        }
        boolean mounted = stat.number(HostStat.MNT_ID) != parent.mount;
        if (mounted && isProc(host, fd)) {
            // Below /proc/PID lie this process's memory and every tree of the host, as plain files and directories.
            host.close(fd);
            return -Errno.EACCES;
        }
        // Another device in the same mount is a subvolume, whose inode numbers may be the same again.
        boolean submount = (mounted || stat.device() != parent.device) && stat.type() == HostStat.DIRECTORY && has(FuseFlags.SUBMOUNTS);
        Inode inode = inodes.enter(host, fd);
        if (inode == null) {
            return -Errno.ENFILE;
        }
        return w.reply.entry(at, inode, stat, options, submount ? FuseFlags.ATTR_SUBMOUNT : 0);
    }

    private static boolean isProc(HostFiles host, int fd) {
        return host.statfs(fd, host.scratch().address()) >= 0 && FuseMessage.get64(host.scratch(), 0) == PROC_SUPER_MAGIC;
    }

    /**
     * Opens a known file for reading or writing.
     *
     * @return its descriptor, or {@code -errno}: only regular files and directories are opened, since a device or FIFO of the host would act or block
     */
    long reopen(HostFiles host, Inode inode, int flags) {
        return switch (inode.type) {
            case HostStat.REGULAR, HostStat.DIRECTORY -> host.reopen(inode.fd(), flags);
            case HostStat.LINK -> -Errno.ELOOP;
            default -> -Errno.ENXIO;
        };
    }

    /** Enters an open file into the table. */
    OpenFile opened(int fd, boolean directory) {
        OpenFile file = new OpenFile(fd, directory);
        files.add(file);
        return file;
    }

    /**
     * Flags of open(2) that the host gets. O_APPEND stays with the guest: its page cache writes pages where they belong; O_DIRECT would need aligned
     * buffers; O_CREAT and O_EXCL are seen to elsewhere.
     */
    int hostFlags(int guest) {
        return guest & (HostFiles.O_ACCMODE | HostFiles.O_TRUNC | HostFiles.O_SYNC);
    }

    /** Whether the flags ask for what a read-only volume refuses. */
    boolean refuses(int flags) {
        return options.readOnly() && (flags & (HostFiles.O_ACCMODE | HostFiles.O_TRUNC)) != 0;
    }

    /** {@code fuse_open_out.open_flags} of a regular file. */
    int openFlags() {
        return switch (options.cache()) {
            case NONE -> FuseFlags.FOPEN_DIRECT_IO | FuseFlags.FOPEN_PARALLEL_DIRECT_WRITES;
            case AUTO -> 0;
            case ALWAYS -> FuseFlags.FOPEN_KEEP_CACHE;
        };
    }
}
