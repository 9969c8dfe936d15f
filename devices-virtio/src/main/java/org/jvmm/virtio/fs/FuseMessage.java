package org.jvmm.virtio.fs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Layouts of FUSE 7.39 (linux/fuse.h): a class a structure, an offset constant a field. {@code SIZE} is the structure's size in bytes, {@code SIZE_} its
 * field of that name. Paddings are left out. The test compiles the system's header and compares.
 */
final class FuseMessage {
    /** Protocol of this server. */
    static final int VERSION_MAJOR = 7;
    /** Lowest minor version of a driver that is served: its structures have their present sizes. */
    static final int VERSION_MINOR_LEAST = 31;
    /** Minor version of this server. */
    static final int VERSION_MINOR = 39;
    /** The inode number of the root. */
    static final long ROOT_ID = 1;

    private static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private FuseMessage() {}

    static int get16(MemorySegment bytes, long at) {
        return bytes.get(LE16, at) & 0xFFFF;
    }

    static int get32(MemorySegment bytes, long at) {
        return bytes.get(LE32, at);
    }

    static long get64(MemorySegment bytes, long at) {
        return bytes.get(LE64, at);
    }

    static void put16(MemorySegment bytes, long at, int value) {
        bytes.set(LE16, at, (short) value);
    }

    static void put32(MemorySegment bytes, long at, int value) {
        bytes.set(LE32, at, value);
    }

    static void put64(MemorySegment bytes, long at, long value) {
        bytes.set(LE64, at, value);
    }

    /** FUSE_REC_ALIGN: records of variable length end on 8 bytes. */
    static int align(int length) {
        return length + 7 & ~7;
    }

    /** {@code struct fuse_in_header}: every request. */
    static final class InHeader {
        static final int LEN = 0;
        static final int OPCODE = 4;
        static final int UNIQUE = 8;
        static final int NODEID = 16;
        static final int UID = 24;
        static final int GID = 28;
        static final int PID = 32;
        static final int TOTAL_EXTLEN = 36;
        static final int SIZE = 40;

        private InHeader() {}
    }

    /** {@code struct fuse_out_header}: every reply. */
    static final class OutHeader {
        static final int LEN = 0;
        static final int ERROR = 4;
        static final int UNIQUE = 8;
        static final int SIZE = 16;

        private OutHeader() {}
    }

    /** {@code struct fuse_attr}: attributes of an inode. */
    static final class Attr {
        static final int INO = 0;
        static final int SIZE_ = 8;
        static final int BLOCKS = 16;
        static final int ATIME = 24;
        static final int MTIME = 32;
        static final int CTIME = 40;
        static final int ATIMENSEC = 48;
        static final int MTIMENSEC = 52;
        static final int CTIMENSEC = 56;
        static final int MODE = 60;
        static final int NLINK = 64;
        static final int UID = 68;
        static final int GID = 72;
        static final int RDEV = 76;
        static final int BLKSIZE = 80;
        static final int FLAGS = 84;
        static final int SIZE = 88;

        private Attr() {}
    }

    /** {@code struct fuse_entry_out}: reply that names an inode. */
    static final class EntryOut {
        static final int NODEID = 0;
        static final int GENERATION = 8;
        static final int ENTRY_VALID = 16;
        static final int ATTR_VALID = 24;
        static final int ENTRY_VALID_NSEC = 32;
        static final int ATTR_VALID_NSEC = 36;
        static final int ATTR = 40;
        static final int SIZE = 128;

        private EntryOut() {}
    }

    /** {@code struct fuse_attr_out}: reply with attributes. */
    static final class AttrOut {
        static final int ATTR_VALID = 0;
        static final int ATTR_VALID_NSEC = 8;
        static final int ATTR = 16;
        static final int SIZE = 104;

        private AttrOut() {}
    }

    /** {@code struct fuse_forget_in}: FORGET. */
    static final class ForgetIn {
        static final int NLOOKUP = 0;
        static final int SIZE = 8;

        private ForgetIn() {}
    }

    /** {@code struct fuse_forget_one}: one inode of BATCH_FORGET. */
    static final class ForgetOne {
        static final int NODEID = 0;
        static final int NLOOKUP = 8;
        static final int SIZE = 16;

        private ForgetOne() {}
    }

