package org.jvmm.virtio.fs;

import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseMessage.CreateIn;
import org.jvmm.virtio.fs.FuseMessage.EntryOut;
import org.jvmm.virtio.fs.FuseMessage.Kstatfs;
import org.jvmm.virtio.fs.FuseMessage.LinkIn;
import org.jvmm.virtio.fs.FuseMessage.MkdirIn;
import org.jvmm.virtio.fs.FuseMessage.MknodIn;
import org.jvmm.virtio.fs.FuseMessage.OpenIn;
import org.jvmm.virtio.fs.FuseMessage.ReleaseIn;
import org.jvmm.virtio.fs.FuseMessage.Rename2In;
import org.jvmm.virtio.fs.FuseMessage.RenameIn;

/**
 * The name space of a volume: names looked up, made, moved, removed, files opened and closed. Each method answers one operation of FUSE; it returns the
 * reply's payload bytes or {@code -errno}. {@code inode} is the one the request's header names, pinned.
 */
final class PassthroughFs {
    /** RENAME_NOREPLACE, RENAME_EXCHANGE and RENAME_WHITEOUT (rename(2)). */
    private static final int RENAME_FLAGS = 7;

    private final Volume volume;

    PassthroughFs(Volume volume) {
        this.volume = volume;
    }

    long lookup(FsWorker w, Inode inode) {
        int name = w.request.name(0);
        return name < 0 ? name : volume.lookup(w, inode, w.request.address(0), 0);
    }

    long readlink(FsWorker w, Inode inode) {
        // readlinkat(2) does not say that it cut a target off: none is longer than this.
        int size = Math.min(w.room(), FuseRequest.TARGET_MAX);
        return inode.type == HostStat.LINK ? w.host.readlink(inode.fd(), w.reply.address(0), size) : -Errno.EINVAL;
    }

    long symlink(FsWorker w, Inode inode) {
        int name = w.request.name(0);
        if (name < 0) {
            return name;
        }
        int target = w.request.stringLength(name + 1);
        if (target <= 0) {
            return -Errno.EINVAL;
        }
        if (target > FuseRequest.TARGET_MAX) {
            return -Errno.ENAMETOOLONG;
        }
        long error = enter(w, 0);
        if (error == 0) {
            // The target is kept as text; nobody on the host follows it.
            error = w.host.symlink(w.request.address(name + 1), inode.fd(), w.request.address(0));
            leave(w);
        }
        return error < 0 ? error : volume.lookup(w, inode, w.request.address(0), 0);
    }

    long mknod(FsWorker w, Inode inode) {
        int name = w.request.name(MknodIn.SIZE);
        if (name < 0) {
            return name;
        }
        long path = w.request.address(MknodIn.SIZE);
        long error = enter(w, w.request.word(MknodIn.UMASK));
        if (error == 0) {
            error = w.host.mknod(inode.fd(), path, w.request.word(MknodIn.MODE), w.request.word(MknodIn.RDEV));
            leave(w);
        }
        return error < 0 ? error : volume.lookup(w, inode, path, 0);
    }

    long mkdir(FsWorker w, Inode inode) {
        int name = w.request.name(MkdirIn.SIZE);
        if (name < 0) {
            return name;
        }
        long path = w.request.address(MkdirIn.SIZE);
        long error = enter(w, w.request.word(MkdirIn.UMASK));
        if (error == 0) {
            error = w.host.mkdir(inode.fd(), path, w.request.word(MkdirIn.MODE));
            leave(w);
        }
        return error < 0 ? error : volume.lookup(w, inode, path, 0);
    }

    long unlink(FsWorker w, Inode inode, int flags) {
        int name = w.request.name(0);
        if (name < 0) {
            return name;
        }
        return readOnly() ? -Errno.EROFS : w.host.unlink(inode.fd(), w.request.address(0), flags);
    }

