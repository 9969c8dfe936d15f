package org.jvmm.virtio.blk;

/** What a guest's flush means. */
public enum CacheMode {
    /** Nothing: no flush is offered, and a crash of the host may lose what the guest thinks is safe. */
    UNSAFE,
    /** The host has the data on its disk when a flush has ended; a driver that does not flush gets each write on the disk. */
    WRITEBACK
}
