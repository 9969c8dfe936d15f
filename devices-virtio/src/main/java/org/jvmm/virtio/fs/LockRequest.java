package org.jvmm.virtio.fs;

/**
 * A lock that a process of the guest asks for.
 *
 * @param inode the file
 * @param file the open file, which a lock of flock(2) belongs to
 * @param flock whether it is one of flock(2), else a record lock
 * @param owner who asks
 * @param type F_RDLCK, F_WRLCK or F_UNLCK
 * @param start first byte
 * @param end last byte
 * @param unique number of the request
 * @param buffers where the answer goes
 */
record LockRequest(Inode inode, OpenFile file, boolean flock, long owner, int type, long start, long end, long unique,
        FuseBuffers buffers) {}
