package org.jvmm.cpu.mmu;

import java.lang.invoke.VarHandle;
import org.jvmm.core.cpu.VcpuCounters;

/** What LOCK promises (SDM vol. 3 §8.1.2): accesses that other CPUs see as one, and the order of those around them. On the CPU's thread. */
public final class LockedAccess {
    private final Mmu mmu;
    /** The CPUs of the machine; null when this is the only one. */
    private CpuGroup group;
    private int cpu;
    private long stops;
    private long stopNanos;

    LockedAccess(Mmu mmu) {
        this.mmu = mmu;
    }

    /** Makes this CPU one of several; before it runs. */
    void join(CpuGroup newGroup, int id) {
        group = newGroup;
        cpu = id;
    }

    void addCounters(VcpuCounters sum) {
        sum.cpuStops += stops;
        sum.cpuStopNanos += stopNanos;
    }

    /**
     * Compares and exchanges as a LOCKed instruction does: atomic against other CPUs whatever the alignment, atomic against devices where the host can,
     * inside aligned eight bytes of RAM, and when it succeeds a {@link #fullFence()} in any case.
     *
     * @return whether memory held {@code expected}
     */
    public boolean compareAndSet(long a, int size, long expected, long value) {
        mmu.inspectLocked(a, size);
        int within = (int) a & 7;
        if (within + size <= 8) {
            long host = mmu.writableHost(a);
            boolean slow = host == 0;
            if (slow) {
                host = mmu.hostOfWrite(a);
            }
            if (host != 0) {
                boolean done = compareAndSetHost(host, size, within, expected, value);
                if (done && slow) {
                    mmu.writtenBehind(host, size);
                }
                return done;
            }
        }
        // A split lock, or a device's register.
        stopOthers();
        try {
            return compareAndSetPlainly(a, size, expected, value);
        } finally {
            resumeOthers();
            fullFence();
        }
    }

    private static boolean compareAndSetHost(long host, int size, int within, long expected, long value) {
        if (size == 8) {
            return HostMemory.compareAndSet64(host, expected, value);
        }
        if (size == 4 && (within & 3) == 0) {
            return HostMemory.compareAndSet32(host, (int) expected, (int) value);
        }
        return compareAndSetPart(host - within, within << 3, -1L >>> 64 - 8 * size, expected, value);
    }

    private static boolean compareAndSetPart(long host, int shift, long mask, long expected, long value) {
        while (true) {
            long whole = HostMemory.get64(host);
            if ((whole >>> shift & mask) != expected) {
                return false;
            }
            if (HostMemory.compareAndSet64(host, whole, whole & ~(mask << shift) | (value & mask) << shift)) {
                return true;
            }
        }
    }

    private boolean compareAndSetPlainly(long a, int size, long expected, long value) {
        if (mmu.read(a, size) != expected) {
            return false;
        }
        mmu.write(a, size, value);
        return true;
    }

    /** Keeps all other CPUs out of the guest, for an access that the host cannot do atomically. Nothing happens when there are none. */
    public void stopOthers() {
        if (group != null) {
            long start = System.nanoTime();
            group.stopOthers(cpu);
            stopNanos += System.nanoTime() - start;
            stops++;
        }
    }

    /** Ends {@link #stopOthers()}. */
    public void resumeOthers() {
        if (group != null) {
            group.resumeOthers(cpu);
        }
    }

    /**
     * Earlier stores become visible before later loads are done (SDM vol. 3 §8.2.5). A CPU that is alone needs it as well: devices have threads, and a
     * driver stores what it waits for and then loads what is there (virtio 1.3 §2.7.7).
     */
    public void fullFence() {
        VarHandle.fullFence();
    }
}
