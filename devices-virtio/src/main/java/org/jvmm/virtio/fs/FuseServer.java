package org.jvmm.virtio.fs;

import java.util.function.Supplier;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.virtio.fs.FuseMessage.BatchForgetIn;
import org.jvmm.virtio.fs.FuseMessage.ForgetIn;
import org.jvmm.virtio.fs.FuseMessage.ForgetOne;
import org.jvmm.virtio.fs.FuseMessage.InitIn;
import org.jvmm.virtio.fs.FuseMessage.InitOut;
import org.jvmm.virtio.fs.FuseMessage.InterruptIn;
import org.jvmm.virtio.fs.FuseMessage.OutHeader;

/**
 * Answers FUSE requests from a directory of the host. Any number of threads may serve requests, each with a worker of its own; INIT, DESTROY and
 * {@link #reset} need the server for themselves, which {@link #handle} sees to.
 */
public final class FuseServer {
    /** {@link #handle} returns this when the answer will come through the completion. */
    public static final int PARKED = -1;

    /** {@link #handle} returns this when the request needs a worker that may wait; nothing was done. */
    static final int LEFT = -2;

    /** Result of an operation whose answer comes later. */
    static final long WAITS = Long.MIN_VALUE;
    private static final long NOT_HERE = Long.MIN_VALUE + 1;

    /** Most data of one request: 256 pages, as much as Linux asks for at once. */
    static final int MAX_PAGES = 256;
    static final int MAX_WRITE = MAX_PAGES << 12;
    private static final int MAX_BACKGROUND = 64;
    private static final int CONGESTION = 48;
    private static final long ALWAYS_WANTED = FuseFlags.ASYNC_READ | FuseFlags.ATOMIC_O_TRUNC | FuseFlags.BIG_WRITES | FuseFlags.DONT_MASK
            | FuseFlags.DO_READDIRPLUS | FuseFlags.READDIRPLUS_AUTO | FuseFlags.ASYNC_DIO | FuseFlags.PARALLEL_DIROPS | FuseFlags.MAX_PAGES
            | FuseFlags.SUBMOUNTS | FuseFlags.HANDLE_KILLPRIV_V2 | FuseFlags.SETXATTR_EXT | FuseFlags.INIT_EXT
            | FuseFlags.CREATE_SUPP_GROUP | FuseFlags.DIRECT_IO_ALLOW_MMAP;

    private final Volume volume;
    private final Supplier<LinuxSyscalls> syscalls;
    private final LockWaiters waiters;
    private final RecordLocks locks;
    private final PassthroughFs names;
    private final AttributeOps attributes;
    private final FileOps files;
    private final DirectoryOps directories;
    private final DaxOps dax;
    private final DaxWindow window;
    private final FsMetrics metrics = new FsMetrics();
    private final SessionGate gate = new SessionGate();

    /**
     * Opens the directory; on any thread.
     *
     * @param syscalls makes an instance for the thread that calls it
     * @param completion gets answers of requests that had to wait
     * @throws org.jvmm.core.host.SyscallException when the directory cannot be opened
     */
    public FuseServer(FsOptions options, Supplier<LinuxSyscalls> syscalls, FuseCompletion completion) {
        this(options, syscalls, completion, null);
    }

    /**
     * The same with a DAX window.
     *
     * @param window where regular files are shown to the guest, or null
     */
    public FuseServer(FsOptions options, Supplier<LinuxSyscalls> syscalls, FuseCompletion completion, DaxWindow window) {
        this(options, syscalls, completion, window, DescriptorBudget.PROCESS);
    }

    /** The same with a budget of its own for the files that the guest knows. */
    FuseServer(FsOptions options, Supplier<LinuxSyscalls> syscalls, FuseCompletion completion, DaxWindow window, DescriptorBudget budget) {
        this.syscalls = syscalls;
        this.window = window;
        volume = new Volume(options.withDax(window != null), syscalls.get(), window, budget);
        dax = new DaxOps(volume, window, metrics);
        waiters = new LockWaiters(syscalls, completion);
        locks = new RecordLocks(volume, waiters);
        waiters.locks(locks);
        names = new PassthroughFs(volume);
        attributes = new AttributeOps(volume);
        files = new FileOps(volume, locks);
        directories = new DirectoryOps(volume);
    }

