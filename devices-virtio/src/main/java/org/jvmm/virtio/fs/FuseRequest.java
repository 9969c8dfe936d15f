package org.jvmm.virtio.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseMessage.ExtHeader;
import org.jvmm.virtio.fs.FuseMessage.InHeader;
import org.jvmm.virtio.fs.FuseMessage.WriteIn;

/**
 * A request, copied out of guest memory once, so that what was checked is what is used. The data of WRITE stay where they are. One object serves a thread
 * for all its requests.
 */
final class FuseRequest {
    /** Longest request without its data: an extended attribute of 64 KiB (XATTR_SIZE_MAX), its name, its structure; or BATCH_FORGET of a page and more. */
    static final int MAX = 1 << 17;
    /** Longest name of a directory entry (NAME_MAX). */
    static final int NAME_MAX = 255;
    /** Longest target of a symbolic link (PATH_MAX with its NUL). */
    static final int TARGET_MAX = 4095;

    private final MemorySegment bytes = Arena.ofAuto().allocate(MAX, 8);
    private final MemorySegment arguments = bytes.asSlice(InHeader.SIZE);
    private int opcode;
    private long unique;
    private long nodeId;
    private int uid;
    private int gid;
    private int length;
    private int end;
    private int extraGroup;

    /** What {@link #parse} found of the header. */
    int opcode() {
        return opcode;
    }

    long unique() {
        return unique;
    }

    long nodeId() {
        return nodeId;
    }

    int uid() {
        return uid;
    }

    int gid() {
        return gid;
    }

    /** A group beside the caller's own that matters for a new file, or -1. */
    int extraGroup() {
        return extraGroup;
    }

    /** Length that the header states, in bytes. */
    int length() {
        return length;
    }

    /**
     * Reads header and arguments.
     *
     * @return 0, or the errno to answer; -1 when there is not even a header to answer to
     */
    int parse(FuseBuffers buffers) {
        long readable = buffers.readable();
        if (readable < InHeader.SIZE) {
            return -1;
        }
        buffers.read(bytes, InHeader.SIZE);
        length = FuseMessage.get32(bytes, InHeader.LEN);
        opcode = FuseMessage.get32(bytes, InHeader.OPCODE);
        unique = FuseMessage.get64(bytes, InHeader.UNIQUE);
        nodeId = FuseMessage.get64(bytes, InHeader.NODEID);
        uid = FuseMessage.get32(bytes, InHeader.UID);
        gid = FuseMessage.get32(bytes, InHeader.GID);
        extraGroup = -1;
        if (length < InHeader.SIZE || length > readable) {
            return Errno.EINVAL;
        }
        if (!FuseOpcode.known(opcode)) {
            return Errno.ENOSYS;
        }
        boolean write = opcode == FuseOpcode.WRITE;
        int wanted = write ? Math.min(length, InHeader.SIZE + WriteIn.SIZE) : length;
        if (wanted > MAX) {
            return Errno.E2BIG;
        }
        // Not from byte 0 again: the guest could have changed the header meanwhile.
        if (wanted > InHeader.SIZE) {
            buffers.read(arguments, wanted - InHeader.SIZE);
        }
        end = wanted;
        int extensions = 8 * FuseMessage.get16(bytes, InHeader.TOTAL_EXTLEN);
        if (extensions > 0 && !write) {
            if (extensions > wanted - InHeader.SIZE || !parseExtensions(wanted - extensions, wanted)) {
                return Errno.EINVAL;
            }
            end = wanted - extensions;
        }
        return end - InHeader.SIZE < FuseOpcode.minIn(opcode) ? Errno.EINVAL : 0;
    }

    private boolean parseExtensions(int from, int to) {
        int at = from;
        while (at < to) {
            if (to - at < ExtHeader.SIZE) {
                return false;
            }
            int size = FuseMessage.get32(bytes, at + ExtHeader.SIZE_);
            if (size < ExtHeader.SIZE || size > to - at) {
                return false;
            }
            // struct fuse_supp_groups: a count and the groups. Linux sends the one that matters.
            if (FuseMessage.get32(bytes, at + ExtHeader.TYPE) == FuseFlags.EXT_GROUPS && size >= ExtHeader.SIZE + 8
                    && FuseMessage.get32(bytes, at + ExtHeader.SIZE) == 1) {
                extraGroup = FuseMessage.get32(bytes, at + ExtHeader.SIZE + 4);
            }
            at += FuseMessage.align(size);
        }
        return true;
    }

    /** Bytes behind the header, without extensions. */
    int argumentBytes() {
        return end - InHeader.SIZE;
    }

    /** An argument of 32 bits at an offset in the operation's structure. */
    int word(int offset) {
        return FuseMessage.get32(bytes, InHeader.SIZE + offset);
    }

    /** An argument of 64 bits. */
    long number(int offset) {
        return FuseMessage.get64(bytes, InHeader.SIZE + offset);
    }

    /** Host address of an argument. */
    long address(int offset) {
        return bytes.address() + InHeader.SIZE + offset;
    }

    /** Length of the string at an offset of the arguments without its NUL, or -1 when it has none. */
    int stringLength(int offset) {
        for (int at = InHeader.SIZE + offset; at < end; at++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, at) == 0) {
                return at - InHeader.SIZE - offset;
            }
        }
        return -1;
    }

    /**
     * Checks that the string at an offset is the name of a directory entry: one component, neither "." nor "..". This is what keeps every request below
     * its directory.
     *
     * @return its length, or {@code -errno}
     */
    int name(int offset) {
        int size = stringLength(offset);
        if (size <= 0) {
            return -Errno.EINVAL;
        }
        if (size > NAME_MAX) {
            return -Errno.ENAMETOOLONG;
        }
        int from = InHeader.SIZE + offset;
        int first = bytes.get(ValueLayout.JAVA_BYTE, from);
        if (first == '.' && (size == 1 || size == 2 && bytes.get(ValueLayout.JAVA_BYTE, from + 1) == '.')) {
            return -Errno.EINVAL;
        }
        for (int at = from; at < from + size; at++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, at) == '/') {
                return -Errno.EINVAL;
            }
        }
        return size;
    }
}
