package org.jvmm.virtio.fs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseMessage.Dirent;
import org.jvmm.virtio.fs.FuseMessage.Direntplus;
import org.jvmm.virtio.fs.FuseMessage.EntryOut;
import org.jvmm.virtio.fs.FuseMessage.ReadIn;

/** READDIR and READDIRPLUS. */
final class DirectoryOps {
    // struct linux_dirent64 of getdents64(2).
    private static final int HOST_INO = 0;
    private static final int HOST_OFF = 8;
    private static final int HOST_RECLEN = 16;
    private static final int HOST_TYPE = 18;
    private static final int HOST_NAME = 19;
    /** Room for the longest host entry. */
    private static final int LEAST = 512;

    private final Volume volume;

    DirectoryOps(Volume volume) {
        this.volume = volume;
    }

    /** The next entries from the request's offset on; with {@code plus} each is looked up as well. */
    long read(FsWorker w, Inode inode, boolean plus) {
        OpenFile file = volume.files.pin(w.request.number(ReadIn.FH));
        if (file == null) {
            return -Errno.EBADF;
        }
        try {
            int room = (int) Math.min(w.request.word(ReadIn.SIZE_) & 0xFFFF_FFFFL, Math.min(w.room(), FuseReply.MAX));
            synchronized (file) {
                return read(w, inode, file, room, plus);
            }
        } finally {
            file.unpin(w.host);
        }
    }

    private long read(FsWorker w, Inode inode, OpenFile file, int room, boolean plus) {
        long offset = w.request.number(ReadIn.OFFSET);
        if (file.position != offset) {
            long error = w.host.seek(file.fd(), offset, 0);
            if (error < 0) {
                return error;
            }
        }
        // An entry of the guest is longer than the host's, by much with attributes: what did not fit would be read twice.
        int wanted = Math.clamp(plus ? room / 5 : room, LEAST, FsWorker.ENTRIES);
        file.position = -1;
        long found = w.host.entries(file.fd(), w.entries.address(), wanted);
        if (found <= 0) {
            return found;
        }
        int header = plus ? Direntplus.SIZE : Dirent.SIZE;
        int at = 0;
        int made = 0;
        long last = offset;
        while (at < found) {
            int name = nameLength(w.entries, at + HOST_NAME);
            int size = FuseMessage.align(header + name);
            if (size > room - made) {
                break;
            }
            if (plus) {
                look(w, inode, at, name, made);
            }
            last = entry(w, at, name, made + header - Dirent.SIZE, inode);
            made += size;
            at += FuseMessage.get16(w.entries, at + HOST_RECLEN);
        }
        if (at >= found) {
            file.position = last;
        }
        return made == 0 ? -Errno.EINVAL : made;
    }

    /** The look-up of an entry; number 0 tells that there was none (linux/fs/fuse/readdir.c). */
    private void look(FsWorker w, Inode inode, int at, int name, int made) {
        if (isDots(w.entries, at + HOST_NAME, name) || volume.lookup(w, inode, w.entries.address() + at + HOST_NAME, made) < 0) {
            w.reply.clear(made, EntryOut.SIZE);
        }
    }

    /** Makes {@code struct fuse_dirent} and returns its offset. */
    private static long entry(FsWorker w, int from, int name, int to, Inode inode) {
        MemorySegment entries = w.entries;
        FuseReply reply = w.reply;
        long number = FuseMessage.get64(entries, from + HOST_INO);
        if (inode.id == FuseMessage.ROOT_ID && name == 2 && isDots(entries, from + HOST_NAME, name)) {
            // What lies above the volume is nobody's business.
            number = inode.number;
        }
        long offset = FuseMessage.get64(entries, from + HOST_OFF);
        reply.number(to + Dirent.INO, number);
        reply.number(to + Dirent.OFF, offset);
        reply.word(to + Dirent.NAMELEN, name);
        reply.word(to + Dirent.TYPE, entries.get(ValueLayout.JAVA_BYTE, from + HOST_TYPE));
        reply.copy(to + Dirent.SIZE, entries, from + HOST_NAME, name);
        return offset;
    }

    private static int nameLength(MemorySegment entries, int from) {
        int at = from;
        while (entries.get(ValueLayout.JAVA_BYTE, at) != 0) {
            at++;
        }
        return at - from;
    }

    private static boolean isDots(MemorySegment entries, int at, int length) {
        return length <= 2 && entries.get(ValueLayout.JAVA_BYTE, at) == '.'
                && (length == 1 || entries.get(ValueLayout.JAVA_BYTE, at + 1) == '.');
    }
}