    long rename(FsWorker w, Inode inode, boolean second) {
        FuseRequest request = w.request;
        int first = second ? Rename2In.SIZE : RenameIn.SIZE;
        int flags = second ? request.word(Rename2In.FLAGS) : 0;
        int name = request.name(first);
        if (name < 0) {
            return name;
        }
        int other = request.name(first + name + 1);
        if (other < 0) {
            return other;
        }
        if (readOnly()) {
            return -Errno.EROFS;
        }
        if ((flags & ~RENAME_FLAGS) != 0) {
            return -Errno.EINVAL;
        }
        Inode target = volume.inodes.pin(w.host, request.number(RenameIn.NEWDIR));
        if (target == null) {
            return -Errno.ESTALE;
        }
        try {
            return w.host.rename(inode.fd(), request.address(first), target.fd(), request.address(first + name + 1), flags);
        } finally {
            target.unpin(w.host);
        }
    }

    long link(FsWorker w, Inode inode) {
        int name = w.request.name(LinkIn.SIZE);
        if (name < 0) {
            return name;
        }
        if (readOnly()) {
            return -Errno.EROFS;
        }
        Inode old = volume.inodes.pin(w.host, w.request.number(LinkIn.OLDNODEID));
        if (old == null) {
            return -Errno.ESTALE;
        }
        try {
            long error = w.host.link(old.fd(), inode.fd(), w.request.address(LinkIn.SIZE));
            return error < 0 ? error : volume.lookup(w, inode, w.request.address(LinkIn.SIZE), 0);
        } finally {
            old.unpin(w.host);
        }
    }

    long create(FsWorker w, Inode inode) {
        FuseRequest request = w.request;
        int name = request.name(CreateIn.SIZE);
        if (name < 0) {
            return name;
        }
        int flags = request.word(CreateIn.FLAGS);
        long error = enter(w, request.word(CreateIn.UMASK));
        if (error < 0) {
            return error;
        }
        long path = request.address(CreateIn.SIZE);
        // Always exclusive: what is there already may be a device or a FIFO, which must not be opened.
        long fd = w.host.create(inode.fd(), path, volume.hostFlags(flags), request.word(CreateIn.MODE));
        leave(w);
        if (fd >= 0) {
            return created(w, inode, (int) fd);
        }
        return fd == -Errno.EEXIST && (flags & HostFiles.O_EXCL) == 0 ? openExisting(w, inode, path, flags) : fd;
    }

    long tmpfile(FsWorker w, Inode inode) {
        FuseRequest request = w.request;
        long error = enter(w, request.word(CreateIn.UMASK));
        if (error < 0) {
            return error;
        }
        int flags = volume.hostFlags(request.word(CreateIn.FLAGS)) | request.word(CreateIn.FLAGS) & HostFiles.O_EXCL;
        long fd = w.host.createUnnamed(inode.fd(), flags, request.word(CreateIn.MODE));
        leave(w);
        return fd < 0 ? fd : created(w, inode, (int) fd);
    }

    /** Entry and handle of a file just made. */
    private long created(FsWorker w, Inode parent, int fd) {
        long path = w.host.reopen(fd, HostFiles.O_PATH);
        long made = path < 0 ? path : volume.enter(w, parent, (int) path, 0);
        if (made < 0) {
            w.host.close(fd);
            return made;
        }
        return made + w.reply.opened(EntryOut.SIZE, volume.opened(fd, false), volume.openFlags());
    }

    /** CREATE of what somebody else made first. */
    private long openExisting(FsWorker w, Inode parent, long path, int flags) {
        long made = volume.lookup(w, parent, path, 0);
        if (made < 0) {
            return made;
        }
        long id = w.reply.number(EntryOut.NODEID);
        Inode inode = volume.inodes.pin(w.host, id);
        if (inode == null) {
            return -Errno.ESTALE;
        }
        long opened;
        try {
            opened = open(w, inode, flags, w.request.word(CreateIn.OPEN_FLAGS), EntryOut.SIZE);
        } finally {
            inode.unpin(w.host);
        }
        if (opened < 0) {
            volume.inodes.forget(w.host, id, 1);
            return opened;
        }
        return made + opened;
    }