    /** A worker for the calling thread, whose umask and working directory are its own from now on. */
    public FsWorker newWorker() {
        return new FsWorker(syscalls.get(), false);
    }

    /** A worker for any thread, one at a time; what it cannot do at once is {@link #LEFT}. */
    FsWorker newQuickWorker() {
        return new FsWorker(syscalls.get(), true);
    }

    /** What was done so far. */
    public FsMetrics metrics() {
        return metrics;
    }

    /** Inodes the guest knows at present. */
    public int inodes() {
        return volume.inodes.size();
    }

    /** Files the guest has open at present. */
    public int openFiles() {
        return volume.files.size();
    }

    /**
     * Serves one request.
     *
     * @param w the thread's worker
     * @param buffers the request's memory; the server's until the completion if this returns {@link #PARKED}
     * @return bytes of the answer, 0 when there is none to give
     */
    public int handle(FsWorker w, FuseBuffers buffers) {
        int outcome = attempt(w, buffers);
        if (outcome != LEFT) {
            metrics.requests.increment();
        }
        return outcome;
    }

    private int attempt(FsWorker w, FuseBuffers buffers) {
        w.buffers = buffers;
        w.direct = 0;
        int error = w.request.parse(buffers);
        if (w.atOnce && (error != 0 || !FuseOpcode.quick(w.request.opcode()))) {
            return LEFT;
        }
        if (error < 0) {
            metrics.malformed.increment();
            return 0;
        }
        boolean silent = FuseOpcode.silent(w.request.opcode());
        if (!silent && buffers.writable() < OutHeader.SIZE) {
            metrics.malformed.increment();
            return 0;
        }
        if (error != 0) {
            metrics.malformed.increment();
            return silent ? 0 : w.reply.send(buffers, w.request.unique(), error, 0, 0);
        }
        if (!silent && w.room() < FuseOpcode.minOut(w.request.opcode())) {
            metrics.malformed.increment();
            return w.reply.send(buffers, w.request.unique(), Errno.EINVAL, 0, 0);
        }
        long result = serve(w);
        w.buffers = null;
        // The host would wait, or cannot tell whether it would (preadv2(2)).
        if (w.atOnce && (result == -Errno.EAGAIN || result == -Errno.EOPNOTSUPP)) {
            return LEFT;
        }
        if (result == WAITS) {
            metrics.parked.increment();
            return PARKED;
        }
        if (silent) {
            return 0;
        }
        return result < 0 ? w.reply.send(buffers, w.request.unique(), (int) -result, 0, 0) : answer(w, buffers, (int) result);
    }

    private int answer(FsWorker w, FuseBuffers buffers, int made) {
        int direct = w.direct;
        if (w.request.opcode() == FuseOpcode.READ) {
            metrics.readBytes.add(direct);
        } else if (w.request.opcode() == FuseOpcode.WRITE) {
            metrics.writeBytes.add(w.reply.word(0));
        }
        return w.reply.send(buffers, w.request.unique(), 0, made, direct);
    }

    private long serve(FsWorker w) {
        int opcode = w.request.opcode();
        if (opcode == FuseOpcode.INIT || opcode == FuseOpcode.DESTROY) {
            gate.enterAlone();
            try {
                return opcode == FuseOpcode.INIT ? init(w) : end(w);
            } finally {
                gate.leaveAlone();
            }
        }
        gate.enter();
        try {
            return switch (opcode) {
                case FuseOpcode.FORGET -> forget(w);
                case FuseOpcode.BATCH_FORGET -> batchForget(w);
                case FuseOpcode.INTERRUPT -> interrupt(w);
                // The ioctls of a host's files are no guest's business.
                case FuseOpcode.IOCTL -> -Errno.ENOTTY;
                default -> serveInode(w, opcode);
            };
        } finally {
            gate.leave();
        }
    }

    /** Requests whose header names an inode. */
    private long serveInode(FsWorker w, int opcode) {
        if (w.atOnce && volume.inodes.isAsleep(w.request.nodeId())) {
            return -Errno.EAGAIN;
        }
        Inode inode = volume.inodes.pin(w.host, w.request.nodeId());
        if (inode == null) {
            return -Errno.ESTALE;
        }
        try {
            long result = serveFile(w, inode, opcode);
            return dax.after(w, inode, opcode, result == NOT_HERE ? serveName(w, inode, opcode) : result);
        } finally {
            inode.unpin(w.host);
        }
    }

