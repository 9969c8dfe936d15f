package org.jvmm.virtio.fs;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseMessage.FileLock;
import org.jvmm.virtio.fs.FuseMessage.LkIn;
import org.jvmm.virtio.fs.FuseMessage.LkOut;

/**
 * Locks of the guest's processes taken on the host's files. A record lock is an open-file-description lock (fcntl(2)): each owner of the guest has a
 * description of its own for a file, so that owners exclude each other and everybody on the host. A lock of flock(2) is one of the open file itself.
 */
final class RecordLocks {
    /** Most descriptors that owners of locks hold in one volume. */
    static final int MAX_OWNERS = 4096;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    // struct flock of x86-64 (asm-generic/fcntl.h).
    private static final int TYPE = 0;
    private static final int WHENCE = 2;
    private static final int START = 8;
    private static final int LENGTH = 16;
    private static final int PID = 24;
    // flock(2).
    private static final int[] OPERATIONS = { 1, 2, 8 };

    /** A description of one owner for one inode; a list, guarded by the inode. */
    static final class Owner {
        final long key;
        final int fd;
        final AtomicInteger counter;
        Owner next;

        Owner(long key, int fd, AtomicInteger counter, Owner next) {
            this.key = key;
            this.fd = fd;
            this.counter = counter;
            this.next = next;
        }
    }

    private final Volume volume;
    private final AtomicInteger owners = new AtomicInteger();
    private final LockWaiters waiters;

    RecordLocks(Volume volume, LockWaiters waiters) {
        this.volume = volume;
        this.waiters = waiters;
    }

    /** GETLK: the lock that stands in the way of one, or "unlocked". */
    long get(FsWorker w, Inode inode) {
        FuseRequest request = w.request;
        int type = request.word(LkIn.LK + FileLock.TYPE);
        if ((request.word(LkIn.LK_FLAGS) & FuseFlags.LK_FLOCK) != 0 || type != F_RDLCK && type != F_WRLCK) {
            return -Errno.EINVAL;
        }
        MemorySegment lock = w.host.scratch();
        long error;
        synchronized (inode) {
            Owner owner = find(inode, request.number(LkIn.OWNER));
            long fd = owner != null ? owner.fd : volume.reopen(w.host, inode, 0);
            if (fd < 0) {
                return fd;
            }
            error = fill(lock, type, request.number(LkIn.LK + FileLock.START), request.number(LkIn.LK + FileLock.END));
            if (error == 0) {
                error = w.host.fcntl((int) fd, HostFiles.F_OFD_GETLK, lock.address());
            }
            if (owner == null) {
                w.host.close((int) fd);
            }
        }
        if (error < 0) {
            return error;
        }
        int found = FuseMessage.get16(lock, TYPE);
        long start = FuseMessage.get64(lock, START);
        long length = FuseMessage.get64(lock, LENGTH);
        w.reply.number(FileLock.START, found == F_UNLCK ? 0 : start);
        w.reply.number(FileLock.END, found == F_UNLCK ? 0 : length == 0 ? Long.MAX_VALUE : start + length - 1);
        w.reply.word(FileLock.TYPE, found);
        // Process numbers of the host mean nothing to the guest.
        w.reply.word(FileLock.PID, 0);
        return LkOut.SIZE;
    }

    /** SETLK, and SETLKW with {@code wait}: then the answer may be {@link FuseServer#WAITS}. */
    long set(FsWorker w, Inode inode, boolean wait) {
        FuseRequest request = w.request;
        int type = request.word(LkIn.LK + FileLock.TYPE);
        if (type < F_RDLCK || type > F_UNLCK) {
            return -Errno.EINVAL;
        }
        boolean flock = (request.word(LkIn.LK_FLAGS) & FuseFlags.LK_FLOCK) != 0;
        OpenFile file = volume.files.pin(request.number(LkIn.FH));
        if (file == null) {
            return -Errno.EBADF;
        }
        LockRequest lock = new LockRequest(inode, file, flock, request.number(LkIn.OWNER), type, request.number(LkIn.LK + FileLock.START),
                request.number(LkIn.LK + FileLock.END), request.unique(), w.buffers);
        long result = attempt(w.host, lock);
        if (result == -Errno.EAGAIN && wait && inode.pin()) {
            if (waiters.park(lock)) {
                return FuseServer.WAITS;
            }
            inode.unpin(w.host);
            result = -Errno.ENOLCK;
        }
        file.unpin(w.host);
        if (type == F_UNLCK) {
            waiters.wake();
        }
        return result;
    }

    /** Takes or gives back a lock; -EAGAIN when another has it. */
    long attempt(HostFiles host, LockRequest lock) {
        if (lock.flock()) {
            return host.flock(lock.file().fd(), OPERATIONS[lock.type()] | HostFiles.LOCK_NB);
        }
        Inode inode = lock.inode();
        synchronized (inode) {
            Owner owner = find(inode, lock.owner());
            if (owner == null) {
                if (lock.type() == F_UNLCK) {
                    return 0;
                }
                long fd = open(host, inode);
                if (fd < 0) {
                    return fd;
                }
                owner = new Owner(lock.owner(), (int) fd, owners, inode.owners);
                inode.owners = owner;
            }
            long error = fill(host.scratch(), lock.type(), lock.start(), lock.end());
            return error < 0 ? error : host.fcntl(owner.fd, HostFiles.F_OFD_SETLK, host.scratch().address());
        }
    }

    private long open(HostFiles host, Inode inode) {
        if (owners.incrementAndGet() > MAX_OWNERS) {
            owners.decrementAndGet();
            return -Errno.ENOLCK;
        }
        // A shared lock wants a readable, an exclusive one a writable descriptor.
        long fd = volume.options.readOnly() ? -Errno.EROFS : volume.reopen(host, inode, HostFiles.O_RDWR);
        if (fd < 0) {
            fd = volume.reopen(host, inode, 0);
        }
        if (fd < 0) {
            owners.decrementAndGet();
        }
        return fd;
    }

    private static long fill(MemorySegment lock, int type, long start, long end) {
        // Linux sends OFFSET_MAX for "to the end of the file".
        if (start < 0 || end < start) {
            return -Errno.EINVAL;
        }
        FuseMessage.put16(lock, TYPE, type);
        FuseMessage.put16(lock, WHENCE, 0);
        FuseMessage.put64(lock, START, start);
        FuseMessage.put64(lock, LENGTH, end == Long.MAX_VALUE ? 0 : end - start + 1);
        FuseMessage.put64(lock, PID, 0);
        return 0;
    }

    private static Owner find(Inode inode, long key) {
        Owner owner = inode.owners;
        while (owner != null && owner.key != key) {
            owner = owner.next;
        }
        return owner;
    }

    /** All record locks of an owner on a file end. */
    void release(HostFiles host, Inode inode, long key) {
        synchronized (inode) {
            Owner before = null;
            for (Owner owner = inode.owners; owner != null; before = owner, owner = owner.next) {
                if (owner.key != key) {
                    continue;
                }
                if (before == null) {
                    inode.owners = owner.next;
                } else {
                    before.next = owner.next;
                }
                close(owner, host);
                break;
            }
        }
        waiters.wake();
    }

    /** All locks on a file end with the inode. */
    static void closeAll(Inode inode, HostFiles host) {
        synchronized (inode) {
            for (Owner owner = inode.owners; owner != null; owner = owner.next) {
                close(owner, host);
            }
            inode.owners = null;
        }
    }

    private static void close(Owner owner, HostFiles host) {
        host.close(owner.fd);
        owner.counter.decrementAndGet();
    }
}
