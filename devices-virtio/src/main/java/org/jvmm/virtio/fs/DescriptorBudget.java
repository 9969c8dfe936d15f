package org.jvmm.virtio.fs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * The descriptors that a process may have open (getrlimit(2), RLIMIT_NOFILE). Each file that a guest knows holds one until the guest forgets it, which it does
 * when it wants the memory, or until they run short and it falls asleep; so they get three quarters of all, and what a guest does with the files that it knows
 * never fails for want of one.
 */
final class DescriptorBudget {
    /** This process's, for all its volumes. */
    static final DescriptorBudget PROCESS = new DescriptorBudget();

    /** What is asked for: enough for a guest with gigabytes of directory entries, and below Linux's own bound (fs.nr_open). */
    private static final long WANTED = 1_000_000;
    private static final int NR_PRLIMIT64 = 302;
    private static final int RLIMIT_NOFILE = 7;
    private static final int SOFT = 0;
    private static final int HARD = 8;
    private static final int SIZE = 16;
    /** Inodes that fall asleep at a time. */
    private static final int BATCH = 64;

    private final AtomicLong taken = new AtomicLong();
    private final List<InodeTable> tables = new CopyOnWriteArrayList<>();
    private final AtomicInteger turns = new AtomicInteger();
    private final int batch;
    private volatile long most;

    private DescriptorBudget() {
        batch = BATCH;
    }

    /** A budget for so many known files, of which so many fall asleep at a time. */
    DescriptorBudget(long most, int batch) {
        this.most = most;
        this.batch = batch;
    }

    /** Asks the host for more, once: a process may as many as its hard limit, a privileged one more. */
    synchronized void raise(LinuxSyscalls syscalls) {
        if (most != 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limits = arena.allocate(SIZE, 8);
            long failed = syscalls.invoke(NR_PRLIMIT64, 0, RLIMIT_NOFILE, 0, limits.address(), 0, 0);
            long soft = limits.get(ValueLayout.JAVA_LONG, SOFT);
            long hard = limits.get(ValueLayout.JAVA_LONG, HARD);
            if (failed < 0) {
                // Only a filter can refuse that: what POSIX promises at least, and more than any container gives.
                soft = 1024;
            } else if (Long.compareUnsigned(soft, WANTED) < 0) {
                if (set(syscalls, limits, WANTED, Long.compareUnsigned(hard, WANTED) < 0 ? WANTED : hard)) {
                    soft = WANTED;
                } else if (set(syscalls, limits, hard, hard)) {
                    soft = hard;
                }
            }
            most = soft < 0 ? WANTED : soft / 4 * 3;
        }
    }

    private static boolean set(LinuxSyscalls syscalls, MemorySegment limits, long soft, long hard) {
        limits.set(ValueLayout.JAVA_LONG, SOFT, soft);
        limits.set(ValueLayout.JAVA_LONG, HARD, hard);
        return syscalls.invoke(NR_PRLIMIT64, 0, RLIMIT_NOFILE, limits.address(), 0, 0, 0) == 0;
    }

    /** Files that may be known at a time. */
    long most() {
        return most;
    }

    /** Whether the next {@link #take} would fail. */
    boolean isUsedUp() {
        return taken.get() >= most;
    }

    /** Takes one descriptor for a file that becomes known. Returns whether there was one. */
    boolean take() {
        if (taken.incrementAndGet() <= most) {
            return true;
        }
        taken.decrementAndGet();
        return false;
    }

    /** Takes one in any case. */
    void takeAnyway() {
        taken.incrementAndGet();
    }

    /** Has inodes that nobody uses give theirs up, of all tables in turn. The caller holds no table. Returns whether any did. */
    boolean makeRoom(HostFiles host) {
        int first = turns.getAndIncrement() & Integer.MAX_VALUE;
        InodeTable[] all = tables.toArray(InodeTable[]::new);
        for (int i = 0; i < all.length; i++) {
            if (all[(first + i) % all.length].rest(host, batch) > 0) {
                return true;
            }
        }
        return false;
    }

    /** A table whose inodes may be asked. */
    void join(InodeTable table) {
        tables.add(table);
    }

    void leave(InodeTable table) {
        tables.remove(table);
    }

    /** A known file was closed. */
    void giveBack() {
        taken.decrementAndGet();
    }
}
