package org.jvmm.virtio.blk;

import java.nio.file.Path;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;

/** A disk whose bytes are a file's, or a block device's. */
public final class RawFile implements BlockBackend {
    // fallocate(2).
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int ZERO_RANGE = 0x10;

    private final HostFile file;
    private final CacheMode cache;

    private RawFile(HostFile file, CacheMode cache) {
        this.file = file;
        this.cache = cache;
    }

    /**
     * Opens an image.
     *
     * @throws BlockException when it cannot be used
     */
    public static RawFile open(LinuxSyscalls syscalls, Path path, boolean readOnly, CacheMode cache) {
        return new RawFile(HostFile.open(syscalls, path, !readOnly), cache);
    }

    /** What tells the file from others. */
    public String identity() {
        return file.identity();
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public boolean isReadOnly() {
        return !file.writable();
    }

    @Override
    public boolean canDiscard() {
        return file.writable();
    }

    @Override
    public int read(BlockIo io, long position, long offset, long length) {
        return io.readFile(file.fd(), offset, position, length);
    }

    @Override
    public int write(BlockIo io, long position, long offset, long length, boolean sync) {
        return io.writeFile(file.fd(), offset, position, length, sync);
    }

    @Override
    public int flush(BlockIo io) {
        return cache == CacheMode.UNSAFE || !file.writable() ? 0 : io.sync(file.fd());
    }

    @Override
    public int zero(BlockIo io, long offset, long length, boolean unmap) {
        return zero(io, file.fd(), offset, length, unmap);
    }

    static int zero(BlockIo io, int fd, long offset, long length, boolean unmap) {
        int result = io.allocate(fd, unmap ? PUNCH_HOLE | KEEP_SIZE : ZERO_RANGE | KEEP_SIZE, offset, length);
        if (result == -Errno.EOPNOTSUPP || result == -Errno.ENODEV || result == -Errno.EINVAL) {
            // Not every file system and device can; what counts is that it reads as zeros.
            result = io.writeZeros(fd, offset, length);
        }
        return result;
    }

    @Override
    public int readScratch(BlockIo io, long offset, int length) {
        return io.readScratch(file.fd(), offset, length);
    }

    @Override
    public int asyncFd() {
        return file.fd();
    }

    @Override
    public boolean readsAtOnce() {
        return true;
    }

    @Override
    public void close(BlockIo io) {
        io.syscalls().close(file.fd());
    }
}
