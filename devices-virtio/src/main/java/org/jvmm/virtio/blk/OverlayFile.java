package org.jvmm.virtio.blk;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * A disk that shows a base image and writes into a sparse file, so that the base never changes. Blocks of 4 KiB are the base's until they are written; a bitmap says which. The file:
 * a header block, the bitmap, the data at their own offsets behind it.
 *
 * <p>The bitmap on the host's disk follows the data, at a flush: after a crash the disk is as at the last flush, or with later writes, like a disk with a volatile cache.
 */
public final class OverlayFile implements BlockBackend {
    private static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = 4096;
    private static final int BLOCK_SHIFT = 12;
    /** "JVMMOVL1". */
    private static final long MAGIC = 0x314C_564F_4D4D_564AL;
    // Header: magic, version, size of the disk.
    private static final int VERSION = 1;
    private static final int VERSION_AT = 8;
    private static final int SIZE_AT = 16;
    private static final int BITS_PER_PAGE = BLOCK * 8;
    private static final int LONGS_PER_PAGE = BLOCK / 8;
    /** Largest disk: 16 TiB, a bitmap of 512 MiB. */
    private static final long MAX_SIZE = 1L << 44;

    private final BlockBackend base;
    private final HostFile file;
    private final CacheMode cache;
    private final long size;
    private final long dataStart;
    /** One bit per block: it lies in the overlay. */
    private final AtomicLongArray written;
    /** Held while blocks pass from the base to the overlay, and while the bitmap is written. */
    private final ReentrantLock moving = new ReentrantLock();
    /** Pages of the bitmap that changed since the last flush; guarded by {@link #moving}. */
    private final long[] dirtyPages;

    private OverlayFile(BlockBackend base, HostFile file, CacheMode cache) {
        this.base = base;
        this.file = file;
        this.cache = cache;
        this.size = base.size();
        if (size > MAX_SIZE) {
            throw new BlockException("Cannot put an overlay over a disk of " + size + " bytes: 16 TiB are possible");
        }
        long blocks = (size + BLOCK - 1) >>> BLOCK_SHIFT;
        int pages = (int) ((blocks + BITS_PER_PAGE - 1) / BITS_PER_PAGE);
        this.dataStart = BLOCK + (long) pages * BLOCK;
        this.written = new AtomicLongArray(pages * LONGS_PER_PAGE);
        this.dirtyPages = new long[(pages + 63) / 64];
    }

    /**
     * Writes go to a file without a name, which ends with the machine.
     *
     * @param directory where it takes its space
     */
    public static OverlayFile temporary(LinuxSyscalls syscalls, BlockBackend base, Path directory) {
        return new OverlayFile(base, HostFile.temporary(syscalls, directory), CacheMode.UNSAFE);
    }

    /**
     * Writes go to a file that is kept, and made when it is not there.
     *
     * @throws BlockException when it is no overlay, or one of a disk of another size
     */
    public static OverlayFile open(BlockIo io, BlockBackend base, Path path, CacheMode cache) {
        HostFile file = HostFile.openOrCreate(io.syscalls(), path);
        try {
            OverlayFile overlay = new OverlayFile(base, file, cache);
            if (file.size() == 0) {
                overlay.format(io, path);
            } else {
                overlay.load(io, path);
            }
            return overlay;
        } catch (BlockException e) {
            io.syscalls().close(file.fd());
            throw e;
        }
    }

    private void format(BlockIo io, Path path) {
        io.scratch().fill((byte) 0);
        io.scratch().set(LE64, 0, MAGIC);
        io.scratch().set(LE64, VERSION_AT, VERSION);
        io.scratch().set(LE64, SIZE_AT, size);
        if (io.writeScratch(file.fd(), 0, BLOCK) != 0) {
            throw new BlockException("Cannot write overlay " + path + ": no space is left for it");
        }
        io.syscalls().ftruncate(file.fd(), dataStart + size);
    }