    long open(FsWorker w, Inode inode) {
        return open(w, inode, w.request.word(OpenIn.FLAGS), w.request.word(OpenIn.OPEN_FLAGS), 0);
    }

    private long open(FsWorker w, Inode inode, int flags, int more, int at) {
        if (inode.isDirectory()) {
            return -Errno.EISDIR;
        }
        if (volume.refuses(flags)) {
            return -Errno.EROFS;
        }
        boolean clear = (more & FuseFlags.OPEN_KILL_SUIDGID) != 0;
        if (clear) {
            w.host.credentials().clearSetIds();
        }
        long fd = volume.reopen(w.host, inode, volume.hostFlags(flags));
        if (clear) {
            w.host.credentials().keepSetIds();
        }
        return fd < 0 ? fd : w.reply.opened(at, volume.opened((int) fd, false), volume.openFlags());
    }

    long opendir(FsWorker w, Inode inode) {
        if (!inode.isDirectory()) {
            return -Errno.ENOTDIR;
        }
        long fd = volume.reopen(w.host, inode, HostFiles.O_DIRECTORY);
        int flags = volume.options.cache() == CacheMode.ALWAYS ? FuseFlags.FOPEN_KEEP_CACHE | FuseFlags.FOPEN_CACHE_DIR : 0;
        return fd < 0 ? fd : w.reply.opened(0, volume.opened((int) fd, true), flags);
    }

    /** Also of directories. Locks of flock(2) go with the descriptor. */
    long release(FsWorker w) {
        OpenFile file = volume.files.remove(w.request.number(ReleaseIn.FH));
        if (file == null) {
            return -Errno.EBADF;
        }
        file.unpin(w.host);
        return 0;
    }

    long statfs(FsWorker w, Inode inode) {
        long from = w.host.scratch().address();
        long error = w.host.statfs(inode.fd(), from);
        if (error < 0) {
            return error;
        }
        // struct statfs of x86-64: eleven words, f_type first (asm-generic/statfs.h).
        FuseReply reply = w.reply;
        reply.clear(0, Kstatfs.SIZE);
        reply.word(Kstatfs.BSIZE, (int) FuseMessage.get64(w.host.scratch(), 8));
        reply.number(Kstatfs.BLOCKS, FuseMessage.get64(w.host.scratch(), 16));
        reply.number(Kstatfs.BFREE, FuseMessage.get64(w.host.scratch(), 24));
        reply.number(Kstatfs.BAVAIL, FuseMessage.get64(w.host.scratch(), 32));
        reply.number(Kstatfs.FILES, FuseMessage.get64(w.host.scratch(), 40));
        reply.number(Kstatfs.FFREE, FuseMessage.get64(w.host.scratch(), 48));
        reply.word(Kstatfs.NAMELEN, (int) FuseMessage.get64(w.host.scratch(), 64));
        reply.word(Kstatfs.FRSIZE, (int) FuseMessage.get64(w.host.scratch(), 72));
        return Kstatfs.SIZE;
    }

    private boolean readOnly() {
        return volume.options.readOnly();
    }

    /** Takes on the caller's ids and umask to make a file; 0, or {@code -errno}. */
    private long enter(FsWorker w, int umask) {
        if (readOnly()) {
            return -Errno.EROFS;
        }
        int uid = volume.options.users().toHost(w.request.uid());
        int gid = volume.options.groups().toHost(w.request.gid());
        if ((uid == -1 || gid == -1) && w.host.credentials().privileged()) {
            return -Errno.EPERM;
        }
        w.host.umask(umask & 0777);
        w.host.credentials().enter(uid, gid, extraGroup(w));
        return 0;
    }

    private void leave(FsWorker w) {
        w.host.credentials().leave(volume.options.users().toHost(w.request.uid()), volume.options.groups().toHost(w.request.gid()),
                extraGroup(w));
    }

    private int extraGroup(FsWorker w) {
        int group = w.request.extraGroup();
        return group == -1 ? -1 : volume.options.groups().toHost(group);
    }
}