    /** {@code struct fuse_batch_forget_in}: BATCH_FORGET. */
    static final class BatchForgetIn {
        static final int COUNT = 0;
        static final int SIZE = 8;

        private BatchForgetIn() {}
    }

    /** {@code struct fuse_getattr_in}: GETATTR. */
    static final class GetattrIn {
        static final int GETATTR_FLAGS = 0;
        static final int FH = 8;
        static final int SIZE = 16;

        private GetattrIn() {}
    }

    /** {@code struct fuse_setattr_in}: SETATTR. */
    static final class SetattrIn {
        static final int VALID = 0;
        static final int FH = 8;
        static final int SIZE_ = 16;
        static final int LOCK_OWNER = 24;
        static final int ATIME = 32;
        static final int MTIME = 40;
        static final int CTIME = 48;
        static final int ATIMENSEC = 56;
        static final int MTIMENSEC = 60;
        static final int CTIMENSEC = 64;
        static final int MODE = 68;
        static final int UID = 76;
        static final int GID = 80;
        static final int SIZE = 88;

        private SetattrIn() {}
    }

    /** {@code struct fuse_mknod_in}: MKNOD. */
    static final class MknodIn {
        static final int MODE = 0;
        static final int RDEV = 4;
        static final int UMASK = 8;
        static final int SIZE = 16;

        private MknodIn() {}
    }

    /** {@code struct fuse_mkdir_in}: MKDIR. */
    static final class MkdirIn {
        static final int MODE = 0;
        static final int UMASK = 4;
        static final int SIZE = 8;

        private MkdirIn() {}
    }

    /** {@code struct fuse_rename_in}: RENAME. */
    static final class RenameIn {
        static final int NEWDIR = 0;
        static final int SIZE = 8;

        private RenameIn() {}
    }

    /** {@code struct fuse_rename2_in}: RENAME2. */
    static final class Rename2In {
        static final int NEWDIR = 0;
        static final int FLAGS = 8;
        static final int SIZE = 16;

        private Rename2In() {}
    }

    /** {@code struct fuse_link_in}: LINK. */
    static final class LinkIn {
        static final int OLDNODEID = 0;
        static final int SIZE = 8;

        private LinkIn() {}
    }

    /** {@code struct fuse_open_in}: OPEN and OPENDIR. */
    static final class OpenIn {
        static final int FLAGS = 0;
        static final int OPEN_FLAGS = 4;
        static final int SIZE = 8;

        private OpenIn() {}
    }

    /** {@code struct fuse_create_in}: CREATE and TMPFILE. */
    static final class CreateIn {
        static final int FLAGS = 0;
        static final int MODE = 4;
        static final int UMASK = 8;
        static final int OPEN_FLAGS = 12;
        static final int SIZE = 16;

        private CreateIn() {}
    }

    /** {@code struct fuse_open_out}: reply with a handle. */
    static final class OpenOut {
        static final int FH = 0;
        static final int OPEN_FLAGS = 8;
        static final int SIZE = 16;

        private OpenOut() {}
    }

    /** {@code struct fuse_release_in}: RELEASE and RELEASEDIR. */
    static final class ReleaseIn {
        static final int FH = 0;
        static final int FLAGS = 8;
        static final int RELEASE_FLAGS = 12;
        static final int LOCK_OWNER = 16;
        static final int SIZE = 24;

        private ReleaseIn() {}
    }

    /** {@code struct fuse_flush_in}: FLUSH. */
    static final class FlushIn {
        static final int FH = 0;
        static final int LOCK_OWNER = 16;
        static final int SIZE = 24;

        private FlushIn() {}
    }

    /** {@code struct fuse_read_in}: READ, READDIR and READDIRPLUS. */
    static final class ReadIn {
        static final int FH = 0;
        static final int OFFSET = 8;
        static final int SIZE_ = 16;
        static final int READ_FLAGS = 20;
        static final int LOCK_OWNER = 24;
        static final int FLAGS = 32;
        static final int SIZE = 40;

        private ReadIn() {}
    }

    /** {@code struct fuse_write_in}: WRITE. */
    static final class WriteIn {
        static final int FH = 0;
        static final int OFFSET = 8;
        static final int SIZE_ = 16;
        static final int WRITE_FLAGS = 20;
        static final int LOCK_OWNER = 24;
        static final int FLAGS = 32;
        static final int SIZE = 40;

