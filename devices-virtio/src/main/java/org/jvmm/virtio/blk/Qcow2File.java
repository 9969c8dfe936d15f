package org.jvmm.virtio.blk;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * A qcow2 image, versions 2 and 3, read-only, with its backing files (the format is docs/interop/qcow2.txt of QEMU). Deflate-compressed clusters are read; encryption, external data
 * files, extended L2 entries and zstd are refused by name. Tables are read when they are needed and a few are kept.
 */
public final class Qcow2File implements BlockBackend {
    private static final ValueLayout.OfInt BE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int MAGIC = 0x5146_49FB;
    /** Images on images; more is a loop, or no image. */
    private static final int MAX_DEPTH = 16;
    private static final int MAX_CLUSTER_BITS = 21;
    /** 32 MiB of level-1 table, as QEMU has it. */
    private static final int MAX_L1_ENTRIES = 32 << 20 >> 3;
    private static final int KEPT_TABLES = 32;

    // Header fields.
    private static final int VERSION = 4;
    private static final int BACKING_OFFSET = 8;
    private static final int BACKING_LENGTH = 16;
    private static final int CLUSTER_BITS = 20;
    private static final int SIZE = 24;
    private static final int CRYPT_METHOD = 32;
    private static final int L1_SIZE = 36;
    private static final int L1_OFFSET = 40;
    private static final int INCOMPATIBLE = 72;
    private static final int HEADER_LENGTH = 100;
    private static final int COMPRESSION = 104;
    private static final int MAX_NAME = 1023;
    /** Incompatible features that change nothing for a reader: dirty, corrupt; and compression, which is looked at. */
    private static final long READABLE_FEATURES = 1 | 2 | 8;

    // Table entries.
    private static final long OFFSET_MASK = 0x00FF_FFFF_FFFF_FE00L;
    private static final long COMPRESSED = 1L << 62;
    private static final long ZERO = 1;

    private final HostFile file;
    private final BlockBackend backing;
    private final long size;
    private final int clusterBits;
    private final int version;
    private final long[] l1;

    // Guarded by this.
    private final long[][] tables = new long[KEPT_TABLES][];
    private final long[] tableOffsets = new long[KEPT_TABLES];
    private byte[] inflated;
    private long inflatedCluster = -1;

    private Qcow2File(HostFile file, BlockBackend backing, long size, int clusterBits, int version, long[] l1) {
        this.file = file;
        this.backing = backing;
        this.size = size;
        this.clusterBits = clusterBits;
        this.version = version;
        this.l1 = l1;
    }

    /** Whether the file begins as a qcow2 image does. */
    public static boolean isQcow2(BlockIo io, Path path) {
        HostFile file = HostFile.open(io.syscalls(), path, false);
        try {
            return hasMagic(io, file);
        } finally {
            io.syscalls().close(file.fd());
        }
    }

    private static boolean hasMagic(BlockIo io, HostFile file) {
        return file.size() >= HEADER_LENGTH - 28 && io.readScratch(file.fd(), 0, 8) == 0 && io.scratch().get(BE32, 0) == MAGIC;
    }

    /**
     * Opens an image and what it rests on.
     *
     * @throws BlockException when it cannot be used
     */
    public static Qcow2File open(BlockIo io, Path path) {
        return open(io, path, 0);
    }

    private static Qcow2File open(BlockIo io, Path path, int depth) {
        if (depth == MAX_DEPTH) {
            throw new BlockException("Image " + path + " rests on more than " + MAX_DEPTH + " others, or on itself");
        }
        HostFile file = HostFile.open(io.syscalls(), path, false);
        BlockBackend backing = null;
        try {
            if (!hasMagic(io, file)) {
                throw new BlockException("Image " + path + " is not a qcow2 image");
            }
            MemorySegment header = io.scratch();
            check(io.readScratch(file.fd(), 0, 112), path);
            int version = header.get(BE32, VERSION);
            int clusterBits = header.get(BE32, CLUSTER_BITS);
            long size = header.get(BE64, SIZE);
            int l1Size = header.get(BE32, L1_SIZE);
            long l1Offset = header.get(BE64, L1_OFFSET);
            refuseUnreadable(header, path, version);
            long l2Entries = clusterBits >= 9 && clusterBits <= MAX_CLUSTER_BITS ? 1L << clusterBits - 3 : 0;
            if (l2Entries == 0 || size < 0 || l1Size < 0 || l1Size > MAX_L1_ENTRIES
                    || size + (1L << clusterBits) - 1 >>> clusterBits > l1Size * l2Entries) {
                throw new BlockException(
                        "Image " + path + " is damaged: cluster size 2^" + clusterBits + ", " + size + " bytes, level-1 table of "
                                + l1Size);
            }
            String name = backingName(io, header, file, path);
            backing = name == null ? null : openBacking(io, path.resolveSibling(name), depth);
            return new Qcow2File(file, backing, size, clusterBits, version, table(io, file, l1Offset, l1Size, path));
        } catch (BlockException e) {
            io.syscalls().close(file.fd());
            if (backing != null) {
                backing.close(io);
            }
            throw e;
        }
    }

