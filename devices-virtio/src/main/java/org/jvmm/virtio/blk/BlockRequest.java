package org.jvmm.virtio.blk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.virtio.queue.DescriptorChain;

/**
 * A request of the block device, {@code struct virtio_blk_req} (virtio 1.3 §5.2.6): header and ranges are copied out of guest memory once, and checked. It touches no file. One object
 * serves a worker for all its requests.
 */
final class BlockRequest {
    static final int T_IN = 0;
    static final int T_OUT = 1;
    static final int T_FLUSH = 4;
    static final int T_GET_ID = 8;
    static final int T_DISCARD = 11;
    static final int T_WRITE_ZEROES = 13;

    static final int S_OK = 0;
    static final int S_IOERR = 1;
    static final int S_UNSUPP = 2;

    /** le32 type, le32 reserved, le64 sector. */
    static final int HEADER = 16;
    /** Length of the answer to GET_ID. */
    static final int ID_LENGTH = 20;
    /** struct virtio_blk_discard_write_zeroes: le64 sector, le32 num_sectors, le32 flags. */
    private static final int RANGE = 16;
    private static final int F_UNMAP = 1;

    private final byte[] header = new byte[HEADER];
    private final ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    private final byte[] rangeBytes = new byte[RANGE * BlockConfig.MAX_RANGES];
    private final ByteBuffer rangeFields = ByteBuffer.wrap(rangeBytes).order(ByteOrder.LITTLE_ENDIAN);
    private int type;
    private long offset;
    private long length;
    private int ranges;

    /**
     * Reads and checks a request.
     *
     * @param size of the disk in bytes
     * @return {@link #S_OK} when it may be carried out, else the status it is answered with; -1 when there is no place for a status
     */
    int parse(DescriptorChain chain, long size, boolean readOnly) {
        if (chain.writableLength() < 1) {
            return -1;
        }
        if (chain.read(header, 0, HEADER) < HEADER) {
            return S_IOERR;
        }
        type = fields.getInt(0);
        long sector = fields.getLong(8);
        length = 0;
        ranges = 0;
        return switch (type) {
            case T_IN -> data(sector, chain.writableLength() - 1, size);
            // §5.2.6.2: a write to a read-only disk is an I/O error.
            case T_OUT -> readOnly ? S_IOERR : data(sector, chain.readable(), size);
            case T_FLUSH -> S_OK;
            case T_GET_ID -> chain.writableLength() - 1 < ID_LENGTH ? S_IOERR : S_OK;
            case T_DISCARD, T_WRITE_ZEROES -> readOnly ? S_IOERR : ranges(chain, size);
            default -> S_UNSUPP;
        };
    }

    private int data(long sector, long bytes, long size) {
        length = bytes;
        if (bytes == 0 || bytes % BlockConfig.SECTOR != 0 || !inside(sector, bytes >>> BlockConfig.SECTOR_SHIFT, size)) {
            return S_IOERR;
        }
        offset = sector << BlockConfig.SECTOR_SHIFT;
        return S_OK;
    }

    /** §5.2.6.2: nothing beyond the capacity; the sector number is the guest's, so the sum may overflow. */
    private static boolean inside(long sector, long sectors, long size) {
        long capacity = size >>> BlockConfig.SECTOR_SHIFT;
        return sector >= 0 && sectors <= capacity && sector <= capacity - sectors;
    }

    private int ranges(DescriptorChain chain, long size) {
        long bytes = chain.readable();
        if (bytes == 0 || bytes % RANGE != 0 || bytes > rangeBytes.length) {
            return S_IOERR;
        }
        chain.read(rangeBytes, 0, (int) bytes);
        ranges = (int) bytes / RANGE;
        for (int i = 0; i < ranges; i++) {
            int flags = rangeFields.getInt(RANGE * i + 12);
            // §5.2.6.2: reserved flags, and unmap in a discard, are not supported.
            if ((flags & ~F_UNMAP) != 0 || type == T_DISCARD && flags != 0) {
                return S_UNSUPP;
            }
            long sectors = rangeFields.getInt(RANGE * i + 8) & 0xFFFF_FFFFL;
            if (sectors > BlockConfig.MAX_RANGE_SECTORS || !inside(rangeFields.getLong(RANGE * i), sectors, size)) {
                return S_IOERR;
            }
        }
        return S_OK;
    }

    /** One of the {@code T_} constants, or anything when the request was not accepted. */
    int type() {
        return type;
    }

    /** First byte on the disk, of a read or write. */
    long offset() {
        return offset;
    }

    /** Bytes of data, of a read or write; 0 otherwise. */
    long length() {
        return length;
    }

    /** Number of ranges of a discard or write-zeroes. */
    int ranges() {
        return ranges;
    }

    long rangeOffset(int index) {
        return rangeFields.getLong(RANGE * index) << BlockConfig.SECTOR_SHIFT;
    }

    long rangeLength(int index) {
        return (rangeFields.getInt(RANGE * index + 8) & 0xFFFF_FFFFL) << BlockConfig.SECTOR_SHIFT;
    }

    /** Whether the range's space may be given back. */
    boolean rangeUnmap(int index) {
        return type == T_DISCARD || (rangeFields.getInt(RANGE * index + 12) & F_UNMAP) != 0;
    }
}
