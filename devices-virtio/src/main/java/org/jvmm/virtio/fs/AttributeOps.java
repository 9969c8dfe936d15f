package org.jvmm.virtio.fs;

import java.lang.foreign.MemorySegment;
import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseMessage.AccessIn;
import org.jvmm.virtio.fs.FuseMessage.GetxattrIn;
import org.jvmm.virtio.fs.FuseMessage.GetxattrOut;
import org.jvmm.virtio.fs.FuseMessage.SetattrIn;
import org.jvmm.virtio.fs.FuseMessage.SetxattrIn;
import org.jvmm.virtio.fs.FuseMessage.Statx;
import org.jvmm.virtio.fs.FuseMessage.StatxOut;

/** Attributes and extended attributes of inodes; methods as those of {@link PassthroughFs}. */
final class AttributeOps {
    /** XATTR_SIZE_MAX and XATTR_LIST_MAX (linux/limits.h). */
    private static final int XATTR_MAX = 65536;
    private static final int SHORT_SETXATTR = 8;
    // utimensat(2).
    private static final long UTIME_NOW = (1L << 30) - 1;
    private static final long UTIME_OMIT = (1L << 30) - 2;

    private final Volume volume;

    AttributeOps(Volume volume) {
        this.volume = volume;
    }

    long getattr(FsWorker w, Inode inode) {
        // The handle's attributes are the inode's.
        long error = w.host.stat(inode.fd());
        return error < 0 ? error : w.reply.attributesOut(0, w.host.stat(), volume.options);
    }

    long statx(FsWorker w, Inode inode) {
        long error = w.host.stat(inode.fd());
        if (error < 0) {
            return error;
        }
        HostStat stat = w.host.stat();
        FuseReply reply = w.reply;
        reply.clear(0, StatxOut.SIZE);
        reply.number(StatxOut.ATTR_VALID, volume.options.cache().seconds());
        int at = StatxOut.STAT;
        reply.word(at + Statx.MASK, stat.word(HostStat.MASK) & HostStat.SHOWN);
        reply.word(at + Statx.BLKSIZE, stat.word(HostStat.BLKSIZE));
        reply.word(at + Statx.NLINK, stat.word(HostStat.NLINK));
        reply.word(at + Statx.UID, volume.options.users().toGuest(stat.word(HostStat.UID)));
        reply.word(at + Statx.GID, volume.options.groups().toGuest(stat.word(HostStat.GID)));
        reply.half(at + Statx.MODE, stat.mode());
        reply.number(at + Statx.INO, stat.number(HostStat.INO));
        reply.number(at + Statx.SIZE_, stat.number(HostStat.FILE_SIZE));
        reply.number(at + Statx.BLOCKS, stat.number(HostStat.BLOCKS));
        time(reply, at + Statx.ATIME, stat, HostStat.ATIME);
        time(reply, at + Statx.BTIME, stat, HostStat.BTIME);
        time(reply, at + Statx.CTIME, stat, HostStat.CTIME);
        time(reply, at + Statx.MTIME, stat, HostStat.MTIME);
        reply.word(at + Statx.RDEV_MAJOR, stat.word(HostStat.RDEV_MAJOR));
        reply.word(at + Statx.RDEV_MINOR, stat.word(HostStat.RDEV_MINOR));
        reply.word(at + Statx.DEV_MAJOR, stat.word(HostStat.DEV_MAJOR));
        reply.word(at + Statx.DEV_MINOR, stat.word(HostStat.DEV_MINOR));
        return StatxOut.SIZE;
    }

    private static void time(FuseReply reply, int at, HostStat stat, int field) {
        reply.number(at, stat.number(field));
        reply.word(at + 8, stat.nanos(field));
    }

    long setattr(FsWorker w, Inode inode) {
        int valid = w.request.word(SetattrIn.VALID);
        if (volume.options.readOnly()) {
            return -Errno.EROFS;
        }
        long error = 0;
        if ((valid & FuseFlags.FATTR_MODE) != 0) {
            error = w.host.chmod(inode.fd(), w.request.word(SetattrIn.MODE));
        }
        if (error >= 0 && (valid & (FuseFlags.FATTR_UID | FuseFlags.FATTR_GID)) != 0) {
            error = chown(w, inode, valid);
        }
        if (error >= 0 && (valid & FuseFlags.FATTR_SIZE) != 0) {
            error = truncate(w, inode, valid);
        }
        if (error >= 0 && (valid & (FuseFlags.FATTR_ATIME | FuseFlags.FATTR_MTIME)) != 0) {
            error = utimens(w, inode, valid);
        }
        return error < 0 ? error : getattr(w, inode);
    }

    private long chown(FsWorker w, Inode inode, int valid) {
        int uid = -1;
        int gid = -1;
        if ((valid & FuseFlags.FATTR_UID) != 0) {
            uid = volume.options.users().toHost(w.request.word(SetattrIn.UID));
            if (uid == -1) {
                return -Errno.EPERM;
            }
        }
        if ((valid & FuseFlags.FATTR_GID) != 0) {
            gid = volume.options.groups().toHost(w.request.word(SetattrIn.GID));
            if (gid == -1) {
                return -Errno.EPERM;
            }
        }
        return w.host.chown(inode.fd(), uid, gid);
    }

    private long truncate(FsWorker w, Inode inode, int valid) {
        long size = w.request.number(SetattrIn.SIZE_);
        boolean clear = (valid & FuseFlags.FATTR_KILL_SUIDGID) != 0;
        if (clear) {
            w.host.credentials().clearSetIds();
        }
        try {
            if ((valid & FuseFlags.FATTR_FH) != 0) {
                OpenFile file = volume.files.pin(w.request.number(SetattrIn.FH));
                if (file == null) {
                    return -Errno.EBADF;
                }
                long error = w.host.truncate(file.fd(), size);
                file.unpin(w.host);
                return error;
            }
            long fd = volume.reopen(w.host, inode, HostFiles.O_WRONLY);
            if (fd < 0) {
                return fd;
            }
            long error = w.host.truncate((int) fd, size);
            w.host.close((int) fd);
            return error;
        } finally {
            if (clear) {
                w.host.credentials().keepSetIds();
            }
        }
    }

