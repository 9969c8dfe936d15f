package org.jvmm.virtio.fs;

import java.util.Arrays;
import org.jvmm.virtio.fs.FuseMessage.AccessIn;
import org.jvmm.virtio.fs.FuseMessage.AttrOut;
import org.jvmm.virtio.fs.FuseMessage.BatchForgetIn;
import org.jvmm.virtio.fs.FuseMessage.CopyFileRangeIn;
import org.jvmm.virtio.fs.FuseMessage.CreateIn;
import org.jvmm.virtio.fs.FuseMessage.EntryOut;
import org.jvmm.virtio.fs.FuseMessage.FallocateIn;
import org.jvmm.virtio.fs.FuseMessage.FlushIn;
import org.jvmm.virtio.fs.FuseMessage.ForgetIn;
import org.jvmm.virtio.fs.FuseMessage.FsyncIn;
import org.jvmm.virtio.fs.FuseMessage.GetattrIn;
import org.jvmm.virtio.fs.FuseMessage.GetxattrIn;
import org.jvmm.virtio.fs.FuseMessage.InterruptIn;
import org.jvmm.virtio.fs.FuseMessage.Kstatfs;
import org.jvmm.virtio.fs.FuseMessage.LinkIn;
import org.jvmm.virtio.fs.FuseMessage.LkIn;
import org.jvmm.virtio.fs.FuseMessage.LkOut;
import org.jvmm.virtio.fs.FuseMessage.LseekIn;
import org.jvmm.virtio.fs.FuseMessage.LseekOut;
import org.jvmm.virtio.fs.FuseMessage.MkdirIn;
import org.jvmm.virtio.fs.FuseMessage.MknodIn;
import org.jvmm.virtio.fs.FuseMessage.OpenIn;
import org.jvmm.virtio.fs.FuseMessage.OpenOut;
import org.jvmm.virtio.fs.FuseMessage.ReadIn;
import org.jvmm.virtio.fs.FuseMessage.ReleaseIn;
import org.jvmm.virtio.fs.FuseMessage.RemovemappingIn;
import org.jvmm.virtio.fs.FuseMessage.Rename2In;
import org.jvmm.virtio.fs.FuseMessage.RenameIn;
import org.jvmm.virtio.fs.FuseMessage.SetattrIn;
import org.jvmm.virtio.fs.FuseMessage.SetupmappingIn;
import org.jvmm.virtio.fs.FuseMessage.StatxIn;
import org.jvmm.virtio.fs.FuseMessage.StatxOut;
import org.jvmm.virtio.fs.FuseMessage.WriteIn;
import org.jvmm.virtio.fs.FuseMessage.WriteOut;

/** Operations of FUSE ({@code enum fuse_opcode} of linux/fuse.h) and the least bytes each takes and gives. */
final class FuseOpcode {
    static final int LOOKUP = 1;
    static final int FORGET = 2;
    static final int GETATTR = 3;
    static final int SETATTR = 4;
    static final int READLINK = 5;
    static final int SYMLINK = 6;
    static final int MKNOD = 8;
    static final int MKDIR = 9;
    static final int UNLINK = 10;
    static final int RMDIR = 11;
    static final int RENAME = 12;
    static final int LINK = 13;
    static final int OPEN = 14;
    static final int READ = 15;
    static final int WRITE = 16;
    static final int STATFS = 17;
    static final int RELEASE = 18;
    static final int FSYNC = 20;
    static final int SETXATTR = 21;
    static final int GETXATTR = 22;
    static final int LISTXATTR = 23;
    static final int REMOVEXATTR = 24;
    static final int FLUSH = 25;
    static final int INIT = 26;
    static final int OPENDIR = 27;
    static final int READDIR = 28;
    static final int RELEASEDIR = 29;
    static final int FSYNCDIR = 30;
    static final int GETLK = 31;
    static final int SETLK = 32;
    static final int SETLKW = 33;
    static final int ACCESS = 34;
    static final int CREATE = 35;
    static final int INTERRUPT = 36;
    static final int BMAP = 37;
    static final int DESTROY = 38;
    static final int IOCTL = 39;
    static final int POLL = 40;
    static final int NOTIFY_REPLY = 41;
    static final int BATCH_FORGET = 42;
    static final int FALLOCATE = 43;
    static final int READDIRPLUS = 44;
    static final int RENAME2 = 45;
    static final int LSEEK = 46;
    static final int COPY_FILE_RANGE = 47;
    static final int SETUPMAPPING = 48;
    static final int REMOVEMAPPING = 49;
    static final int SYNCFS = 50;
    static final int TMPFILE = 51;
    static final int STATX = 52;

