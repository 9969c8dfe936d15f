package org.jvmm.virtio.fs;

/** A file or directory that the guest has open. */
final class OpenFile extends Pinned {
    final boolean directory;
    /** Where the descriptor of a directory stands, or -1 when that is unknown; guarded by the file. */
    long position;

    OpenFile(int fd, boolean directory) {
        super(fd);
        this.directory = directory;
    }
}
