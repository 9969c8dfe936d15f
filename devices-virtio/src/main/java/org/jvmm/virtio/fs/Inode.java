package org.jvmm.virtio.fs;

import java.util.Arrays;
import org.jvmm.core.host.Errno;

/**
 * A file of the host that the guest knows: an O_PATH descriptor, and how often the guest has looked it up. Hard links and repeated look-ups find the same
 * inode by device, number and mount. When descriptors run short one that nobody uses falls asleep: a handle takes the descriptor's place until it is needed.
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
    /** Whether look-ups find it. */
    boolean chained;
    /** Whether it was used since the table last asked; races do no harm. */
    boolean used;
    /** Pieces of the DAX window that show it; written by the window under its lock. */
    volatile int mapped;
    /** Locks of the guest's owners; guarded by the inode. */
    RecordLocks.Owner owners;
    private final InodeTable table;
    // Set once, by the table, before it first sleeps.
    private byte[] handle;
    private HandleMount home;
    private boolean sleepless;

    Inode(int fd, long device, long number, long mount, int type, InodeTable table) {
        super(fd);
        this.table = table;
        this.device = device;
        this.number = number;
        this.mount = mount;
        this.type = type;
    }

    boolean isDirectory() {
        return type == HostStat.DIRECTORY;
    }

    /** Closes the descriptor if nobody uses it and it can be had again; returns whether so. The caller holds the table, which therefore keeps its own pin. */
    boolean sleep(HostFiles host) {
        if (sleepless || isAsleep()) {
            return false;
        }
        if (handle == null && !findHandle(host)) {
            return false;
        }
        synchronized (this) {
            if (!fallAsleep(host)) {
                return false;
            }
        }
        table.budget().giveBack();
        return true;
    }

    private boolean findHandle(HostFiles host) {
        HandleMount found = table.mounts().use(host, this);
        if (found == null) {
            return false;
        }
        handle = host.handle(fd());
        if (handle == null) {
            sleepless = true;
            table.mounts().leave(host, found);
            return false;
        }
        home = found;
        return true;
    }

    /** Whether a descriptor is the sleeper's file; else the file is gone and its number another's. The caller holds the table. */
    boolean isSame(HostFiles host, int fd) {
        return Arrays.equals(handle, host.handle(fd));
    }

    /**
     * Opens a sleeper again. One descriptor of the budget is the caller's to give.
     *
     * @return 0, and it is pinned; {@code -EAGAIN} when it is not asleep any more, or another {@code -errno}
     */
    synchronized long wake(HostFiles host) {
        if (!isAsleep()) {
            return -Errno.EAGAIN;
        }
        long opened = host.openHandle(home.fd, handle);
        if (opened < 0) {
            return opened;
        }
        wakeUp((int) opened);
        return 0;
    }

    @Override
    void drop(HostFiles host) {
        synchronized (this) {
            if (isAsleep()) {
                die(host);
                return;
            }
        }
        unpin(host);
    }

    @Override
    void dispose(HostFiles host) {
        RecordLocks.closeAll(this, host);
        if (hasDescriptor()) {
            table.budget().giveBack();
        }
        super.dispose(host);
        if (home != null) {
            table.mounts().leave(host, home);
        }
    }
}
