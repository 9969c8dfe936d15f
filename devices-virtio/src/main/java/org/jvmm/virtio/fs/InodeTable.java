package org.jvmm.virtio.fs;

import java.util.Arrays;

/** The inodes a guest knows, by the guest's number and by the host's identity, with their look-up counts (linux/fuse.h; FORGET in libfuse's fuse_lowlevel.h). */
final class InodeTable {
    private final SlotTable<Inode> byId = new SlotTable<>(Inode.class);
    private final DescriptorBudget budget;
    // Guarded by this: chains by hash of (device, number, mount).
    private Inode[] chains = new Inode[256];
    private int count;

    /** @param budget the descriptors that inodes may hold */
    InodeTable(DescriptorBudget budget) {
        this.budget = budget;
    }

    /** The inode with the guest's number, pinned, or null. */
    Inode pin(long id) {
        return byId.pin(id);
    }

    /**
     * Counts a look-up of the file that {@code host.stat()} describes. The descriptor is the table's from now on: kept for a new inode, else closed.
     *
     * @return the inode, not pinned: it lives until the guest forgets it, so only its constants and number may be used; null, and the descriptor is closed, when there are none left
     */
    Inode enter(HostFiles host, int fd) {
        HostStat stat = host.stat();
        long device = stat.device();
        long number = stat.number(HostStat.INO);
        long mount = stat.number(HostStat.MNT_ID);
        Inode inode;
        synchronized (this) {
            int chain = chain(device, number, mount);
            for (inode = chains[chain]; inode != null; inode = inode.next) {
                if (inode.number == number && inode.device == device && inode.mount == mount) {
                    break;
                }
            }
            if (inode == null) {
                if (count == 0) {
                    budget.takeRoot();
                } else if (!budget.take()) {
                    host.close(fd);
                    return null;
                }
                inode = new Inode(fd, device, number, mount, stat.type(), budget);
                inode.lookups = 1;
                inode.next = chains[chain];
                chains[chain] = inode;
                byId.add(inode);
                if (++count > 2 * chains.length) {
                    grow();
                }
                return inode;
            }
            // Saturates long after any honest guest.
            inode.lookups = Math.max(inode.lookups, inode.lookups + 1);
        }
        host.close(fd);
        return inode;
    }

    /** Takes look-ups back; the inode goes with the last. The root stays, whatever the guest says. */
    void forget(HostFiles host, long id, long lookups) {
        Inode gone;
        synchronized (this) {
            Inode inode = byId.pin(id);
            if (inode == null) {
                return;
            }
            if (id == FuseMessage.ROOT_ID || Long.compareUnsigned(lookups, inode.lookups) < 0) {
                inode.lookups -= id == FuseMessage.ROOT_ID ? 0 : lookups;
                inode.unpin(host);
                return;
            }
            byId.remove(id);
            unchain(inode);
            gone = inode;
        }
        // The pin just taken, and the table's.
        gone.unpin(host);
        gone.unpin(host);
    }

    /** See {@link SlotTable#epoch}. */
    void epoch(int value) {
        byId.epoch(value);
    }

    /** Forgets all. Nobody may use the table meanwhile. */
    synchronized void clear(HostFiles host) {
        byId.clear(host);
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
