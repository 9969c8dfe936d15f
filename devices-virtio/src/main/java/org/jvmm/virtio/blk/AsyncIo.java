package org.jvmm.virtio.blk;

/** How a disk's reads, writes and flushes are carried out beside each other. */
public enum AsyncIo {
    /** {@link #IO_URING} where the host has it and the image is a raw file, else {@link #THREADS}. */
    AUTO,
    /** By Linux's io_uring: one thread per queue, one system call for many requests. */
    IO_URING,
    /** By a pool of threads per queue with a system call for each request. */
    THREADS
}
