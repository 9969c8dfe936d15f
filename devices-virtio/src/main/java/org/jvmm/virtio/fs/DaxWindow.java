package org.jvmm.virtio.fs;

import java.util.function.LongSupplier;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.core.memory.GuestWriteObserver;
import org.jvmm.virtio.device.SharedMemoryRegion;

/**
 * A window of guest memory into which parts of files are mapped on the guest's request (virtio 1.3 §5.11.6, "DAX Window"; linux/fuse.h, SETUPMAPPING), so that it uses
 * the host's page cache instead of one of its own.
 *
 * <p>Whatever the guest does in the window, this process lives: all of it is readable and writable at any time. What is mapped for reading is mapped privately, so a
 * write there is the guest's own, and never the file's. A page that the host cannot provide is replaced by zeros, which whoever guards the memory does and counts;
 * {@link #repair} puts the files back when they may have them again. Any thread may call.
 */
public final class DaxWindow {
    /** Mappings begin and end at multiples of two to the power of this, in the window and in files: what Linux uses (FUSE_DAX_SHIFT), and the most it takes. */
    public static final int ALIGNMENT_SHIFT = 21;
    /** The least mapping, bytes. */
    public static final long PIECE = 1L << ALIGNMENT_SHIFT;

    private static final int PRIVATE = LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_NORESERVE;

    private final GuestRegion region;
    private final GuestWriteObserver observer;
    private final LongSupplier replaced;
    // Guarded by this, for each piece of the window: the file, pinned, or null; its part; whether the guest's writes are the file's.
    private final Inode[] inodes;
    private final long[] offsets;
    private final boolean[] writable;
    private int mapped;
    private boolean lossUntold;

    /**
     * @param region what {@link org.jvmm.core.host.AlignedMemory} reserved, in the guest's memory
     * @param observer told that the window's content has changed
     * @param replaced how often memory of the window was replaced since the last call, because the host could not provide it
     */
    public DaxWindow(GuestRegion region, GuestWriteObserver observer, LongSupplier replaced) {
        if (region.size() % PIECE != 0 || region.hostBase() % PIECE != 0 || region.gpa() % PIECE != 0) {
            throw new IllegalArgumentException(
                    "DAX window is not made of pieces of 2 MiB: 0x" + Long.toHexString(region.gpa()) + "+" + region.size());
        }
        this.region = region;
        this.observer = observer;
        this.replaced = replaced;
        int pieces = (int) (region.size() >>> ALIGNMENT_SHIFT);
        inodes = new Inode[pieces];
        offsets = new long[pieces];
        writable = new boolean[pieces];
    }

    /** Where the guest finds it. */
    SharedMemoryRegion shared() {
        return new SharedMemoryRegion(region.gpa(), region.size());
    }

    /** Pieces that show files. */
    synchronized int mapped() {
        return mapped;
    }

    /** Whether a range is made of pieces and lies in the window. */
    boolean holds(long offset, long length) {
        return ((offset | length) & PIECE - 1) == 0 && length > 0 && offset >= 0 && length <= region.size()
                && offset <= region.size() - length;
    }

    /**
     * Shows a part of a file, in place of what was there.
     *
     * @param inode a regular file, pinned by the caller
     * @param fd a descriptor of it, open for reading, or for both
     * @param write whether the guest's writes are the file's
     * @param at where in the window; {@link #holds} for {@code length}
     * @param offset in the file, a multiple of {@link #PIECE}; with {@code length} below 2 to the power of 63
     * @return 0, or {@code -errno}; then what was there is still there
     */
    synchronized long map(HostFiles host, Inode inode, int fd, boolean write, long at, long offset, long length) {
        long error = host.replace(region.hostBase() + at, length, write ? LinuxSyscalls.MAP_SHARED : PRIVATE, fd, offset);
        if (error < 0) {
            return error;
        }
        for (int piece = piece(at); piece < piece(at + length); piece++) {
            // Before the old file's pin goes: it may be the same file.
            inode.pin();
            release(host, piece);
            inodes[piece] = inode;
            inode.mapped++;
            offsets[piece] = offset + ((long) piece << ALIGNMENT_SHIFT) - at;
            writable[piece] = write;
            mapped++;
        }
        observer.written(region.gpa() + at, length);
        return 0;
    }

    /** Shows nothing in a range; {@link #holds} is true for it. Returns 0, or {@code -errno} when all stays as it was. */
    synchronized long unmap(HostFiles host, long at, long length) {
        long error = host.replace(region.hostBase() + at, length, PRIVATE | LinuxSyscalls.MAP_ANONYMOUS, -1, 0);
        if (error < 0) {
            return error;
        }
        for (int piece = piece(at); piece < piece(at + length); piece++) {
            release(host, piece);
        }
        observer.written(region.gpa() + at, length);
        return 0;
    }

    /** Shows nothing at all. */
    synchronized void clear(HostFiles host) {
        if (mapped > 0 && unmap(host, 0, region.size()) < 0) {
            throw new IllegalStateException("The host has no memory to clear a DAX window");
        }
        replaced.getAsLong();
        lossUntold = false;
    }

    private void release(HostFiles host, int piece) {
        Inode inode = inodes[piece];
        if (inode != null) {
            inodes[piece] = null;
            inode.mapped--;
            mapped--;
            inode.unpin(host);
        }
    }

    /** A file's data in a range have changed otherwise than through the window: its bytes in the window have, too. */
    void changed(Inode inode, long offset, long length) {
        if (inode.mapped == 0) {
            return;
        }
        synchronized (this) {
            for (int piece = 0; piece < inodes.length; piece++) {
                if (inodes[piece] == inode) {
                    long from = Math.max(offset, offsets[piece]);
                    long to = Math.min(offset + Math.min(length, Long.MAX_VALUE - offset), offsets[piece] + PIECE);
                    if (from < to) {
                        observer.written(region.gpa() + ((long) piece << ALIGNMENT_SHIFT) + from - offsets[piece], to - from);
                    }
                }
            }
        }
    }

    /**
     * Puts the files back where memory was replaced. Zeros that the guest has read, or bytes that it has written there, were no file's: the latter are lost, which
     * {@link #takeLoss} tells.
     *
     * @return how often memory was replaced since the last call
     */
    synchronized long repair(HostFiles host, Volume volume) {
        long times = replaced.getAsLong();
        if (times == 0) {
            return 0;
        }
        lossUntold = true;
        for (int piece = 0; piece < inodes.length; piece++) {
            if (inodes[piece] != null) {
                long fd = volume.reopen(host, inodes[piece], writable[piece] ? HostFiles.O_RDWR : 0);
                if (fd >= 0) {
                    long at = (long) piece << ALIGNMENT_SHIFT;
                    // Where that fails zeros stay, until the next time.
                    host.replace(region.hostBase() + at, PIECE, writable[piece] ? LinuxSyscalls.MAP_SHARED : PRIVATE, (int) fd,
                            offsets[piece]);
                    host.close((int) fd);
                    observer.written(region.gpa() + at, PIECE);
                }
            }
        }
        return times;
    }

    /** {@code -EIO} once after memory was replaced, else 0: for whoever asks whether all was written. */
    synchronized long takeLoss() {
        boolean loss = lossUntold;
        lossUntold = false;
        return loss ? -Errno.EIO : 0;
    }

    private static int piece(long at) {
        return (int) (at >>> ALIGNMENT_SHIFT);
    }
}