    private void load(BlockIo io, Path path) {
        int result = io.readScratch(file.fd(), 0, BLOCK);
        if (result != 0 || io.scratch().get(LE64, 0) != MAGIC) {
            throw new BlockException("Cannot use " + path + " as an overlay: it is another kind of file, and is not overwritten");
        }
        if (io.scratch().get(LE64, VERSION_AT) != VERSION || io.scratch().get(LE64, SIZE_AT) != size) {
            throw new BlockException(
                    "Overlay " + path + " is of another version, or of a base with " + io.scratch().get(LE64, SIZE_AT) + " bytes, not "
                            + size);
        }
        for (int page = 0; page < written.length() / LONGS_PER_PAGE; page++) {
            if (io.readScratch(file.fd(), BLOCK + (long) page * BLOCK, BLOCK) != 0) {
                throw new BlockException("Cannot read overlay " + path);
            }
            for (int i = 0; i < LONGS_PER_PAGE; i++) {
                written.set(page * LONGS_PER_PAGE + i, io.scratch().get(LE64, 8L * i));
            }
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public boolean canDiscard() {
        return true;
    }

    private boolean has(long block) {
        return (written.get((int) (block >>> 6)) & 1L << block) != 0;
    }

    /** End of the run of blocks that lie where {@code block} lies, within {@code end}. */
    private long runEnd(long block, long end, boolean here) {
        long at = block + 1;
        while (at < end && has(at) == here) {
            at++;
        }
        return at;
    }

    @Override
    public int read(BlockIo io, long position, long offset, long length) {
        long end = offset + length;
        long lastBlock = (end + BLOCK - 1) >>> BLOCK_SHIFT;
        int result = 0;
        for (long at = offset; at < end && result == 0;) {
            long block = at >>> BLOCK_SHIFT;
            boolean here = has(block);
            long stop = Math.min(end, runEnd(block, lastBlock, here) << BLOCK_SHIFT);
            long where = position + at - offset;
            result = here ? io.readFile(file.fd(), dataStart + at, where, stop - at) : base.read(io, where, at, stop - at);
            at = stop;
        }
        return result;
    }

    @Override
    public boolean readsAtOnce() {
        return base.readsAtOnce();
    }

    @Override
    public int readScratch(BlockIo io, long offset, int length) {
        long block = offset >>> BLOCK_SHIFT;
        assert block == offset + length - 1 >>> BLOCK_SHIFT : "One block at a time";
        return has(block) ? io.readScratch(file.fd(), dataStart + offset, length) : base.readScratch(io, offset, length);
    }

    @Override
    public int write(BlockIo io, long position, long offset, long length, boolean sync) {
        int result = takeEdges(io, offset, length);
        if (result == 0) {
            result = io.writeFile(file.fd(), dataStart + offset, position, length, false);
        }
        if (result == 0) {
            mark(offset, length);
            result = sync ? flush(io) : 0;
        }
        return result;
    }

    /** Blocks that are written in part get their other part from the base first. */
    private int takeEdges(BlockIo io, long offset, long length) {
        long end = offset + length;
        int result = 0;
        if ((offset & BLOCK - 1) != 0) {
            result = take(io, offset >>> BLOCK_SHIFT);
        }
        if (result == 0 && (end & BLOCK - 1) != 0 && end != size) {
            result = take(io, end >>> BLOCK_SHIFT);
        }
        return result;
    }

    private int take(BlockIo io, long block) {
        if (has(block)) {
            return 0;
        }
        moving.lock();
        try {
            if (has(block)) {
                return 0;
            }
            long at = block << BLOCK_SHIFT;
            int length = (int) Math.min(BLOCK, size - at);
            int result = base.readScratch(io, at, length);
            if (result == 0) {
                result = io.writeScratch(file.fd(), dataStart + at, length);
            }
            if (result == 0) {
                set(block);
            }
            return result;
        } finally {
            moving.unlock();
        }
    }

    private void mark(long offset, long length) {
        long last = offset + length - 1 >>> BLOCK_SHIFT;
        long first = offset >>> BLOCK_SHIFT;
        while (first <= last && has(first)) {
            first++;
        }
        if (first > last) {
            return;
        }
        moving.lock();
        try {
            for (long block = first; block <= last; block++) {
                set(block);
            }
        } finally {
            moving.unlock();
        }
    }

    private void set(long block) {
        written.getAndAccumulate((int) (block >>> 6), 1L << block, (old, bit) -> old | bit);
        int page = (int) (block / BITS_PER_PAGE);
        dirtyPages[page >>> 6] |= 1L << page;
    }

    @Override
    public int flush(BlockIo io) {
        if (cache == CacheMode.UNSAFE) {
            return 0;
        }
        moving.lock();
        try {
            // The data first: a bit must never speak of a block that is not there.
            int result = io.sync(file.fd());
            boolean any = false;
            for (int page = 0; page < written.length() / LONGS_PER_PAGE && result == 0; page++) {
                if ((dirtyPages[page >>> 6] & 1L << page) != 0) {
                    result = writePage(io, page);
                    any = true;
                }
            }
            return result == 0 && any ? io.sync(file.fd()) : result;
        } finally {
            moving.unlock();
        }
    }

    private int writePage(BlockIo io, int page) {
        for (int i = 0; i < LONGS_PER_PAGE; i++) {
            io.scratch().set(LE64, 8L * i, written.get(page * LONGS_PER_PAGE + i));
        }
        int result = io.writeScratch(file.fd(), BLOCK + (long) page * BLOCK, BLOCK);
        if (result == 0) {
            dirtyPages[page >>> 6] &= ~(1L << page);
        }
        return result;
    }

    @Override
    public int zero(BlockIo io, long offset, long length, boolean unmap) {
        int result = takeEdges(io, offset, length);
        if (result == 0) {
            result = RawFile.zero(io, file.fd(), dataStart + offset, length, unmap);
        }
        if (result == 0) {
            mark(offset, length);
        }
        return result;
    }

    @Override
    public void close(BlockIo io) {
        // A file that is kept keeps what it knows, whatever the cache mode: its user may stop the machine without a flush.
        moving.lock();
        try {
            for (int page = 0; page < written.length() / LONGS_PER_PAGE; page++) {
                if ((dirtyPages[page >>> 6] & 1L << page) != 0) {
                    writePage(io, page);
                }
            }
        } finally {
            moving.unlock();
        }
        io.syscalls().close(file.fd());
        base.close(io);
    }
}
