package org.jvmm.virtio.fs;

import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseMessage.CopyFileRangeIn;
import org.jvmm.virtio.fs.FuseMessage.FallocateIn;
import org.jvmm.virtio.fs.FuseMessage.FlushIn;
import org.jvmm.virtio.fs.FuseMessage.FsyncIn;
import org.jvmm.virtio.fs.FuseMessage.InHeader;
import org.jvmm.virtio.fs.FuseMessage.LseekIn;
import org.jvmm.virtio.fs.FuseMessage.LseekOut;
import org.jvmm.virtio.fs.FuseMessage.OutHeader;
import org.jvmm.virtio.fs.FuseMessage.ReadIn;
import org.jvmm.virtio.fs.FuseMessage.WriteIn;
import org.jvmm.virtio.fs.FuseMessage.WriteOut;

/** Data of open files; methods as those of {@link PassthroughFs}. Data move between file and guest memory without a copy of ours. */
final class FileOps {
    private static final int SEEK_HOLE = 4;
    /** Most bytes of one copy_file_range(2): the reply's count has 32 bits. */
    private static final long MAX_COPY = 1L << 30;

    private final Volume volume;
    private final RecordLocks locks;

    FileOps(Volume volume, RecordLocks locks) {
        this.volume = volume;
        this.locks = locks;
    }

    long read(FsWorker w) {
        OpenFile file = volume.files.pin(w.request.number(ReadIn.FH));
        if (file == null) {
            return -Errno.EBADF;
        }
        try {
            return read(w, file.fd(), w.request.number(ReadIn.OFFSET),
                    Math.min(w.request.word(ReadIn.SIZE_) & 0xFFFF_FFFFL, w.room()));
        } finally {
            file.unpin(w.host);
        }
    }

    private static long read(FsWorker w, int fd, long offset, long size) {
        HostFiles host = w.host;
        long done = 0;
        while (done < size) {
            host.vector().clear();
            w.buffers.fillWritable(host.vector(), OutHeader.SIZE + done, size - done);
            long asked = host.vector().bytes();
            long n = host.read(fd, offset + done, w.atOnce ? HostFiles.RWF_NOWAIT : 0);
            if (n < 0 && (done == 0 || w.atOnce)) {
                return n;
            }
            if (n <= 0) {
                break;
            }
            done += n;
            if (n < asked && !w.atOnce) {
                // The end of the file; or what there is without a wait.
                break;
            }
        }
        w.buffers.written(OutHeader.SIZE, done);
        w.direct = (int) done;
        return 0;
    }

    long write(FsWorker w) {
        FuseRequest request = w.request;
        long size = request.word(WriteIn.SIZE_) & 0xFFFF_FFFFL;
        if (size > request.length() - (InHeader.SIZE + WriteIn.SIZE)) {
            return -Errno.EINVAL;
        }
        if (volume.options.readOnly()) {
            return -Errno.EROFS;
        }
        OpenFile file = volume.files.pin(request.number(WriteIn.FH));
        if (file == null) {
            return -Errno.EBADF;
        }
        int flags = request.word(WriteIn.WRITE_FLAGS);
        // A page written back goes where it belongs, whatever the file was opened with.
        boolean append = (flags & FuseFlags.WRITE_CACHE) == 0 && (request.word(WriteIn.FLAGS) & HostFiles.O_APPEND) != 0;
        boolean clear = (flags & FuseFlags.WRITE_KILL_SUIDGID) != 0;
        if (clear) {
            w.host.credentials().clearSetIds();
        }
        try {
            return write(w, file.fd(), request.number(WriteIn.OFFSET), size, append ? HostFiles.RWF_APPEND : 0);
        } finally {
            if (clear) {
                w.host.credentials().keepSetIds();
            }
            file.unpin(w.host);
        }
    }

