package org.jvmm.virtio.fs;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.host.Errno;

/**
 * The mounts in which files that the guest knows are found by handles. Not all can be: the file system must have handles (overlayfs has none), the process
 * CAP_DAC_READ_SEARCH.
 */
final class HandleMounts {
    private final List<HandleMount> mounts = new ArrayList<>();

    /**
     * The mount of a file, with one user more.
     *
     * @param inode a known file that has a descriptor
     * @return null when the file cannot be opened by its handle, as far as is known
     */
    synchronized HandleMount use(HostFiles host, Inode inode) {
        HandleMount mount = learn(host, inode);
        if (mount == null || mount.fd == HandleMount.NONE) {
            return null;
        }
        mount.users++;
        return mount;
    }

    /** Finds out about a directory's mount, if that is new; null when that told nothing. */
    synchronized HandleMount learn(HostFiles host, Inode inode) {
        HandleMount mount = find(inode.mount);
        // A regular file of the guest would not be freed when it is removed.
        if (mount == null && inode.isDirectory()) {
            mount = attempt(host, inode);
            if (mount != null) {
                mounts.add(mount);
            }
        }
        return mount;
    }

    private HandleMount find(long id) {
        for (int i = 0; i < mounts.size(); i++) {
            if (mounts.get(i).id == id) {
                return mounts.get(i);
            }
        }
        return null;
    }

    private static HandleMount attempt(HostFiles host, Inode inode) {
        byte[] handle = host.handle(inode.fd());
        if (handle == null) {
            return new HandleMount(inode.mount, HandleMount.NONE);
        }
        long fd = host.reopen(inode.fd(), HostFiles.O_DIRECTORY);
        if (fd < 0) {
            return null;
        }
        long opened = host.openHandle((int) fd, handle);
        if (opened >= 0) {
            host.close((int) opened);
            return new HandleMount(inode.mount, (int) fd);
        }
        host.close((int) fd);
        // What else can go wrong says nothing of the mount's other files.
        boolean none = opened == -Errno.EPERM || opened == -Errno.ENOSYS || opened == -Errno.EOPNOTSUPP;
        return none ? new HandleMount(inode.mount, HandleMount.NONE) : null;
    }

    /** A file that {@link #use} returned the mount for is forgotten. */
    synchronized void leave(HostFiles host, HandleMount mount) {
        // The last closes: else the host could not unmount it any more.
        if (--mount.users == 0 && mounts.remove(mount)) {
            host.close(mount.fd);
        }
    }

    /** Forgets the mounts; none of their files is known any more. */
    synchronized void clear(HostFiles host) {
        for (HandleMount mount : mounts) {
            if (mount.fd != HandleMount.NONE) {
                host.close(mount.fd);
            }
        }
        mounts.clear();
    }
}
