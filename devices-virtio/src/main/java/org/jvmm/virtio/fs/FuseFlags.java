package org.jvmm.virtio.fs;

/** Flag bits of FUSE 7.39 that this server understands (linux/fuse.h; the names are those of its macros without {@code FUSE_}). */
final class FuseFlags {
    // fuse_init_in.flags and flags2, as one 64-bit number.
    static final long ASYNC_READ = 1L << 0;
    static final long POSIX_LOCKS = 1L << 1;
    static final long ATOMIC_O_TRUNC = 1L << 3;
    static final long BIG_WRITES = 1L << 5;
    static final long DONT_MASK = 1L << 6;
    static final long FLOCK_LOCKS = 1L << 10;
    static final long AUTO_INVAL_DATA = 1L << 12;
    static final long DO_READDIRPLUS = 1L << 13;
    static final long READDIRPLUS_AUTO = 1L << 14;
    static final long ASYNC_DIO = 1L << 15;
    static final long PARALLEL_DIROPS = 1L << 18;
    static final long POSIX_ACL = 1L << 20;
    static final long MAX_PAGES = 1L << 22;
    static final long CACHE_SYMLINKS = 1L << 23;
    static final long MAP_ALIGNMENT = 1L << 26;
    static final long SUBMOUNTS = 1L << 27;
    static final long HANDLE_KILLPRIV_V2 = 1L << 28;
    static final long SETXATTR_EXT = 1L << 29;
    static final long INIT_EXT = 1L << 30;
    static final long HAS_INODE_DAX = 1L << 33;
    /** Since the final 7.38. */
    static final long CREATE_SUPP_GROUP = 1L << 34;
    /** Since 7.39. */
    static final long DIRECT_IO_ALLOW_MMAP = 1L << 36;

    // fuse_open_out.open_flags; these have no FUSE_ in front.
    static final int FOPEN_DIRECT_IO = 1 << 0;
    static final int FOPEN_KEEP_CACHE = 1 << 1;
    static final int FOPEN_CACHE_DIR = 1 << 3;
    static final int FOPEN_PARALLEL_DIRECT_WRITES = 1 << 6;

    // fuse_setattr_in.valid; no FUSE_ in front either.
    static final int FATTR_MODE = 1 << 0;
    static final int FATTR_UID = 1 << 1;
    static final int FATTR_GID = 1 << 2;
    static final int FATTR_SIZE = 1 << 3;
    static final int FATTR_ATIME = 1 << 4;
    static final int FATTR_MTIME = 1 << 5;
    static final int FATTR_FH = 1 << 6;
    static final int FATTR_ATIME_NOW = 1 << 7;
    static final int FATTR_MTIME_NOW = 1 << 8;
    static final int FATTR_KILL_SUIDGID = 1 << 11;

    static final int ATTR_SUBMOUNT = 1 << 0;
    static final int ATTR_DAX = 1 << 1;
    static final long SETUPMAPPING_FLAG_WRITE = 1 << 0;
    static final long SETUPMAPPING_FLAG_READ = 1 << 1;
    static final int LK_FLOCK = 1 << 0;
    static final int OPEN_KILL_SUIDGID = 1 << 0;
    static final int WRITE_CACHE = 1 << 0;
    static final int WRITE_KILL_SUIDGID = 1 << 2;
    static final int FSYNC_FDATASYNC = 1 << 0;
    static final int SETXATTR_ACL_KILL_SGID = 1 << 0;

    /** Extension type: one supplementary group of the caller (since the final 7.38). */
    static final int EXT_GROUPS = 32;

    private FuseFlags() {}
}
