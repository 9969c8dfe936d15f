package org.jvmm.boot;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.core.memory.GuestMemory;

/**
 * A file that goes into guest memory. Offsets and lengths come from the file itself, so every one is checked here against the file's size. All
 * failures are {@link KernelException}s that name the file.
 */
final class BootFile implements AutoCloseable {
    private static final int HEAD_SIZE = 4096;
    private static final int O_RDONLY = 0;

    private final String kind;
    private final Path path;
    private final LinuxSyscalls syscalls;
    private final int fd;
    private final long size;
    private final ByteBuffer head;

    private BootFile(String kind, Path path, LinuxSyscalls syscalls, int fd, long size) {
        this.kind = kind;
        this.path = path;
        this.syscalls = syscalls;
        this.fd = fd;
        this.size = size;
        // One read serves the headers of every image seen in practice.
        head = readPart(0, (int) Math.min(size, HEAD_SIZE));
    }

    /**
     * Opens a file. Its bytes come by system calls: the JDK's channels would cost a start some milliseconds.
     *
     * @param kind first word of the messages: Kernel, Initrd
     */
    static BootFile open(String kind, Path path, LinuxSyscalls syscalls) {
        int fd = -1;
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new KernelException(kind + " " + path + " is a directory");
            }
            if (!attributes.isRegularFile()) {
                // Opening a FIFO would wait for its writer.
                throw new KernelException(kind + " " + path + " is not a regular file");
            }
            if (attributes.size() == 0) {
                throw new KernelException(kind + " " + path + " is empty");
            }
            fd = syscalls.open(path.toString(), O_RDONLY);
            return new BootFile(kind, path, syscalls, fd, attributes.size());
        } catch (NoSuchFileException e) {
            throw new KernelException(kind + " " + path + " does not exist", e);
        } catch (AccessDeniedException e) {
            throw new KernelException(kind + " " + path + " may not be read by this user", e);
        } catch (IOException e) {
            throw new KernelException(kind + " " + path + " cannot be read: " + e.getMessage(), e);
        } catch (SyscallException e) {
            throw new KernelException(kind + " " + path
                    + (e.errno() == Errno.EACCES ? " may not be read by this user" : " cannot be read: " + Errno.name(e.errno())), e);
        } catch (KernelException e) {
            if (fd >= 0) {
                syscalls.close(fd);
            }
            throw e;
        }
    }

    Path path() {
        return path;
    }

    long size() {
        return size;
    }

    /** An exception about this file. */
    KernelException fault(String what) {
        return new KernelException(kind + " " + path + " " + what);
    }

    /**
     * A little-endian copy of a part of the file.
     *
     * @param what name of the part, for the message when the file ends before it does
     */
    ByteBuffer read(long offset, int length, String what) {
        check(offset, length, what);
        ByteBuffer buffer = offset + length <= head.capacity() ? head.slice((int) offset, length) : readPart(offset, length);
        return buffer.order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer readPart(long offset, int length) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        readFully(MemorySegment.ofBuffer(buffer), offset);
        return buffer;
    }

    /** Reads a part of the file straight into guest memory, without a copy in between. */
    void load(GuestMemory memory, long gpa, long offset, long length, String what) {
        check(offset, length, what);
        readFully(memory.slice(gpa, length), offset);
        memory.markWritten(gpa, length);
    }

    private void check(long offset, long length, String what) {
        if (offset < 0 || length < 0 || length > size || offset > size - length) {
            throw fault("is truncated: " + what + " would be at 0x" + Long.toHexString(offset) + " with " + Long.toUnsignedString(length)
                    + " bytes, the file has " + size);
        }
    }

    private void readFully(MemorySegment target, long position) {
        long done = 0;
        while (done < target.byteSize()) {
            long n = syscalls.preadRaw(fd, target.address() + done, target.byteSize() - done, position + done);
            if (n == 0) {
                throw fault("cannot be read: it became shorter while it was read");
            }
            if (n < 0 && n != -Errno.EINTR) {
                throw fault("cannot be read: " + Errno.name((int) -n));
            }
            done += Math.max(n, 0);
        }
        Reference.reachabilityFence(target);
    }

    @Override
    public void close() {
        syscalls.close(fd);
    }
}