    private static long write(FsWorker w, int fd, long offset, long size, int flags) {
        HostFiles host = w.host;
        long done = 0;
        while (done < size) {
            host.vector().clear();
            w.buffers.fillReadable(host.vector(), InHeader.SIZE + WriteIn.SIZE + done, size - done);
            long n = host.write(fd, offset + done, flags);
            if (n < 0 && done == 0) {
                return n;
            }
            if (n <= 0) {
                break;
            }
            done += n;
        }
        w.reply.number(0, done);
        return WriteOut.SIZE;
    }

    long sync(FsWorker w) {
        OpenFile file = volume.files.pin(w.request.number(FsyncIn.FH));
        if (file == null) {
            return -Errno.EBADF;
        }
        long error = w.host.sync(file.fd(), (w.request.word(FsyncIn.FSYNC_FLAGS) & FuseFlags.FSYNC_FDATASYNC) != 0);
        file.unpin(w.host);
        return error;
    }

    long syncFileSystem(FsWorker w, Inode inode) {
        long fd = volume.reopen(w.host, inode, 0);
        if (fd < 0) {
            return fd;
        }
        long error = w.host.syncFileSystem((int) fd);
        w.host.close((int) fd);
        return error;
    }

    /** A close(2) in the guest: its owner's record locks end (fcntl(2)), and errors of earlier writes are told. */
    long flush(FsWorker w, Inode inode) {
        OpenFile file = volume.files.pin(w.request.number(FlushIn.FH));
        if (file == null) {
            return -Errno.EBADF;
        }
        locks.release(w.host, inode, w.request.number(FlushIn.LOCK_OWNER));
        long error = w.host.flush(file.fd());
        file.unpin(w.host);
        return error;
    }

    long seek(FsWorker w) {
        int whence = w.request.word(LseekIn.WHENCE);
        if (whence < 0 || whence > SEEK_HOLE) {
            return -Errno.EINVAL;
        }
        OpenFile file = volume.files.pin(w.request.number(LseekIn.FH));
        if (file == null) {
            return -Errno.EBADF;
        }
        long result;
        synchronized (file) {
            // A directory's position is moved by READDIR alone.
            file.position = -1;
            result = w.host.seek(file.fd(), w.request.number(LseekIn.OFFSET), whence);
        }
        file.unpin(w.host);
        if (result < 0) {
            return result;
        }
        w.reply.number(0, result);
        return LseekOut.SIZE;
    }

    long fallocate(FsWorker w) {
        FuseRequest request = w.request;
        if (volume.options.readOnly()) {
            return -Errno.EROFS;
        }
        OpenFile file = volume.files.pin(request.number(FallocateIn.FH));
        if (file == null) {
            return -Errno.EBADF;
        }
        // A change of data clears set-id bits, but not root's; the request has no flag for it.
        boolean clear = request.uid() != 0;
        if (clear) {
            w.host.credentials().clearSetIds();
        }
        long error = w.host.fallocate(file.fd(), request.word(FallocateIn.MODE), request.number(FallocateIn.OFFSET),
                request.number(FallocateIn.LENGTH));
        if (clear) {
            w.host.credentials().keepSetIds();
        }
        file.unpin(w.host);
        return error;
    }

    long copy(FsWorker w) {
        FuseRequest request = w.request;
        if (volume.options.readOnly()) {
            return -Errno.EROFS;
        }
        OpenFile from = volume.files.pin(request.number(CopyFileRangeIn.FH_IN));
        if (from == null) {
            return -Errno.EBADF;
        }
        OpenFile to = volume.files.pin(request.number(CopyFileRangeIn.FH_OUT));
        if (to == null) {
            from.unpin(w.host);
            return -Errno.EBADF;
        }
        long length = request.number(CopyFileRangeIn.LEN);
        long done = w.host.copy(from.fd(), request.address(CopyFileRangeIn.OFF_IN), to.fd(), request.address(CopyFileRangeIn.OFF_OUT),
                Long.compareUnsigned(length, MAX_COPY) > 0 ? MAX_COPY : length);
        to.unpin(w.host);
        from.unpin(w.host);
        if (done < 0) {
            return done;
        }
        w.reply.number(0, done);
        return WriteOut.SIZE;
    }
}
