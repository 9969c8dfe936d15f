package org.jvmm.virtio.blk;

import org.jvmm.virtio.device.ConfigSpace;

/** Constants and configuration space of the block device (virtio 1.3 §5.2). */
final class BlockConfig {
    /** Bytes of a sector, the unit of all addresses whatever the block size is (§5.2.4). */
    static final int SECTOR = 512;
    static final int SECTOR_SHIFT = 9;

    // Feature bits, §5.2.3.
    static final long F_SEG_MAX = 1L << 2;
    static final long F_RO = 1L << 5;
    static final long F_BLK_SIZE = 1L << 6;
    static final long F_FLUSH = 1L << 9;
    static final long F_TOPOLOGY = 1L << 10;
    static final long F_CONFIG_WCE = 1L << 11;
    static final long F_MQ = 1L << 12;
    static final long F_DISCARD = 1L << 13;
    static final long F_WRITE_ZEROES = 1L << 14;

    // struct virtio_blk_config, §5.2.4.
    static final int CAPACITY = 0;
    static final int SEG_MAX = 12;
    static final int BLK_SIZE = 20;
    static final int PHYSICAL_BLOCK_EXP = 24;
    static final int WRITEBACK = 32;
    static final int NUM_QUEUES = 34;
    static final int MAX_DISCARD_SECTORS = 36;
    static final int MAX_DISCARD_SEG = 40;
    static final int DISCARD_SECTOR_ALIGNMENT = 44;
    static final int MAX_WRITE_ZEROES_SECTORS = 48;
    static final int MAX_WRITE_ZEROES_SEG = 52;
    static final int WRITE_ZEROES_MAY_UNMAP = 56;
    private static final int SIZE = 60;

    static final int QUEUE_SIZE = 512;
    /** Data descriptors of a request: the queue less header and status. */
    private static final int SEGMENTS = QUEUE_SIZE - 2;
    /** Ranges in one discard or write-zeroes request. */
    static final int MAX_RANGES = 32;
    /** Sectors of one such range: 1 GiB. */
    static final int MAX_RANGE_SECTORS = 1 << 21;
    /** Physical blocks are 4 KiB: 2^3 sectors. */
    private static final int PHYSICAL_EXPONENT = 3;

    private BlockConfig() {}

    static ConfigSpace space(long bytes, int queues) {
        ConfigSpace space = new ConfigSpace(SIZE).writable(WRITEBACK, 1);
        capacity(space, bytes);
        space.set(SEG_MAX, 4, SEGMENTS);
        space.set(BLK_SIZE, 4, SECTOR);
        space.set(PHYSICAL_BLOCK_EXP, 1, PHYSICAL_EXPONENT);
        space.set(WRITEBACK, 1, 1);
        space.set(NUM_QUEUES, 2, queues);
        space.set(MAX_DISCARD_SECTORS, 4, MAX_RANGE_SECTORS);
        space.set(MAX_DISCARD_SEG, 4, MAX_RANGES);
        space.set(DISCARD_SECTOR_ALIGNMENT, 4, 1L << PHYSICAL_EXPONENT);
        space.set(MAX_WRITE_ZEROES_SECTORS, 4, MAX_RANGE_SECTORS);
        space.set(MAX_WRITE_ZEROES_SEG, 4, MAX_RANGES);
        space.set(WRITE_ZEROES_MAY_UNMAP, 1, 1);
        return space;
    }

    /** What does not fill a sector cannot be reached. */
    static void capacity(ConfigSpace space, long bytes) {
        space.set(CAPACITY, 8, bytes >>> SECTOR_SHIFT);
    }
}
