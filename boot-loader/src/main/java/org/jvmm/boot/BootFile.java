package org.jvmm.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jvmm.core.memory.GuestMemory;

/**
 * A file that goes into guest memory. Offsets and lengths come from the file itself, so every one is checked here against the file's size. All
 * failures are {@link KernelException}s that name the file.
 */
final class BootFile implements AutoCloseable {
    private static final int HEAD_SIZE = 4096;
    private static final long CHUNK = 1L << 30;

    private final String kind;
    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final byte[] head;

    private BootFile(String kind, Path path, FileChannel channel, long size) throws IOException {
        this.kind = kind;
        this.path = path;
        this.channel = channel;
        this.size = size;
        // One read serves the headers of every image seen in practice.
        head = new byte[(int) Math.min(size, HEAD_SIZE)];
        readFully(ByteBuffer.wrap(head), 0);
    }

    /** @param kind first word of the messages: Kernel, Initrd */
    static BootFile open(String kind, Path path) {
        FileChannel channel = null;
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
            channel = FileChannel.open(path, StandardOpenOption.READ);
            return new BootFile(kind, path, channel, attributes.size());
        } catch (NoSuchFileException e) {
            throw new KernelException(kind + " " + path + " does not exist", e);
        } catch (AccessDeniedException e) {
            throw new KernelException(kind + " " + path + " may not be read by this user", e);
        } catch (IOException e) {
            closeQuietly(channel);
            throw new KernelException(kind + " " + path + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // Nothing was written; the first failure is the one to report.
            return;
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
        ByteBuffer buffer;
        if (offset + length <= head.length) {
            buffer = ByteBuffer.wrap(head, (int) offset, length).slice();
        } else {
            buffer = ByteBuffer.allocate(length);
            try {
                readFully(buffer, offset);
            } catch (IOException e) {
                throw unreadable(e);
            }
            buffer.flip();
        }
        return buffer.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads a part of the file straight into guest memory, without a copy in between. */
    void load(GuestMemory memory, long gpa, long offset, long length, String what) {
        check(offset, length, what);
        try {
            for (long done = 0; done < length;) {
                long step = Math.min(CHUNK, length - done);
                readFully(memory.slice(gpa + done, step).asByteBuffer(), offset + done);
                done += step;
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
        memory.markWritten(gpa, length);
    }

    private void check(long offset, long length, String what) {
        if (offset < 0 || length < 0 || length > size || offset > size - length) {
            throw fault("is truncated: " + what + " would be at 0x" + Long.toHexString(offset) + " with " + Long.toUnsignedString(length)
                    + " bytes, the file has " + size);
        }
    }

    private void readFully(ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int n = channel.read(target, at);
            if (n < 0) {
                throw new IOException("it became shorter while it was read");
            }
            at += n;
        }
    }

    private KernelException unreadable(IOException e) {
        return new KernelException(kind + " " + path + " cannot be read: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }
}