    private static long utimens(FsWorker w, Inode inode, int valid) {
        FuseRequest request = w.request;
        MemorySegment times = w.host.scratch();
        timespec(times, 0, valid, FuseFlags.FATTR_ATIME, FuseFlags.FATTR_ATIME_NOW, request.number(SetattrIn.ATIME),
                request.word(SetattrIn.ATIMENSEC));
        timespec(times, 16, valid, FuseFlags.FATTR_MTIME, FuseFlags.FATTR_MTIME_NOW, request.number(SetattrIn.MTIME),
                request.word(SetattrIn.MTIMENSEC));
        return w.host.utimens(inode.fd(), times.address());
    }

    private static void timespec(MemorySegment times, int at, int valid, int given, int now, long seconds, int nanos) {
        boolean set = (valid & given) != 0;
        FuseMessage.put64(times, at, set ? seconds : 0);
        FuseMessage.put64(times, at + 8, !set ? UTIME_OMIT : (valid & now) != 0 ? UTIME_NOW : nanos & 0x3FFF_FFFFL);
    }

    /** Linux asks only without default_permissions; here the caller's groups are not known, so it is the check of his main one. */
    long access(FsWorker w, Inode inode) {
        long error = w.host.stat(inode.fd());
        if (error < 0) {
            return error;
        }
        int wanted = w.request.word(AccessIn.MASK) & 7;
        HostStat stat = w.host.stat();
        int mode = stat.mode();
        if ((wanted & 2) != 0 && volume.options.readOnly()) {
            return -Errno.EROFS;
        }
        if (w.request.uid() == 0) {
            boolean runs = (mode & 0111) != 0 || stat.type() == HostStat.DIRECTORY;
            return (wanted & 1) != 0 && !runs ? -Errno.EACCES : 0;
        }
        int granted = mode;
        if (w.request.uid() == volume.options.users().toGuest(stat.word(HostStat.UID))) {
            granted = mode >> 6;
        } else if (w.request.gid() == volume.options.groups().toGuest(stat.word(HostStat.GID))) {
            granted = mode >> 3;
        }
        return (wanted & ~granted) != 0 ? -Errno.EACCES : 0;
    }

    long setxattr(FsWorker w, Inode inode) {
        FuseRequest request = w.request;
        int at = volume.has(FuseFlags.SETXATTR_EXT) ? SetxattrIn.SIZE : SHORT_SETXATTR;
        int name = attributeName(request, at);
        if (name < 0) {
            return name;
        }
        int size = request.word(SetxattrIn.SIZE_);
        if (size < 0 || size > XATTR_MAX) {
            return -Errno.E2BIG;
        }
        int value = at + name + 1;
        if (size > request.argumentBytes() - value) {
            return -Errno.EINVAL;
        }
        if (volume.options.readOnly()) {
            return -Errno.EROFS;
        }
        boolean clear = at == SetxattrIn.SIZE && (request.word(SetxattrIn.SETXATTR_FLAGS) & FuseFlags.SETXATTR_ACL_KILL_SGID) != 0;
        if (clear) {
            w.host.credentials().clearSetIds();
        }
        long error = w.host.setxattr(inode.fd(), request.address(at), request.address(value), size, request.word(SetxattrIn.FLAGS));
        if (clear) {
            w.host.credentials().keepSetIds();
        }
        return error;
    }

    long getxattr(FsWorker w, Inode inode) {
        int name = attributeName(w.request, GetxattrIn.SIZE);
        if (name < 0) {
            return name;
        }
        int size = w.request.word(GetxattrIn.SIZE_);
        int room = attributeRoom(w, size);
        return attributeReply(w, size, w.host.getxattr(inode.fd(), w.request.address(GetxattrIn.SIZE), w.reply.address(0), room));
    }

    long listxattr(FsWorker w, Inode inode) {
        int size = w.request.word(GetxattrIn.SIZE_);
        return attributeReply(w, size, w.host.listxattr(inode.fd(), w.reply.address(0), attributeRoom(w, size)));
    }

    long removexattr(FsWorker w, Inode inode) {
        int name = attributeName(w.request, 0);
        if (name < 0) {
            return name;
        }
        return volume.options.readOnly() ? -Errno.EROFS : w.host.removexattr(inode.fd(), w.request.address(0));
    }

    private static int attributeName(FuseRequest request, int at) {
        // Fewer bytes than the structure: an unterminated name.
        int length = at < request.argumentBytes() ? request.stringLength(at) : -1;
        if (length <= 0) {
            return -Errno.EINVAL;
        }
        // XATTR_NAME_MAX; setxattr(2) says ERANGE.
        return length > FuseRequest.NAME_MAX ? -Errno.ERANGE : length;
    }

    private static int attributeRoom(FsWorker w, int size) {
        return size == 0 ? 0 : Math.min(size & Integer.MAX_VALUE, Math.min(XATTR_MAX, w.room()));
    }

    /** With size 0 only the length was asked for (linux/fuse.h, struct fuse_getxattr_out). */
    private static long attributeReply(FsWorker w, int size, long result) {
        if (result < 0 || size != 0) {
            return result;
        }
        if (w.room() < GetxattrOut.SIZE) {
            return -Errno.EINVAL;
        }
        w.reply.number(0, result);
        return GetxattrOut.SIZE;
    }
}
