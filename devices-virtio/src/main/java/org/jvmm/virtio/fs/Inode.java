package org.jvmm.virtio.fs;

/**
 * A file of the host that the guest knows: an O_PATH descriptor, and how often the guest has looked it up. Hard links and repeated look-ups find the same
 * inode by device, number and mount.
 */
final class Inode extends Pinned {
    final long device;
    final long number;
    final long mount;
    /** Type bits of the mode, which never change. */
    final int type;
    // Guarded by the table.
    long lookups;
    Inode next;
    /** Pieces of the DAX window that show it; written by the window under its lock. */
    volatile int mapped;
    /** Locks of the guest's owners; guarded by the inode. */
    RecordLocks.Owner owners;
    private final DescriptorBudget budget;

    Inode(int fd, long device, long number, long mount, int type, DescriptorBudget budget) {
        super(fd);
        this.budget = budget;
        this.device = device;
        this.number = number;
        this.mount = mount;
        this.type = type;
    }

    boolean isDirectory() {
        return type == HostStat.DIRECTORY;
    }

    @Override
    void dispose(HostFiles host) {
        RecordLocks.closeAll(this, host);
        super.dispose(host);
        budget.giveBack();
    }
}
