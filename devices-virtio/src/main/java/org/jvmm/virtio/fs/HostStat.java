package org.jvmm.virtio.fs;

import java.lang.foreign.MemorySegment;

/** What statx(2) told of a file: {@code struct statx} of linux/stat.h in the caller's memory, read by name. */
final class HostStat {
    static final int SIZE = 256;
    static final int MASK = 0;
    static final int BLKSIZE = 4;
    static final int NLINK = 16;
    static final int UID = 20;
    static final int GID = 24;
    static final int MODE = 28;
    static final int INO = 32;
    static final int FILE_SIZE = 40;
    static final int BLOCKS = 48;
    static final int ATIME = 64;
    static final int BTIME = 80;
    static final int CTIME = 96;
    static final int MTIME = 112;
    static final int RDEV_MAJOR = 128;
    static final int RDEV_MINOR = 132;
    static final int DEV_MAJOR = 136;
    static final int DEV_MINOR = 140;
    static final int MNT_ID = 144;

    /** STATX_BASIC_STATS, STATX_BTIME and STATX_MNT_ID. */
    static final int WANTED = 0x1FFF;
    /** What of it {@code struct statx} of a guest is given: not the host's mount. */
    static final int SHOWN = 0xFFF;

    /** S_IFMT and its values (inode(7)). */
    static final int TYPE = 0xF000;
    static final int FIFO = 0x1000;
    static final int CHARACTER = 0x2000;
    static final int DIRECTORY = 0x4000;
    static final int BLOCK = 0x6000;
    static final int REGULAR = 0x8000;
    static final int LINK = 0xA000;
    static final int SOCKET = 0xC000;

    private final MemorySegment bytes;

    /** @param bytes {@link #SIZE} bytes that the system call fills */
    HostStat(MemorySegment bytes) {
        this.bytes = bytes;
    }

    long address() {
        return bytes.address();
    }

    int word(int field) {
        return FuseMessage.get32(bytes, field);
    }

    long number(int field) {
        return FuseMessage.get64(bytes, field);
    }

    /** Type and permissions. */
    int mode() {
        return FuseMessage.get16(bytes, MODE);
    }

    int type() {
        return mode() & TYPE;
    }

    /** The device the file lies on, as one number. */
    long device() {
        return (long) word(DEV_MAJOR) << 32 | word(DEV_MINOR) & 0xFFFF_FFFFL;
    }

    /** Nanoseconds of a time field. */
    int nanos(int field) {
        return word(field + 8);
    }

    /** {@code new_encode_dev} of linux/kdev_t.h: how FUSE and mknod(2) write a device number in 32 bits. */
    int rdev() {
        int major = word(RDEV_MAJOR);
        int minor = word(RDEV_MINOR);
        return minor & 0xFF | major << 8 | (minor & ~0xFF) << 12;
    }
}
