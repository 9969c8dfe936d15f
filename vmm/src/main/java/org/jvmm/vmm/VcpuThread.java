package org.jvmm.vmm;

import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.vmm.debug.Tracer;

/** The platform thread of one virtual CPU, named {@code fc_vcpu N} as Firecracker names it. */
final class VcpuThread extends Thread {
    /** What the machine does with its CPUs' ends. */
    interface Owner {
        /** Whether this CPU shall go on. */
        boolean running();

        /** The CPU is about to execute its first instruction. */
        void starting();

        /** The guest's CPU shut down. */
        void shutdown(int cpu, long rip, String detail);

        /** The engine cannot go on. */
        void failed(int cpu, long rip, String detail);

        /** The engine threw: a mistake of this program. */
        void broken(int cpu, Throwable cause);
    }

    private final Vcpu vcpu;
    private final Owner owner;
    private volatile VcpuCounters counters = new VcpuCounters();

    private final DebugGate gate;

    private final Tracer tracer;

    /**
     * @param gate where a debugger holds the CPU, or null
     * @param tracer runs the CPU in its place, or null
     */
    VcpuThread(Vcpu vcpu, Owner owner, DebugGate gate, Tracer tracer) {
        super("fc_vcpu " + vcpu.id());
        this.vcpu = vcpu;
        this.owner = owner;
        this.gate = gate;
        this.tracer = tracer;
    }

    @Override
    public void run() {
        try {
            owner.starting();
            while (owner.running()) {
                if (gate != null && !gate.pass(vcpu.id())) {
                    continue;
                }
                VcpuExit exit = tracer == null ? vcpu.run() : tracer.run();
                if (exit instanceof VcpuExit.Shutdown shutdown) {
                    owner.shutdown(vcpu.id(), shutdown.rip(), shutdown.detail());
                } else if (exit instanceof VcpuExit.Failed failed) {
                    owner.failed(vcpu.id(), failed.rip(), failed.detail());
                } else if (exit instanceof VcpuExit.Debug debug && gate != null) {
                    gate.stopped(vcpu.id(), debug);
                } else if (exit instanceof VcpuExit.Debug debug) {
                    // Nobody has set a breakpoint.
                    owner.failed(vcpu.id(), debug.rip(), "Unexpected debug event");
                }
            }
        } catch (InterruptedException e) {
            owner.broken(vcpu.id(), e);
        } catch (RuntimeException | Error e) {
            owner.broken(vcpu.id(), e);
        } finally {
            VcpuCounters counted = new VcpuCounters();
            vcpu.addCounters(counted);
            counters = counted;
        }
    }

    /** Makes the CPU look at {@link Owner#running()} soon. Any thread. */
    void kick() {
        vcpu.kick();
    }

    /** What the engine counted; known when the thread has ended, all zero before. */
    VcpuCounters counters() {
        return counters;
    }
}
