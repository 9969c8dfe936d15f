package org.jvmm.virtio.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * On whose behalf one thread makes files. As root it takes the guest user's ids for file access (setfsuid(2)), so that a new file has its owner, group and
 * set-group-id bit from the start; the guest's kernel has checked permissions, so the right to pass the host's checks is kept. A process without
 * privileges makes files as itself. Raw system calls change the calling thread alone; the C library's wrappers would change all (nptl(7)).
 */
final class HostCredentials {
    private static final int NR_GETEUID = 107;
    private static final int NR_SETGROUPS = 116;
    private static final int NR_SETFSUID = 122;
    private static final int NR_SETFSGID = 123;
    private static final int NR_CAPGET = 125;
    private static final int NR_CAPSET = 126;
    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    /** CAP_FSETID: keeps set-id bits over a write; capabilities(7). */
    private static final int FSETID = 1 << 4;

    private final LinuxSyscalls sys;
    private final boolean root;
    private final MemorySegment header;
    private final MemorySegment sets;
    private final MemorySegment group;
    private final int effective;

    HostCredentials(LinuxSyscalls sys, Arena arena, boolean serves) {
        this.sys = sys;
        header = arena.allocate(8, 8);
        sets = arena.allocate(24, 8);
        group = arena.allocate(8, 8);
        FuseMessage.put32(header, 0, CAPABILITY_VERSION_3);
        boolean able = serves && sys.invoke(NR_GETEUID, 0, 0, 0, 0, 0, 0) == 0
                && sys.invoke(NR_CAPGET, header.address(), sets.address(), 0, 0, 0, 0) == 0;
        effective = FuseMessage.get32(sets, 0);
        // The host user's groups would count as the guest's. Without CAP_SETGID there is no taking on of others' ids at all.
        root = able && sys.invoke(NR_SETGROUPS, 0, 0, 0, 0, 0, 0) == 0;
    }

    /** Whether files can be made for other users than the process's. */
    boolean privileged() {
        return root;
    }

    /**
     * Takes on a guest user until {@link #leave()}.
     *
     * @param extraGroup a group beside the user's own, or -1
     */
    void enter(int uid, int gid, int extraGroup) {
        if (!root) {
            return;
        }
        if (extraGroup != -1) {
            FuseMessage.put32(group, 0, extraGroup);
            sys.invoke(NR_SETGROUPS, 1, group.address(), 0, 0, 0, 0);
        }
        if (gid != 0) {
            sys.invoke(NR_SETFSGID, gid & 0xFFFF_FFFFL, 0, 0, 0, 0, 0);
        }
        if (uid != 0) {
            // Leaving id 0 drops the capabilities of file access (capabilities(7), "Effect of user ID changes"); all but FSETID come back.
            sys.invoke(NR_SETFSUID, uid & 0xFFFF_FFFFL, 0, 0, 0, 0, 0);
            capabilities(effective & ~FSETID);
        }
    }

    /** Is the process's user again. */
    void leave(int uid, int gid, int extraGroup) {
        if (!root) {
            return;
        }
        if (uid != 0) {
            sys.invoke(NR_SETFSUID, 0, 0, 0, 0, 0, 0);
            capabilities(effective);
        }
        if (gid != 0) {
            sys.invoke(NR_SETFSGID, 0, 0, 0, 0, 0, 0);
        }
        if (extraGroup != -1) {
            sys.invoke(NR_SETGROUPS, 0, 0, 0, 0, 0, 0);
        }
    }

    /** From now on writes clear set-id bits, until {@link #keepSetIds()}. */
    void clearSetIds() {
        if (root) {
            capabilities(effective & ~FSETID);
        }
    }

    /** Ends {@link #clearSetIds()}. */
    void keepSetIds() {
        if (root) {
            capabilities(effective);
        }
    }

    private void capabilities(int low) {
        FuseMessage.put32(sets, 0, low);
        sys.invoke(NR_CAPSET, header.address(), sets.address(), 0, 0, 0, 0);
    }
}
