package org.jvmm.virtio.fs;

/** A mount of the host by which files with handles are opened (open_by_handle_at(2)). */
final class HandleMount {
    static final int NONE = -1;

    final long id;
    /** A descriptor of one of its files; {@link #NONE} where files cannot be opened so. */
    final int fd;
    /** Inodes that may be opened by it; guarded by {@link HandleMounts}. */
    int users;

    HandleMount(long id, int fd) {
        this.id = id;
        this.fd = fd;
    }
}