    private static void refuseUnreadable(MemorySegment header, Path path, int version) {
        if (version != 2 && version != 3) {
            throw new BlockException("Image " + path + " is qcow2 of version " + version + ": 2 and 3 are readable");
        }
        if (header.get(BE32, CRYPT_METHOD) != 0) {
            throw new BlockException("Image " + path + " is encrypted; convert it with qemu-img");
        }
        long incompatible = version == 3 ? header.get(BE64, INCOMPATIBLE) : 0;
        boolean zstd = (incompatible & 8) != 0 && header.get(BE32, HEADER_LENGTH) > COMPRESSION
                && header.get(ValueLayout.JAVA_BYTE, COMPRESSION) != 0;
        if ((incompatible & ~READABLE_FEATURES) != 0 || zstd) {
            throw new BlockException("Image " + path
                    + " has an external data file, extended L2 entries, zstd compression or something newer; convert it with qemu-img");
        }
    }

    private static String backingName(BlockIo io, MemorySegment header, HostFile file, Path path) {
        long at = header.get(BE64, BACKING_OFFSET);
        int length = header.get(BE32, BACKING_LENGTH);
        if (at == 0 || length == 0) {
            return null;
        }
        if (length < 0 || length > MAX_NAME || at < 0 || at > file.size()) {
            throw new BlockException("Image " + path + " is damaged: name of its backing file");
        }
        check(io.readScratch(file.fd(), at, length), path);
        byte[] name = io.scratch().asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        return new String(name, StandardCharsets.UTF_8);
    }

    private static BlockBackend openBacking(BlockIo io, Path path, int depth) {
        return isQcow2(io, path) ? open(io, path, depth + 1) : RawFile.open(io.syscalls(), path, true, CacheMode.UNSAFE);
    }

    private static void check(int result, Path path) {
        if (result != 0) {
            throw new BlockException("Cannot read image " + path);
        }
    }

    private static long[] table(BlockIo io, HostFile file, long offset, int entries, Path path) {
        long[] table = new long[entries];
        int perRead = BlockIo.SCRATCH / 8;
        for (int done = 0; done < entries; done += perRead) {
            int count = Math.min(perRead, entries - done);
            check(io.readScratch(file.fd(), offset + 8L * done, 8 * count), path);
            for (int i = 0; i < count; i++) {
                table[done + i] = io.scratch().get(BE64, 8L * i);
            }
        }
        return table;
    }

