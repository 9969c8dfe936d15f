package org.jvmm.virtio.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jvmm.virtio.fs.FuseMessage.Attr;
import org.jvmm.virtio.fs.FuseMessage.AttrOut;
import org.jvmm.virtio.fs.FuseMessage.EntryOut;
import org.jvmm.virtio.fs.FuseMessage.OpenOut;
import org.jvmm.virtio.fs.FuseMessage.OutHeader;

/** The reply of one request while it is made; offsets are those of the payload. One object serves a thread for all its requests. */
final class FuseReply {
    /** Most payload that is made here; READ puts its data into guest memory itself. */
    static final int MAX = 1 << 17;

    private final MemorySegment bytes = Arena.ofAuto().allocate(OutHeader.SIZE + MAX, 8);

    void word(int at, int value) {
        FuseMessage.put32(bytes, OutHeader.SIZE + at, value);
    }

    void half(int at, int value) {
        FuseMessage.put16(bytes, OutHeader.SIZE + at, value);
    }

    void number(int at, long value) {
        FuseMessage.put64(bytes, OutHeader.SIZE + at, value);
    }

    int word(int at) {
        return FuseMessage.get32(bytes, OutHeader.SIZE + at);
    }

    long number(int at) {
        return FuseMessage.get64(bytes, OutHeader.SIZE + at);
    }

    void clear(int at, int length) {
        bytes.asSlice(OutHeader.SIZE + at, length).fill((byte) 0);
    }

    /** Host address of payload. */
    long address(int at) {
        return bytes.address() + OutHeader.SIZE + at;
    }

    /** Copies a name and fills up to 8 bytes with zeros. */
    void copy(int at, MemorySegment source, int from, int length) {
        int padded = FuseMessage.align(length);
        if (padded > length) {
            number(at + padded - 8, 0);
        }
        MemorySegment.copy(source, from, bytes, OutHeader.SIZE + at, length);
    }

    /** {@code struct fuse_attr} of what was found by statx(2). */
    void attributes(int at, HostStat stat, FsOptions options, int flags) {
        number(at + Attr.INO, stat.number(HostStat.INO));
        number(at + Attr.SIZE_, stat.number(HostStat.FILE_SIZE));
        number(at + Attr.BLOCKS, stat.number(HostStat.BLOCKS));
        number(at + Attr.ATIME, stat.number(HostStat.ATIME));
        number(at + Attr.MTIME, stat.number(HostStat.MTIME));
        number(at + Attr.CTIME, stat.number(HostStat.CTIME));
        word(at + Attr.ATIMENSEC, stat.nanos(HostStat.ATIME));
        word(at + Attr.MTIMENSEC, stat.nanos(HostStat.MTIME));
        word(at + Attr.CTIMENSEC, stat.nanos(HostStat.CTIME));
        word(at + Attr.MODE, stat.mode());
        word(at + Attr.NLINK, stat.word(HostStat.NLINK));
        word(at + Attr.UID, options.users().toGuest(stat.word(HostStat.UID)));
        word(at + Attr.GID, options.groups().toGuest(stat.word(HostStat.GID)));
        word(at + Attr.RDEV, stat.rdev());
        word(at + Attr.BLKSIZE, stat.word(HostStat.BLKSIZE));
        boolean dax = options.dax() && stat.type() == HostStat.REGULAR;
        word(at + Attr.FLAGS, dax ? flags | FuseFlags.ATTR_DAX : flags);
    }

    /** {@code struct fuse_entry_out}. */
    int entry(int at, Inode inode, HostStat stat, FsOptions options, int flags) {
        number(at + EntryOut.NODEID, inode.id);
        // Numbers are never used again, so one generation does.
        number(at + EntryOut.GENERATION, 0);
        number(at + EntryOut.ENTRY_VALID, options.cache().seconds());
        number(at + EntryOut.ATTR_VALID, options.cache().seconds());
        number(at + EntryOut.ENTRY_VALID_NSEC, 0);
        attributes(at + EntryOut.ATTR, stat, options, flags);
        return EntryOut.SIZE;
    }

    /** {@code struct fuse_attr_out}. */
    int attributesOut(int at, HostStat stat, FsOptions options) {
        number(at + AttrOut.ATTR_VALID, options.cache().seconds());
        number(at + AttrOut.ATTR_VALID_NSEC, 0);
        attributes(at + AttrOut.ATTR, stat, options, 0);
        return AttrOut.SIZE;
    }

    /** {@code struct fuse_open_out}. */
    int opened(int at, OpenFile file, int flags) {
        number(at + OpenOut.FH, file.id);
        number(at + OpenOut.OPEN_FLAGS, flags);
        return OpenOut.SIZE;
    }

    /**
     * Puts the reply into guest memory.
     *
     * @param error errno, or 0
     * @param made payload bytes of this object, written behind the header
     * @param direct payload bytes already in guest memory, in place of them
     * @return bytes of the whole reply
     */
    int send(FuseBuffers buffers, long unique, int error, int made, int direct) {
        int total = OutHeader.SIZE + made + direct;
        FuseMessage.put32(bytes, OutHeader.LEN, total);
        FuseMessage.put32(bytes, OutHeader.ERROR, -error);
        FuseMessage.put64(bytes, OutHeader.UNIQUE, unique);
        buffers.write(bytes, OutHeader.SIZE + made);
        return total;
    }
}