    private static final int END = 53;
    /** Least argument bytes behind the header, or -1 for an operation this server does not have. */
    private static final int[] MIN_IN = new int[END];
    /** Least bytes the driver must have room for behind the reply's header. */
    private static final int[] MIN_OUT = new int[END];

    static {
        Arrays.fill(MIN_IN, -1);
        // A name takes two bytes at least: a character and the NUL.
        row(LOOKUP, 2, EntryOut.SIZE);
        row(FORGET, ForgetIn.SIZE, 0);
        row(GETATTR, GetattrIn.SIZE, AttrOut.SIZE);
        row(SETATTR, SetattrIn.SIZE, AttrOut.SIZE);
        row(READLINK, 0, 1);
        row(SYMLINK, 4, EntryOut.SIZE);
        row(MKNOD, MknodIn.SIZE + 2, EntryOut.SIZE);
        row(MKDIR, MkdirIn.SIZE + 2, EntryOut.SIZE);
        row(UNLINK, 2, 0);
        row(RMDIR, 2, 0);
        row(RENAME, RenameIn.SIZE + 4, 0);
        row(LINK, LinkIn.SIZE + 2, EntryOut.SIZE);
        row(OPEN, OpenIn.SIZE, OpenOut.SIZE);
        row(READ, ReadIn.SIZE, 0);
        row(WRITE, WriteIn.SIZE, WriteOut.SIZE);
        row(STATFS, 0, Kstatfs.SIZE);
        row(RELEASE, ReleaseIn.SIZE, 0);
        row(FSYNC, FsyncIn.SIZE, 0);
        // The short form; the long one is looked at where it was negotiated.
        row(SETXATTR, 8 + 2, 0);
        row(GETXATTR, GetxattrIn.SIZE + 2, 0);
        row(LISTXATTR, GetxattrIn.SIZE, 0);
        row(REMOVEXATTR, 2, 0);
        row(FLUSH, FlushIn.SIZE, 0);
        // A 7.36 and later kernel sends 64 bytes, an older one 16.
        row(INIT, 16, FuseMessage.InitOut.SIZE);
        row(OPENDIR, OpenIn.SIZE, OpenOut.SIZE);
        row(READDIR, ReadIn.SIZE, 0);
        row(RELEASEDIR, ReleaseIn.SIZE, 0);
        row(FSYNCDIR, FsyncIn.SIZE, 0);
        row(GETLK, LkIn.SIZE, LkOut.SIZE);
        row(SETLK, LkIn.SIZE, 0);
        row(SETLKW, LkIn.SIZE, 0);
        row(ACCESS, AccessIn.SIZE, 0);
        row(CREATE, CreateIn.SIZE + 2, EntryOut.SIZE + OpenOut.SIZE);
        row(INTERRUPT, InterruptIn.SIZE, 0);
        row(DESTROY, 0, 0);
        row(IOCTL, 0, 0);
        row(BATCH_FORGET, BatchForgetIn.SIZE, 0);
        row(FALLOCATE, FallocateIn.SIZE, 0);
        row(READDIRPLUS, ReadIn.SIZE, 0);
        row(RENAME2, Rename2In.SIZE + 4, 0);
        row(LSEEK, LseekIn.SIZE, LseekOut.SIZE);
        row(COPY_FILE_RANGE, CopyFileRangeIn.SIZE, WriteOut.SIZE);
        row(SETUPMAPPING, SetupmappingIn.SIZE, 0);
        row(REMOVEMAPPING, RemovemappingIn.SIZE, 0);
        row(SYNCFS, 0, 0);
        row(TMPFILE, CreateIn.SIZE, EntryOut.SIZE + OpenOut.SIZE);
        row(STATX, StatxIn.SIZE, StatxOut.SIZE);
    }

    private FuseOpcode() {}

    private static void row(int opcode, int minIn, int minOut) {
        MIN_IN[opcode] = minIn;
        MIN_OUT[opcode] = minOut;
    }

    /** Whether this server has the operation. */
    static boolean known(int opcode) {
        return opcode >= 0 && opcode < END && MIN_IN[opcode] >= 0;
    }

    /** Least argument bytes of a known operation. */
    static int minIn(int opcode) {
        return MIN_IN[opcode];
    }

    /** Least payload bytes its reply needs room for. */
    static int minOut(int opcode) {
        return MIN_OUT[opcode];
    }

    /** Whether a request neither makes a file nor waits for the host's disk; READ and LOOKUP are asked for without waiting. */
    static boolean quick(int opcode) {
        return switch (opcode) {
            case LOOKUP, FORGET, GETATTR, READ, RELEASE, RELEASEDIR, STATX -> true;
            default -> false;
        };
    }

    /** Operations that are never answered (linux/fuse.h, "no reply"). */
    static boolean silent(int opcode) {
        return opcode == FORGET || opcode == BATCH_FORGET || opcode == INTERRUPT;
    }
}