    /** What tells the file from others. */
    public String identity() {
        return file.identity();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public boolean canDiscard() {
        return false;
    }

    /** The level-2 entry of a cluster; 0 when there is none. */
    private synchronized long entry(BlockIo io, long cluster) {
        int l2Bits = clusterBits - 3;
        long tableOffset = l1[(int) (cluster >>> l2Bits)] & OFFSET_MASK;
        if (tableOffset == 0) {
            return 0;
        }
        int slot = (int) (tableOffset >>> clusterBits) & KEPT_TABLES - 1;
        if (tables[slot] == null || tableOffsets[slot] != tableOffset) {
            tables[slot] = table(io, file, tableOffset, 1 << l2Bits, Path.of("/proc/self/fd/" + file.fd()));
            tableOffsets[slot] = tableOffset;
        }
        return tables[slot][(int) cluster & (1 << l2Bits) - 1];
    }

    @Override
    public int read(BlockIo io, long position, long offset, long length) {
        int result = 0;
        for (long at = offset; at < offset + length && result == 0;) {
            long inCluster = at & (1L << clusterBits) - 1;
            long n = Math.min(offset + length - at, (1L << clusterBits) - inCluster);
            try {
                result = readCluster(io, position + at - offset, at, n);
            } catch (BlockException e) {
                // A table that cannot be read.
                result = -BlockIo.EIO;
            }
            at += n;
        }
        return result;
    }

    private int readCluster(BlockIo io, long position, long at, long n) {
        long entry = entry(io, at >>> clusterBits);
        long inCluster = at & (1L << clusterBits) - 1;
        if ((entry & COMPRESSED) != 0) {
            return readCompressed(io, entry, position, inCluster, n);
        }
        if (version == 3 && (entry & ZERO) != 0) {
            io.clear(position, n);
            return 0;
        }
        long host = entry & OFFSET_MASK;
        return host != 0 ? io.readFile(file.fd(), host + inCluster, position, n) : readBacking(io, position, at, n);
    }

    /** Behind the end of a shorter backing file there are zeros. */
    private int readBacking(BlockIo io, long position, long at, long n) {
        long there = backing == null ? 0 : Math.max(0, Math.min(n, backing.size() - at));
        int result = there == 0 ? 0 : backing.read(io, position, at, there);
        if (result == 0 && there < n) {
            io.clear(position + there, n - there);
        }
        return result;
    }

    private synchronized int readCompressed(BlockIo io, long entry, long position, long inCluster, long n) {
        int result = inflate(io, entry);
        for (long done = 0; done < n && result == 0; done += BlockIo.SCRATCH) {
            int part = (int) Math.min(BlockIo.SCRATCH, n - done);
            MemorySegment.copy(inflated, (int) (inCluster + done), io.scratch(), ValueLayout.JAVA_BYTE, 0, part);
            io.copyToGuest(position + done, 0, part);
        }
        return result;
    }

    /** Unpacks a compressed cluster into {@link #inflated}; the last one is kept. */
    private int inflate(BlockIo io, long entry) {
        if (inflatedCluster == entry) {
            return 0;
        }
        // "Compressed Clusters Descriptor": x = 62 - (cluster_bits - 8) bits of offset, then the number of further 512-byte sectors.
        int offsetBits = 62 - (clusterBits - 8);
        long host = entry & (1L << offsetBits) - 1;
        int sectors = (int) ((entry & COMPRESSED - 1) >>> offsetBits) + 1;
        int length = (int) (sectors * 512L - (host & 511));
        byte[] packed = new byte[length];
        for (int done = 0; done < length; done += BlockIo.SCRATCH) {
            int part = Math.min(BlockIo.SCRATCH, length - done);
            int result = io.readScratch(file.fd(), host + done, part);
            if (result != 0) {
                return result;
            }
            MemorySegment.copy(io.scratch(), ValueLayout.JAVA_BYTE, 0, packed, done, part);
        }
        if (inflated == null) {
            inflated = new byte[1 << clusterBits];
        }
        inflatedCluster = -1;
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed);
            int got = inflater.inflate(inflated);
            if (got != inflated.length) {
                return -BlockIo.EIO;
            }
        } catch (DataFormatException e) {
            return -BlockIo.EIO;
        } finally {
            inflater.end();
        }
        inflatedCluster = entry;
        return 0;
    }

    @Override
    public int readScratch(BlockIo io, long offset, int length) {
        // Within one cluster: overlays ask for one block of 4 KiB at most, and clusters of 512 bytes to 2 KiB are walked.
        int clusterSize = 1 << clusterBits;
        byte[] whole = new byte[length];
        for (int done = 0; done < length;) {
            long at = offset + done;
            int n = (int) Math.min(length - done, clusterSize - (at & clusterSize - 1));
            int result = readPart(io, at, n);
            if (result != 0) {
                return result;
            }
            MemorySegment.copy(io.scratch(), ValueLayout.JAVA_BYTE, 0, whole, done, n);
            done += n;
        }
        MemorySegment.copy(whole, 0, io.scratch(), ValueLayout.JAVA_BYTE, 0, length);
        return 0;
    }

    private synchronized int readPart(BlockIo io, long at, int n) {
        long entry;
        try {
            entry = entry(io, at >>> clusterBits);
        } catch (BlockException e) {
            return -BlockIo.EIO;
        }
        long inCluster = at & (1L << clusterBits) - 1;
        if ((entry & COMPRESSED) != 0) {
            int result = inflate(io, entry);
            if (result == 0) {
                MemorySegment.copy(inflated, (int) inCluster, io.scratch(), ValueLayout.JAVA_BYTE, 0, n);
            }
            return result;
        }
        long host = entry & OFFSET_MASK;
        if (host != 0 && !(version == 3 && (entry & ZERO) != 0)) {
            return io.readScratch(file.fd(), host + inCluster, n);
        }
        long there = backing == null || (entry & ZERO) != 0 ? 0 : Math.max(0, Math.min(n, backing.size() - at));
        int result = there == 0 ? 0 : backing.readScratch(io, at, (int) there);
        if (result == 0) {
            io.scratch().asSlice(there, n - there).fill((byte) 0);
        }
        return result;
    }

    @Override
    public int write(BlockIo io, long position, long offset, long length, boolean sync) {
        throw new IllegalStateException("Image is read-only");
    }

    @Override
    public int flush(BlockIo io) {
        return 0;
    }

    @Override
    public int zero(BlockIo io, long offset, long length, boolean unmap) {
        throw new IllegalStateException("Image is read-only");
    }

    @Override
    public void close(BlockIo io) {
        io.syscalls().close(file.fd());
        if (backing != null) {
            backing.close(io);
        }
    }
}