    private long serveFile(FsWorker w, Inode inode, int opcode) {
        return switch (opcode) {
            case FuseOpcode.READ -> files.read(w);
            case FuseOpcode.WRITE -> files.write(w);
            case FuseOpcode.FSYNC, FuseOpcode.FSYNCDIR -> files.sync(w);
            case FuseOpcode.FLUSH -> files.flush(w, inode);
            case FuseOpcode.FALLOCATE -> files.fallocate(w);
            case FuseOpcode.LSEEK -> files.seek(w);
            case FuseOpcode.COPY_FILE_RANGE -> files.copy(w);
            case FuseOpcode.SYNCFS -> files.syncFileSystem(w, inode);
            case FuseOpcode.READDIR -> directories.read(w, inode, false);
            case FuseOpcode.READDIRPLUS -> directories.read(w, inode, true);
            case FuseOpcode.SETUPMAPPING -> dax.setup(w, inode);
            case FuseOpcode.REMOVEMAPPING -> dax.remove(w);
            case FuseOpcode.RELEASE, FuseOpcode.RELEASEDIR -> names.release(w);
            case FuseOpcode.GETLK -> locks.get(w, inode);
            case FuseOpcode.SETLK -> locks.set(w, inode, false);
            case FuseOpcode.SETLKW -> locks.set(w, inode, true);
            default -> NOT_HERE;
        };
    }

    private long serveName(FsWorker w, Inode inode, int opcode) {
        return switch (opcode) {
            case FuseOpcode.LOOKUP -> names.lookup(w, inode);
            case FuseOpcode.GETATTR -> attributes.getattr(w, inode);
            case FuseOpcode.SETATTR -> attributes.setattr(w, inode);
            case FuseOpcode.STATX -> attributes.statx(w, inode);
            case FuseOpcode.ACCESS -> attributes.access(w, inode);
            case FuseOpcode.READLINK -> names.readlink(w, inode);
            case FuseOpcode.SYMLINK -> names.symlink(w, inode);
            case FuseOpcode.MKNOD -> names.mknod(w, inode);
            case FuseOpcode.MKDIR -> names.mkdir(w, inode);
            case FuseOpcode.UNLINK -> names.unlink(w, inode, 0);
            case FuseOpcode.RMDIR -> names.unlink(w, inode, HostFiles.AT_REMOVEDIR);
            case FuseOpcode.RENAME -> names.rename(w, inode, false);
            case FuseOpcode.RENAME2 -> names.rename(w, inode, true);
            case FuseOpcode.LINK -> names.link(w, inode);
            case FuseOpcode.OPEN -> names.open(w, inode);
            case FuseOpcode.OPENDIR -> names.opendir(w, inode);
            case FuseOpcode.CREATE -> names.create(w, inode);
            case FuseOpcode.TMPFILE -> names.tmpfile(w, inode);
            case FuseOpcode.STATFS -> names.statfs(w, inode);
            case FuseOpcode.SETXATTR -> attributes.setxattr(w, inode);
            case FuseOpcode.GETXATTR -> attributes.getxattr(w, inode);
            case FuseOpcode.LISTXATTR -> attributes.listxattr(w, inode);
            case FuseOpcode.REMOVEXATTR -> attributes.removexattr(w, inode);
            default -> -Errno.ENOSYS;
        };
    }

