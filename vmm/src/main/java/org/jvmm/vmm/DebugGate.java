package org.jvmm.vmm;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.core.cpu.DebugWatch;
import org.jvmm.core.cpu.DebuggableVcpu;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.memory.GuestMemory;

/**
 * Holds a machine's CPUs for a debugger. They stop and go all together; while they are held, the thread that holds them may call them, as if it were theirs.
 * They are held from the start, until the first {@link #resume}.
 */
public final class DebugGate {
    /**
     * Why the CPUs are held.
     *
     * @param cpu the one that it is about
     * @param cause what happened to it; null when the debugger asked for it
     * @param watch the data it accessed, for a watchpoint; else null
     */
    public record Stop(int cpu, VcpuExit.Debug.Cause cause, DebugWatch watch) {}

    private final List<DebuggableVcpu> vcpus;
    private final GuestMemory memory;
    private final Runnable kill;

    // Guarded by this.
    private final boolean[] held;
    /** By CPU: may run while {@link #open}. */
    private final boolean[] released;
    private boolean open;
    private Stop stop;
    /** Watchpoints that were met while another CPU had stopped all. */
    private final Queue<Stop> missed = new ArrayDeque<>();
    private boolean ended;

    /** @param kill ends the machine */
    DebugGate(List<Vcpu> vcpus, GuestMemory memory, Runnable kill) {
        this.vcpus = vcpus.stream().map(DebuggableVcpu.class::cast).toList();
        this.memory = memory;
        this.kill = kill;
        this.held = new boolean[vcpus.size()];
        this.released = new boolean[vcpus.size()];
        this.stop = new Stop(0, null, null);
    }

    /** Number of CPUs. */
    public int cpus() {
        return vcpus.size();
    }

    /** A CPU; only while all are held. */
    public DebuggableVcpu vcpu(int cpu) {
        return vcpus.get(cpu);
    }

    /** The guest's RAM. */
    public GuestMemory memory() {
        return memory;
    }

    /** Ends the machine. */
    public void kill() {
        kill.run();
    }

    /** Asks for all CPUs to be held; {@link #awaitStop} tells when they are. */
    public synchronized void interrupt() {
        if (open) {
            hold(new Stop(0, null, null));
        }
    }

    private void hold(Stop reason) {
        open = false;
        stop = reason;
        for (DebuggableVcpu vcpu : vcpus) {
            vcpu.kick();
        }
        notifyAll();
    }

    /**
     * Waits until the CPUs are held for a new reason.
     *
     * @return the reason; null when the machine has ended
     */
    public synchronized Stop awaitStop() throws InterruptedException {
        while (!ended && (open || stop == null || !allHeld())) {
            wait();
        }
        Stop reason = ended ? null : stop;
        stop = null;
        return reason;
    }

    private boolean allHeld() {
        for (boolean one : held) {
            if (!one) {
                return false;
            }
        }
        return true;
    }

    /**
     * Lets CPUs go on. All are held.
     *
     * @param plans what each shall do; null for one that stays held
     * @throws IllegalStateException when the host cannot debug guests so; nothing goes on then
     */
    public synchronized void resume(DebugPlan[] plans) {
        for (int i = 0; i < plans.length; i++) {
            if (plans[i] != null) {
                vcpus.get(i).debug(plans[i]);
            }
        }
        for (int i = 0; i < plans.length; i++) {
            released[i] = plans[i] != null;
        }
        open = true;
        notifyAll();
        while (open && !missed.isEmpty()) {
            Stop next = missed.remove();
            DebugPlan plan = plans[next.cpu];
            if (plan != null && plan.watches().contains(next.watch)) {
                hold(next);
            }
        }
    }

    /**
     * The debugger goes away while CPUs run: they are stopped, cleaned up behind, and go on.
     *
     * @param cleanUp called while they are held
     */
    public void abandon(Runnable cleanUp) {
        interrupt();
        try {
            if (awaitStop() != null) {
                cleanUp.run();
                DebugPlan[] plans = new DebugPlan[cpus()];
                Arrays.fill(plans, DebugPlan.NONE);
                resume(plans);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** On a CPU's thread, before it runs: waits while it is held; false when it must look whether the machine still runs. */
    synchronized boolean pass(int cpu) throws InterruptedException {
        if (ended || open && released[cpu]) {
            return true;
        }
        held[cpu] = true;
        notifyAll();
        wait();
        held[cpu] = false;
        return false;
    }

    /** On a CPU's thread: it came back for the debugger. */
    synchronized void stopped(int cpu, VcpuExit.Debug why) {
        if (open) {
            hold(new Stop(cpu, why.cause(), why.watch()));
        } else if (why.watch() != null) {
            // Another was first, but the access is done.
            missed.add(new Stop(cpu, why.cause(), why.watch()));
        }
        // What else this one met it meets again when it goes on.
    }

    /** The machine has ended: nothing is held any more. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }
}
