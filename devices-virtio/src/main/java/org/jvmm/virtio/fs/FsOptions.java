package org.jvmm.virtio.fs;

import java.nio.file.Path;

/**
 * What of the host a guest sees, and how.
 *
 * @param root directory of the host that is the root of the guest's file system
 * @param readOnly every change is refused with EROFS
 * @param cache what the guest may keep
 * @param users user ids
 * @param groups group ids
 * @param hostLocks record locks and flock(2) are taken on the host's files, so that both sides see each other's; else they hold inside the guest alone
 * @param posixAcl the guest sees and honours POSIX access control lists
 * @param dax regular files are used through the DAX window
 */
public record FsOptions(Path root, boolean readOnly, CacheMode cache, IdMap users, IdMap groups, boolean hostLocks, boolean posixAcl,
        boolean dax) {
    /** A writable tree with cache mode {@link CacheMode#AUTO} and ids as they are. */
    public static FsOptions of(Path root) {
        return new FsOptions(root, false, CacheMode.AUTO, IdMap.IDENTITY, IdMap.IDENTITY, true, false, false);
    }

    /** The same, read-only or not. */
    public FsOptions withReadOnly(boolean value) {
        return new FsOptions(root, value, cache, users, groups, hostLocks, posixAcl, dax);
    }

    /** The same with another cache mode. */
    public FsOptions withCache(CacheMode value) {
        return new FsOptions(root, readOnly, value, users, groups, hostLocks, posixAcl, dax);
    }

    /** The same with other ids. */
    public FsOptions withIds(IdMap newUsers, IdMap newGroups) {
        return new FsOptions(root, readOnly, cache, newUsers, newGroups, hostLocks, posixAcl, dax);
    }

    /** The same with locks on the host's files or inside the guest. */
    public FsOptions withHostLocks(boolean value) {
        return new FsOptions(root, readOnly, cache, users, groups, value, posixAcl, dax);
    }

    /** The same with or without access control lists. */
    public FsOptions withPosixAcl(boolean value) {
        return new FsOptions(root, readOnly, cache, users, groups, hostLocks, value, dax);
    }

    /** The same with or without a use of the DAX window. */
    public FsOptions withDax(boolean value) {
        return new FsOptions(root, readOnly, cache, users, groups, hostLocks, posixAcl, value);
    }
}
