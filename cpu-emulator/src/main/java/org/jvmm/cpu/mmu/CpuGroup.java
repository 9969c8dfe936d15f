package org.jvmm.cpu.mmu;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jvmm.core.memory.GuestMemory;

/**
 * The CPUs of a machine that has more than one: each is inside the guest or outside, one can stop all others for an access that the host cannot do
 * atomically, and they tell each other which pages have become code.
 *
 * <p>A CPU is inside while it may touch guest memory or use its translations. It leaves when it sees its attention request, at the latest at the end of a
 * block or at a backward branch. Whoever waits for it reads {@link #inside} after having asked; the CPU writes {@code inside} before it looks what was asked:
 * one of the two sees the other.
 */
public final class CpuGroup {
    /** Most CPUs: holders of code are a set of bits. */
    public static final int MAX_CPUS = 32;

    /** Values of {@link #inside}. */
    private static final int OUT = 0;
    private static final int IN = 1;
    /** In the midst of an instruction, with translations that may be stale, but not touching memory. */
    private static final int PAUSED = 2;

    private static final int SPINS = 200;
    private static final int YIELDS = 100;
    private static final long NAP_NANOS = 50_000;
    /** Elements between two CPUs' words, so that they lie in cache lines of their own. */
    private static final int STRIDE = 16;

    /** A CPU as the others see it. Called on any thread; must not block. */
    public interface Member {
        /** Leave the guest soon, and enter it again by {@link CpuGroup#enter}. */
        void attention();

        /** RAM that this CPU holds decoded code of was written. */
        void codeWritten(long physical, long length);

        /** A RAM page became code: it must leave the write translations. */
        void becameCode(long page);
    }

    private final Member[] members;
    private final CodeWatch code;
    private final AtomicIntegerArray inside;
    /** By CPU: the {@link #epoch} whose pages have left its write translations. */
    private final AtomicLongArray acknowledged;
    /** Bytes that decoded code takes, of all CPUs. */
    private final AtomicLong codeBytes = new AtomicLong();
    private final ReentrantLock turn = new ReentrantLock();
    private volatile boolean stopped;
    /** Number of pages that have become code. Written under the code watch's lock. */
    private volatile long epoch;

    private CpuGroup(int cpus, int pages) {
        if (cpus < 2 || cpus > MAX_CPUS) {
            throw new IllegalArgumentException("A group of " + cpus + " CPUs");
        }
        members = new Member[cpus];
        inside = new AtomicIntegerArray(cpus * STRIDE);
        acknowledged = new AtomicLongArray(cpus * STRIDE);
        code = new CodeWatch(this, pages);
    }

    /** The group of a machine of {@code cpus} CPUs. */
    public static CpuGroup of(int cpus, GuestMemory memory) {
        return new CpuGroup(cpus, new PhysicalRam(memory).pages());
    }

    /** CPUs of the machine. */
    public int size() {
        return members.length;
    }

    /** Registers a CPU; before any of the machine runs. */
    public void join(int cpu, Member member) {
        members[cpu] = member;
    }

    CodeWatch code() {
        return code;
    }

    AtomicLong codeBytes() {
        return codeBytes;
    }

    Member member(int cpu) {
        return members[cpu];
    }

    // ---- inside and outside -------------------------------------------------------------------------------------------------------------

    /** A CPU is about to touch guest memory; waits while another has stopped all. What others asked of this CPU must be looked at afterwards. */
    public void enter(int cpu) {
        enter(cpu, OUT);
    }

    private void enter(int cpu, int meanwhile) {
        inside.set(cpu * STRIDE, IN);
        while (stopped) {
            inside.set(cpu * STRIDE, meanwhile);
            for (int waits = 0; stopped; waits++) {
                pause(waits);
            }
            inside.set(cpu * STRIDE, IN);
        }
    }

    /** A CPU will not touch guest memory until it enters again. */
    public void leave(int cpu) {
        inside.set(cpu * STRIDE, OUT);
    }

    /** Waits until all other CPUs are outside the guest, and keeps them there. The caller is inside, and must not hold what others need to leave. */
    void stopOthers(int cpu) {
        // The one whose turn it is waits for this CPU too.
        inside.set(cpu * STRIDE, PAUSED);
        turn.lock();
        stopped = true;
        for (int i = 0; i < members.length; i++) {
            if (i != cpu && inside.get(i * STRIDE) == IN) {
                members[i].attention();
            }
        }
        for (int i = 0; i < members.length; i++) {
            for (int waits = 0; i != cpu && inside.get(i * STRIDE) == IN; waits++) {
                pause(waits);
            }
        }
    }

    /** Ends {@link #stopOthers}. */
    void resumeOthers(int cpu) {
        stopped = false;
        turn.unlock();
        enter(cpu, PAUSED);
    }

    /** Short waits spin; longer ones give the processor away, for the one waited for may need it. */
    private static void pause(int waits) {
        if (waits < SPINS) {
            Thread.onSpinWait();
        } else if (waits < SPINS + YIELDS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(NAP_NANOS);
        }
    }

    // ---- pages that become code -----------------------------------------------------------------------------------------------------------

    /** Tells all others that a page became code. Under the code watch's lock. */
    void announceCode(int cpu, long page) {
        for (int i = 0; i < members.length; i++) {
            if (i != cpu) {
                members[i].becameCode(page);
            }
        }
        if (acknowledged.get(cpu * STRIDE) == epoch) {
            // Its own translations of the page are gone already.
            acknowledged.set(cpu * STRIDE, epoch + 1);
        }
        epoch++;
        for (int i = 0; i < members.length; i++) {
            if (i != cpu && inside.get(i * STRIDE) != OUT) {
                members[i].attention();
            }
        }
    }

    /** Pages that became code so far; to be read before the pages themselves are taken. */
    public long epoch() {
        return epoch;
    }

    /** The pages of an {@link #epoch} have left this CPU's write translations. */
    public void acknowledge(int cpu, long seen) {
        acknowledged.set(cpu * STRIDE, seen);
    }

    /** Whether no other CPU can still write to a code page unseen. */
    boolean settled(int cpu) {
        long now = epoch;
        for (int i = 0; i < members.length; i++) {
            if (i != cpu && inside.get(i * STRIDE) != OUT && acknowledged.get(i * STRIDE) < now) {
                return false;
            }
        }
        return true;
    }
}
