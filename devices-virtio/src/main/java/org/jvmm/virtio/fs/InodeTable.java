package org.jvmm.virtio.fs;

import java.util.Arrays;
import org.jvmm.core.host.Errno;

/** The inodes a guest knows, by the guest's number and by the host's identity, with their look-up counts (linux/fuse.h; FORGET in libfuse's fuse_lowlevel.h). */
final class InodeTable {
    private final SlotTable<Inode> byId = new SlotTable<>(Inode.class);
    private final DescriptorBudget budget;
    private final HandleMounts mounts = new HandleMounts();
    // Guarded by this: chains by hash of (device, number, mount).
    private Inode[] chains = new Inode[256];
    private int count;
    /** The slot after the last that {@link #rest} looked at. */
    private int hand;

    /** @param budget the descriptors that inodes may hold */
    InodeTable(DescriptorBudget budget) {
        this.budget = budget;
    }

    DescriptorBudget budget() {
        return budget;
    }

    HandleMounts mounts() {
        return mounts;
    }

    /** The inode with the guest's number, pinned; or null, also when it was asleep and its file is gone. */
    Inode pin(HostFiles host, long id) {
        Inode inode = byId.get(id);
        if (inode == null || !wake(host, inode)) {
            return null;
        }
        if (!inode.used) {
            inode.used = true;
        }
        return inode;
    }

    /** Whether {@link #pin} would have to open a file, and might wait for the disk. */
    boolean isAsleep(long id) {
        Inode inode = byId.get(id);
        return inode != null && inode.isAsleep();
    }

    /** Pins an inode, which may be asleep; false when it or its file is no more. */
    private boolean wake(HostFiles host, Inode inode) {
        while (!inode.pin()) {
            if (inode.isClosed()) {
                return false;
            }
            // What must be used gets its descriptor in any case: no more are in use at a time than requests are served.
            if (!budget.take() && !(budget.makeRoom(host) && budget.take())) {
                budget.takeAnyway();
            }
            long error = inode.wake(host);
            if (error == 0) {
                return true;
            }
            budget.giveBack();
            if (error != -Errno.EAGAIN) {
                return false;
            }
        }
        return true;
    }

    /**
     * Counts a look-up of the file that {@code host.stat()} describes. The descriptor is the table's from now on: kept for a new inode, else closed.
     *
     * @return the inode, not pinned: it lives until the guest forgets it, so only its constants and number may be used; null, and the descriptor is closed, when
     *         there are none left
     */
    Inode enter(HostFiles host, int fd) {
        while (true) {
            Inode inode;
            synchronized (this) {
                inode = known(host, fd);
                if (inode == null && (count == 0 || budget.take())) {
                    return add(host.stat(), fd);
                }
            }
            if (inode != null || !budget.makeRoom(host)) {
                host.close(fd);
                return inode;
            }
        }
    }

    /** The inode of a descriptor's file, with one look-up more, or null. */
    private Inode known(HostFiles host, int fd) {
        HostStat stat = host.stat();
        long device = stat.device();
        long number = stat.number(HostStat.INO);
        long mount = stat.number(HostStat.MNT_ID);
        Inode inode = chains[chain(device, number, mount)];
        while (inode != null && (inode.number != number || inode.device != device || inode.mount != mount)) {
            inode = inode.next;
        }
        if (inode != null && inode.isAsleep() && !inode.isSame(host, fd)) {
            // Without a descriptor of ours the host could remove the file and give its number away. The guest will find the old one gone.
            unchain(inode);
            return null;
        }
        if (inode != null) {
            // Saturates long after any honest guest.
            inode.lookups = Math.max(inode.lookups, inode.lookups + 1);
        }
        return inode;
    }

    private Inode add(HostStat stat, int fd) {
        Inode inode = new Inode(fd, stat.device(), stat.number(HostStat.INO), stat.number(HostStat.MNT_ID), stat.type(), this);
        if (count == 0) {
            // The root, which is always there.
            budget.takeAnyway();
            budget.join(this);
        }
        inode.lookups = 1;
        int chain = chain(inode.device, inode.number, inode.mount);
        inode.next = chains[chain];
        inode.chained = true;
        chains[chain] = inode;
        byId.add(inode);
        if (++count > 2 * chains.length) {
            grow();
        }
        return inode;
    }

    /** Takes look-ups back; the inode goes with the last. The root stays, whatever the guest says. */
    void forget(HostFiles host, long id, long lookups) {
        Inode inode;
        synchronized (this) {
            inode = byId.get(id);
            if (inode == null || id == FuseMessage.ROOT_ID) {
                return;
            }
            if (Long.compareUnsigned(lookups, inode.lookups) < 0) {
                inode.lookups -= lookups;
                return;
            }
            byId.remove(id);
            if (inode.chained) {
                unchain(inode);
            }
        }
        inode.drop(host);
    }

    /**
     * Lets inodes that nobody uses fall asleep, those first that were not used for long (the clock algorithm).
     *
     * @param most how many
     * @return how many did
     */
    synchronized int rest(HostFiles host, int most) {
        Inode root = byId.get(FuseMessage.ROOT_ID);
        if (root == null) {
            return 0;
        }
        mounts.learn(host, root);
        int bound = byId.bound();
        int asleep = 0;
        // The first time round takes marks away.
        for (int steps = 2 * bound; steps > 0 && asleep < most; steps--) {
            hand = hand < bound ? hand : 0;
            Inode inode = byId.inSlot(hand++);
            if (inode == null || inode == root) {
                continue;
            }
            if (inode.used) {
                inode.used = false;
            } else if (inode.sleep(host)) {
                asleep++;
            }
        }
        return asleep;
    }

    /** See {@link SlotTable#epoch}. */
    void epoch(int value) {
        byId.epoch(value);
    }

    /** Forgets all. Nobody may use the table meanwhile, but for {@link #rest}. */
    synchronized void clear(HostFiles host) {
        budget.leave(this);
        byId.clear(host);
        mounts.clear(host);
        Arrays.fill(chains, null);
        count = 0;
    }

    /** Inodes known. */
    int size() {
        return byId.size();
    }

    private void unchain(Inode inode) {
        int chain = chain(inode.device, inode.number, inode.mount);
        if (chains[chain] == inode) {
            chains[chain] = inode.next;
        } else {
            Inode before = chains[chain];
            while (before.next != inode) {
                before = before.next;
            }
            before.next = inode.next;
        }
        inode.chained = false;
        count--;
    }

    private int chain(long device, long number, long mount) {
        long mixed = (number * 31 + device) * 31 + mount;
        mixed *= 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> 32) & chains.length - 1;
    }

    private void grow() {
        Inode[] old = chains;
        chains = new Inode[4 * old.length];
        for (Inode first : old) {
            for (Inode inode = first; inode != null;) {
                Inode following = inode.next;
                int chain = chain(inode.device, inode.number, inode.mount);
                inode.next = chains[chain];
                chains[chain] = inode;
                inode = following;
            }
        }
    }
}