    private long init(FsWorker w) {
        int major = w.request.word(InitIn.MAJOR);
        int minor = w.request.word(InitIn.MINOR);
        w.reply.clear(0, InitOut.SIZE);
        w.reply.word(InitOut.MAJOR, FuseMessage.VERSION_MAJOR);
        w.reply.word(InitOut.MINOR, FuseMessage.VERSION_MINOR);
        if (Integer.compareUnsigned(major, FuseMessage.VERSION_MAJOR) > 0) {
            // The driver will come again with our version (linux/fuse.h, "Version negotiation").
            return InitOut.SIZE;
        }
        if (major < FuseMessage.VERSION_MAJOR || Integer.compareUnsigned(minor, FuseMessage.VERSION_MINOR_LEAST) < 0) {
            return -Errno.EPROTO;
        }
        long offered = w.request.word(InitIn.FLAGS) & 0xFFFF_FFFFL;
        if ((offered & FuseFlags.INIT_EXT) != 0 && w.request.argumentBytes() >= InitIn.SIZE) {
            offered |= (long) w.request.word(InitIn.FLAGS2) << 32;
        }
        long agreed = offered & wanted();
        waiters.clear(w.host);
        long error = volume.begin(w.host, agreed);
        if (error < 0) {
            return error;
        }
        w.reply.word(InitOut.MAX_READAHEAD, w.request.word(InitIn.MAX_READAHEAD));
        w.reply.word(InitOut.FLAGS, (int) agreed);
        w.reply.word(InitOut.FLAGS2, (int) (agreed >>> 32));
        w.reply.half(InitOut.MAX_BACKGROUND, MAX_BACKGROUND);
        w.reply.half(InitOut.CONGESTION_THRESHOLD, CONGESTION);
        w.reply.word(InitOut.MAX_WRITE, MAX_WRITE);
        w.reply.word(InitOut.TIME_GRAN, 1);
        w.reply.half(InitOut.MAX_PAGES, MAX_PAGES);
        w.reply.half(InitOut.MAP_ALIGNMENT, (agreed & FuseFlags.MAP_ALIGNMENT) != 0 ? DaxWindow.ALIGNMENT_SHIFT : 0);
        return InitOut.SIZE;
    }

    private long wanted() {
        FsOptions options = volume.options;
        long wanted = ALWAYS_WANTED;
        if (options.hostLocks()) {
            wanted |= FuseFlags.POSIX_LOCKS | FuseFlags.FLOCK_LOCKS;
        }
        if (options.posixAcl()) {
            wanted |= FuseFlags.POSIX_ACL;
        }
        if (window != null) {
            wanted |= FuseFlags.MAP_ALIGNMENT | FuseFlags.HAS_INODE_DAX;
        }
        return wanted | (options.cache() == CacheMode.ALWAYS ? FuseFlags.CACHE_SYMLINKS : FuseFlags.AUTO_INVAL_DATA);
    }

    private long end(FsWorker w) {
        waiters.clear(w.host);
        volume.end(w.host);
        return 0;
    }

    private long forget(FsWorker w) {
        volume.inodes.forget(w.host, w.request.nodeId(), w.request.number(ForgetIn.NLOOKUP));
        return 0;
    }

    private long batchForget(FsWorker w) {
        int there = (w.request.argumentBytes() - BatchForgetIn.SIZE) / ForgetOne.SIZE;
        int count = Math.min(w.request.word(BatchForgetIn.COUNT) & Integer.MAX_VALUE, there);
        for (int i = 0; i < count; i++) {
            int at = BatchForgetIn.SIZE + i * ForgetOne.SIZE;
            volume.inodes.forget(w.host, w.request.number(at + ForgetOne.NODEID), w.request.number(at + ForgetOne.NLOOKUP));
        }
        return 0;
    }

    private long interrupt(FsWorker w) {
        waiters.interrupt(w.host, w.request.number(InterruptIn.UNIQUE));
        return 0;
    }

    /** The device was reset: nothing of the driver's session is left, and no request of it is answered any more. */
    public void reset() {
        HostFiles host = new HostFiles(syscalls.get(), false);
        gate.enterAlone();
        try {
            waiters.clear(host);
            volume.end(host);
        } finally {
            gate.leaveAlone();
        }
    }

    /** What is remembered of the session. */
    FsState save() {
        if (window != null && window.mapped() > 0) {
            // The guest believes in its mappings, which would be gone.
            throw new IllegalStateException("A volume whose DAX window is in use cannot be saved");
        }
        return volume.save();
    }

    /** Goes on with a session of an earlier time, before any request is served. */
    void restore(FsState state) {
        HostFiles host = new HostFiles(syscalls.get(), false);
        long error = volume.restore(host, state);
        if (error < 0) {
            throw new SyscallException("open", "the volume's root", (int) -error);
        }
    }

    /** Answers every waiting request with EINTR. */
    public void interruptAll() {
        waiters.interruptAll(new HostFiles(syscalls.get(), false));
    }

    /** Gives everything back. No request may be served any more. */
    public void close() {
        HostFiles host = new HostFiles(syscalls.get(), false);
        waiters.close(host);
        volume.close(host);
    }
}
