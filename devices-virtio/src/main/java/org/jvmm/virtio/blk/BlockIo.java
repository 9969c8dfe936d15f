package org.jvmm.virtio.blk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.NativeMemory;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.IoVector;

/**
 * What one worker needs for I/O: system calls, a vector, scratch memory, and the data part of the request at hand as ranges of host addresses. Of one thread; allocates nothing per
 * request.
 */
public final class BlockIo {
    /** Bytes of scratch memory. */
    static final int SCRATCH = 64 << 10;

    // System call numbers of x86-64.
    private static final int NR_PREADV2 = 327;
    private static final int NR_PWRITEV2 = 328;
    private static final int NR_FDATASYNC = 75;
    private static final int NR_FALLOCATE = 285;
    private static final int NR_PWRITE64 = 18;
    private static final int RWF_DSYNC = 2;
    private static final int RWF_NOWAIT = 8;

    private final LinuxSyscalls syscalls;
    private final IoVector vector = new IoVector(BlockConfig.QUEUE_SIZE);
    private final MemorySegment scratch = Arena.ofAuto().allocate(SCRATCH, 4096);
    private DescriptorChain chain;
    private boolean toGuest;
    private long skip;
    private int noWait;

    /** @param syscalls of the worker's thread */
    public BlockIo(LinuxSyscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** From now on a read or write of a file that would wait gives EAGAIN, or EOPNOTSUPP when the file system cannot tell. */
    void neverWait() {
        noWait = RWF_NOWAIT;
    }

    /** Whether it is so. */
    boolean waitsNever() {
        return noWait != 0;
    }

    /** The system calls of this thread. */
    public LinuxSyscalls syscalls() {
        return syscalls;
    }

    /** Memory for whatever a backend has to put together; its content is lost with the next call. */
    MemorySegment scratch() {
        return scratch;
    }

    /** The data is in the writable part: a read of the disk. */
    void intoGuest(DescriptorChain request) {
        chain = request;
        toGuest = true;
        skip = 0;
    }

    /** The data is in the readable part behind the header: a write to the disk. */
    void fromGuest(DescriptorChain request, long header) {
        chain = request;
        toGuest = false;
        skip = header;
    }

    private void fill(long position, long length) {
        vector.clear();
        long filled = toGuest ? chain.fillWritable(vector, position, length) : chain.fillReadable(vector, skip + position, length);
        assert filled == length : "Request is shorter than its length says";
    }

    /** Reads a file into the request's buffers; the end of the file is an error. */
    int readFile(int fd, long fileOffset, long position, long length) {
        fill(position, length);
        long at = fileOffset;
        while (vector.bytes() > 0) {
            // The offset travels in two halves of which x86-64 uses the first (preadv(2), "C library/kernel differences").
            long n = syscalls.invoke(NR_PREADV2, fd, vector.address(), vector.count(), at, 0, noWait);
            if (n <= 0) {
                if (n == -Errno.EINTR) {
                    continue;
                }
                return n == 0 ? -EIO : (int) n;
            }
            vector.advance(n);
            at += n;
        }
        chain.markWritten(position, length);
        return 0;
    }

    /** Writes the request's buffers into a file. */
    int writeFile(int fd, long fileOffset, long position, long length, boolean sync) {
        fill(position, length);
        long at = fileOffset;
        while (vector.bytes() > 0) {
            long n = syscalls.invoke(NR_PWRITEV2, fd, vector.address(), vector.count(), at, 0, (sync ? RWF_DSYNC : 0) | noWait);
            if (n <= 0) {
                if (n == -Errno.EINTR) {
                    continue;
                }
                return n == 0 ? -EIO : (int) n;
            }
            vector.advance(n);
            at += n;
        }
        return 0;
    }

    /** Zeros for the request's buffers. */
    void clear(long position, long length) {
        scratch.fill((byte) 0);
        for (long done = 0; done < length; done += SCRATCH) {
            copyToGuest(position + done, 0, Math.min(SCRATCH, length - done));
        }
    }

    /** Copies scratch memory into the request's buffers. */
    void copyToGuest(long position, long from, long length) {
        fill(position, length);
        long at = from;
        for (int i = 0; i < vector.count(); i++) {
            long n = vector.length(i);
            // The address is that of a checked chain.
            NativeMemory.segment(vector.base(i), n).copyFrom(scratch.asSlice(at, n));
            at += n;
        }
        chain.markWritten(position, length);
    }

    static final int EIO = 5;

    /** Reads a file into scratch memory; what lies behind its end is zero. */
    int readScratch(int fd, long offset, int length) {
        return readNative(fd, offset, scratch.address(), scratch, length);
    }

    private int readNative(int fd, long offset, long address, MemorySegment target, int length) {
        int done = 0;
        while (done < length) {
            long n = syscalls.preadRaw(fd, address + done, length - done, offset + done);
            if (n == -Errno.EINTR) {
                continue;
            }
            if (n < 0) {
                return (int) n;
            }
            if (n == 0) {
                target.asSlice(done, length - done).fill((byte) 0);
                return 0;
            }
            done += (int) n;
        }
        return 0;
    }

    /** Writes scratch memory into a file. */
    int writeScratch(int fd, long offset, int length) {
        int done = 0;
        while (done < length) {
            long n = syscalls.invoke(NR_PWRITE64, fd, scratch.address() + done, length - done, offset + done, 0, 0);
            if (n == -Errno.EINTR) {
                continue;
            }
            if (n <= 0) {
                return n == 0 ? -EIO : (int) n;
            }
            done += (int) n;
        }
        return 0;
    }

    int sync(int fd) {
        return (int) syscalls.invoke(NR_FDATASYNC, fd, 0, 0, 0, 0, 0);
    }

    int allocate(int fd, int mode, long offset, long length) {
        return (int) syscalls.invoke(NR_FALLOCATE, fd, mode, offset, length, 0, 0);
    }

    /** Writes zeros where the file system has no better way. */
    int writeZeros(int fd, long offset, long length) {
        scratch.fill((byte) 0);
        int result = 0;
        for (long done = 0; done < length && result == 0; done += SCRATCH) {
            result = writeScratch(fd, offset + done, (int) Math.min(SCRATCH, length - done));
        }
        return result;
    }
}
