package org.jvmm.vmm;

import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.VcpuExit;

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

    VcpuThread(Vcpu vcpu, Owner owner) {
        super("fc_vcpu " + vcpu.id());
        this.vcpu = vcpu;
        this.owner = owner;
    }

    @Override
    public void run() {
        try {
            owner.starting();
            while (owner.running()) {
                VcpuExit exit = vcpu.run();
                if (exit instanceof VcpuExit.Shutdown shutdown) {
                    owner.shutdown(vcpu.id(), shutdown.rip(), shutdown.detail());
                } else if (exit instanceof VcpuExit.Failed failed) {
                    owner.failed(vcpu.id(), failed.rip(), failed.detail());
                } else if (exit instanceof VcpuExit.Debug debug) {
                    // Nobody has set a breakpoint.
                    owner.failed(vcpu.id(), debug.rip(), "Unexpected debug event");
                }
            }
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
