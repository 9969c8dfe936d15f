package org.jvmm.virtio.fs;

import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseMessage.CopyFileRangeIn;
import org.jvmm.virtio.fs.FuseMessage.OpenIn;
import org.jvmm.virtio.fs.FuseMessage.RemovemappingIn;
import org.jvmm.virtio.fs.FuseMessage.RemovemappingOne;
import org.jvmm.virtio.fs.FuseMessage.SetattrIn;
import org.jvmm.virtio.fs.FuseMessage.SetupmappingIn;
import org.jvmm.virtio.fs.FuseMessage.WriteIn;

/** Files in the DAX window; methods as those of {@link PassthroughFs}. */
final class DaxOps {
    private static final int FALLOC_FL_KEEP_SIZE = 1;

    private final Volume volume;
    private final DaxWindow window;
    private final FsMetrics metrics;

    /** @param window null where there is none: then the driver has no use for these operations */
    DaxOps(Volume volume, DaxWindow window, FsMetrics metrics) {
        this.volume = volume;
        this.window = window;
        this.metrics = metrics;
    }

    long setup(FsWorker w, Inode inode) {
        if (window == null) {
            return -Errno.ENOSYS;
        }
        FuseRequest request = w.request;
        long at = request.number(SetupmappingIn.MOFFSET);
        long length = request.number(SetupmappingIn.LEN);
        long offset = request.number(SetupmappingIn.FOFFSET);
        long flags = request.number(SetupmappingIn.FLAGS);
        boolean write = (flags & FuseFlags.SETUPMAPPING_FLAG_WRITE) != 0;
        if (!window.holds(at, length) || offset < 0 || offset % DaxWindow.PIECE != 0 || offset > Long.MAX_VALUE - length
                || (flags & ~(FuseFlags.SETUPMAPPING_FLAG_READ | FuseFlags.SETUPMAPPING_FLAG_WRITE)) != 0) {
            return -Errno.EINVAL;
        }
        if (inode.type != HostStat.REGULAR) {
            return -Errno.ENODEV;
        }
        if (write && volume.options.readOnly()) {
            return -Errno.EROFS;
        }
        // The request's handle is not looked at: Linux sends none.
        long fd = volume.reopen(w.host, inode, write ? HostFiles.O_RDWR : 0);
        if (fd < 0) {
            return fd;
        }
        long error = write ? allocate(w.host, (int) fd, offset, length) : 0;
        if (error >= 0) {
            error = window.map(w.host, inode, (int) fd, write, at, offset, length);
            metrics.mappings.add(error < 0 ? 0 : 1);
        }
        w.host.close((int) fd);
        return error;
    }

    /** Gives holes of the file their blocks: a full disk is an answer here, but could not be one when the guest writes to its memory. */
    private static long allocate(HostFiles host, int fd, long offset, long length) {
        long error = host.stat(fd);
        long end = host.stat().number(HostStat.FILE_SIZE);
        if (error < 0 || end <= offset) {
            return error;
        }
        error = host.fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, Math.min(length, end - offset));
        return error == -Errno.ENOSPC || error == -Errno.EDQUOT || error == -Errno.EIO ? error : 0;
    }

    long remove(FsWorker w) {
        if (window == null) {
            return -Errno.ENOSYS;
        }
        FuseRequest request = w.request;
        int count = request.word(RemovemappingIn.COUNT);
        if (count < 0 || count > (request.argumentBytes() - RemovemappingIn.SIZE) / RemovemappingOne.SIZE) {
            return -Errno.EINVAL;
        }
        for (int i = 0; i < count; i++) {
            int one = RemovemappingIn.SIZE + i * RemovemappingOne.SIZE;
            long at = request.number(one + RemovemappingOne.MOFFSET);
            long length = request.number(one + RemovemappingOne.LEN);
            if (!window.holds(at, length)) {
                return -Errno.EINVAL;
            }
            long error = window.unmap(w.host, at, length);
            if (error < 0) {
                return error;
            }
        }
        return 0;
    }

    /**
     * After another operation: the window follows what it did to a file.
     *
     * @param result what the operation answers
     * @return what to answer instead
     */
    long after(FsWorker w, Inode inode, int opcode, long result) {
        if (window == null) {
            return result;
        }
        metrics.replaced.add(window.repair(w.host, volume));
        if (result < 0) {
            return result;
        }
        FuseRequest request = w.request;
        switch (opcode) {
            case FuseOpcode.WRITE -> window.changed(inode, Math.max(request.number(WriteIn.OFFSET), 0), w.reply.number(0));
            case FuseOpcode.FALLOCATE -> window.changed(inode, 0, Long.MAX_VALUE);
            case FuseOpcode.SETATTR -> {
                if ((request.word(SetattrIn.VALID) & FuseFlags.FATTR_SIZE) != 0) {
                    window.changed(inode, 0, Long.MAX_VALUE);
                }
            }
            case FuseOpcode.OPEN -> {
                if ((request.word(OpenIn.FLAGS) & HostFiles.O_TRUNC) != 0) {
                    window.changed(inode, 0, Long.MAX_VALUE);
                }
            }
            case FuseOpcode.COPY_FILE_RANGE -> {
                Inode target = volume.inodes.pin(w.host, request.number(CopyFileRangeIn.NODEID_OUT));
                if (target != null) {
                    window.changed(target, 0, Long.MAX_VALUE);
                    target.unpin(w.host);
                }
            }
            case FuseOpcode.FSYNC -> {
                // Not SYNCFS: sync(2) would keep it to itself.
                return window.takeLoss();
            }
            default -> {
                // Changes no data.
            }
        }
        return result;
    }
}