        private WriteIn() {}
    }

    /** {@code struct fuse_write_out}: reply to WRITE and COPY_FILE_RANGE. */
    static final class WriteOut {
        static final int SIZE_ = 0;
        static final int SIZE = 8;

        private WriteOut() {}
    }

    /** {@code struct fuse_kstatfs}: reply to STATFS. */
    static final class Kstatfs {
        static final int BLOCKS = 0;
        static final int BFREE = 8;
        static final int BAVAIL = 16;
        static final int FILES = 24;
        static final int FFREE = 32;
        static final int BSIZE = 40;
        static final int NAMELEN = 44;
        static final int FRSIZE = 48;
        static final int SIZE = 80;

        private Kstatfs() {}
    }

    /** {@code struct fuse_fsync_in}: FSYNC and FSYNCDIR. */
    static final class FsyncIn {
        static final int FH = 0;
        static final int FSYNC_FLAGS = 8;
        static final int SIZE = 16;

        private FsyncIn() {}
    }

    /** {@code struct fuse_setxattr_in}: SETXATTR when SETXATTR_EXT was negotiated; else its first 8 bytes. */
    static final class SetxattrIn {
        static final int SIZE_ = 0;
        static final int FLAGS = 4;
        static final int SETXATTR_FLAGS = 8;
        static final int SIZE = 16;

        private SetxattrIn() {}
    }

    /** {@code struct fuse_getxattr_in}: GETXATTR and LISTXATTR. */
    static final class GetxattrIn {
        static final int SIZE_ = 0;
        static final int SIZE = 8;

        private GetxattrIn() {}
    }

    /** {@code struct fuse_getxattr_out}: reply to both when only the size was asked for. */
    static final class GetxattrOut {
        static final int SIZE_ = 0;
        static final int SIZE = 8;

        private GetxattrOut() {}
    }

    /** {@code struct fuse_file_lock}: a record lock; its end is inclusive. */
    static final class FileLock {
        static final int START = 0;
        static final int END = 8;
        static final int TYPE = 16;
        static final int PID = 20;
        static final int SIZE = 24;

        private FileLock() {}
    }

    /** {@code struct fuse_lk_in}: GETLK, SETLK and SETLKW. */
    static final class LkIn {
        static final int FH = 0;
        static final int OWNER = 8;
        static final int LK = 16;
        static final int LK_FLAGS = 40;
        static final int SIZE = 48;

        private LkIn() {}
    }

    /** {@code struct fuse_lk_out}: reply to GETLK. */
    static final class LkOut {
        static final int LK = 0;
        static final int SIZE = 24;

        private LkOut() {}
    }

    /** {@code struct fuse_access_in}: ACCESS. */
    static final class AccessIn {
        static final int MASK = 0;
        static final int SIZE = 8;

        private AccessIn() {}
    }

    /** {@code struct fuse_init_in}: INIT. */
    static final class InitIn {
        static final int MAJOR = 0;
        static final int MINOR = 4;
        static final int MAX_READAHEAD = 8;
        static final int FLAGS = 12;
        static final int FLAGS2 = 16;
        static final int SIZE = 64;

        private InitIn() {}
    }

    /** {@code struct fuse_init_out}: reply to INIT. */
    static final class InitOut {
        static final int MAJOR = 0;
        static final int MINOR = 4;
        static final int MAX_READAHEAD = 8;
        static final int FLAGS = 12;
        static final int MAX_BACKGROUND = 16;
        static final int CONGESTION_THRESHOLD = 18;
        static final int MAX_WRITE = 20;
        static final int TIME_GRAN = 24;
        static final int MAX_PAGES = 28;
        static final int MAP_ALIGNMENT = 30;
        static final int FLAGS2 = 32;
        static final int SIZE = 64;

        private InitOut() {}
    }

    /** {@code struct fuse_interrupt_in}: INTERRUPT. */
    static final class InterruptIn {
        static final int UNIQUE = 0;
        static final int SIZE = 8;

        private InterruptIn() {}
    }

    /** {@code struct fuse_fallocate_in}: FALLOCATE. */
    static final class FallocateIn {
        static final int FH = 0;
        static final int OFFSET = 8;
        static final int LENGTH = 16;
        static final int MODE = 24;
        static final int SIZE = 32;

        private FallocateIn() {}
    }

    /** {@code struct fuse_dirent}: an entry of READDIR, without its name. */
    static final class Dirent {
        static final int INO = 0;
        static final int OFF = 8;
        static final int NAMELEN = 16;
        static final int TYPE = 20;
        static final int SIZE = 24;

        private Dirent() {}
    }

    /** {@code struct fuse_direntplus}: an entry of READDIRPLUS, without its name. */
    static final class Direntplus {
        static final int ENTRY_OUT = 0;
        static final int DIRENT = 128;
        static final int SIZE = 152;

        private Direntplus() {}
    }

    /** {@code struct fuse_lseek_in}: LSEEK. */
    static final class LseekIn {
        static final int FH = 0;
        static final int OFFSET = 8;
        static final int WHENCE = 16;
        static final int SIZE = 24;

        private LseekIn() {}
    }

    /** {@code struct fuse_lseek_out}: reply to LSEEK. */
    static final class LseekOut {
        static final int OFFSET = 0;
        static final int SIZE = 8;

        private LseekOut() {}
    }

    /** {@code struct fuse_copy_file_range_in}: COPY_FILE_RANGE. */
    static final class CopyFileRangeIn {
        static final int FH_IN = 0;
        static final int OFF_IN = 8;
        static final int NODEID_OUT = 16;
        static final int FH_OUT = 24;
        static final int OFF_OUT = 32;
        static final int LEN = 40;
        static final int FLAGS = 48;
        static final int SIZE = 56;

        private CopyFileRangeIn() {}
    }

    /** {@code struct fuse_setupmapping_in}: SETUPMAPPING. */
    static final class SetupmappingIn {
        static final int FH = 0;
        static final int FOFFSET = 8;
        static final int LEN = 16;
        static final int FLAGS = 24;
        static final int MOFFSET = 32;
        static final int SIZE = 40;

        private SetupmappingIn() {}
    }

    /** {@code struct fuse_removemapping_in}: REMOVEMAPPING, the ranges right behind it. */
    static final class RemovemappingIn {
        static final int COUNT = 0;
        static final int SIZE = 4;

        private RemovemappingIn() {}
    }

    /** {@code struct fuse_removemapping_one}: one range of REMOVEMAPPING. */
    static final class RemovemappingOne {
        static final int MOFFSET = 0;
        static final int LEN = 8;
        static final int SIZE = 16;

        private RemovemappingOne() {}
    }

    /** {@code struct fuse_ext_header}: an extension behind a request's arguments. */
    static final class ExtHeader {
        static final int SIZE_ = 0;
        static final int TYPE = 4;
        static final int SIZE = 8;

        private ExtHeader() {}
    }

    /** {@code struct fuse_statx_in}: STATX (7.39). */
    static final class StatxIn {
        static final int GETATTR_FLAGS = 0;
        static final int FH = 8;
        static final int SX_FLAGS = 16;
        static final int SX_MASK = 20;
        static final int SIZE = 24;

        private StatxIn() {}
    }

    /** {@code struct fuse_statx_out}: reply to STATX (7.39). */
    static final class StatxOut {
        static final int ATTR_VALID = 0;
        static final int ATTR_VALID_NSEC = 8;
        static final int FLAGS = 12;
        static final int STAT = 32;
        static final int SIZE = 288;

        private StatxOut() {}
    }

    /** {@code struct fuse_statx}: attributes in a STATX reply (7.39), as struct statx of linux/stat.h. */
    static final class Statx {
        static final int MASK = 0;
        static final int BLKSIZE = 4;
        static final int ATTRIBUTES = 8;
        static final int NLINK = 16;
        static final int UID = 20;
        static final int GID = 24;
        static final int MODE = 28;
        static final int INO = 32;
        static final int SIZE_ = 40;
        static final int BLOCKS = 48;
        static final int ATTRIBUTES_MASK = 56;
        static final int ATIME = 64;
        static final int BTIME = 80;
        static final int CTIME = 96;
        static final int MTIME = 112;
        static final int RDEV_MAJOR = 128;
        static final int RDEV_MINOR = 132;
        static final int DEV_MAJOR = 136;
        static final int DEV_MINOR = 140;
        static final int SIZE = 256;

        private Statx() {}
    }
}
