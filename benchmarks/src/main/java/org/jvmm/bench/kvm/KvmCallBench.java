package org.jvmm.bench.kvm;

import java.util.concurrent.TimeUnit;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.kvm.KvmHypervisor;
import org.jvmm.kvm.KvmProbe;
import org.jvmm.kvm.abi.SystemIoctl;
import org.jvmm.kvm.sys.NativeBinding;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What one request costs, what a kick costs until the vCPU is back, and what a machine costs until its first access. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgs = "@vmm/src/main/jvm/options")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class KvmCallBench {
    /** What makes the system calls. */
    @Param({ "ffm", "linker", "jna" })
    private String binding;

    private LinuxSyscalls syscalls;
    private int device;

    /** For JMH. */
    public KvmCallBench() {}

    /** Opens the device. */
    @Setup
    public void open() {
        System.setProperty(NativeBinding.PROPERTY, binding);
        syscalls = NativeBinding.newSyscalls();
        device = syscalls.open(KvmHypervisor.DEVICE, LinuxSyscalls.O_RDWR);
    }

    /** Closes it. */
    @TearDown
    public void close() {
        syscalls.close(device);
    }

    /** KVM_CHECK_EXTENSION: about the least that an ioctl can do. */
    @Benchmark
    public long ioctl() {
        return syscalls.ioctlRaw(device, SystemIoctl.CHECK_EXTENSION, 0);
    }

    /** Device, machine, vCPU, its first port access, and all of it given back. */
    @Benchmark
    public void machineToFirstAccess() {
        try (SpinGuest guest = new SpinGuest(binding, SpinGuest.PORT)) {
            guest.run(1);
        }
    }

    /** Whether this host's KVM runs kernel mode on the processor. In a fresh JVM: {@code -bm ss -wi 0 -i 1 -f 10}. */
    @Benchmark
    public KvmProbe.RingZero probe() {
        return KvmProbe.run(NativeBinding::newSyscalls);
    }

    /** The vCPU's own thread. */
    @State(Scope.Benchmark)
    public static class Spinning {
        private SpinGuest guest;
        private Thread thread;
        private volatile long returns;
        private volatile boolean ended;

        /** For JMH. */
        public Spinning() {}

        /** Lets the guest spin. */
        @Setup
        public void start(KvmCallBench bench) {
            guest = new SpinGuest(bench.binding, SpinGuest.NOTHING);
            thread = new Thread(() -> {
                while (!ended) {
                    guest.vcpu().run();
                    returns++;
                }
            }, "vcpu");
            thread.start();
        }

        /** Ends it. */
        @TearDown
        public void end() throws InterruptedException {
            ended = true;
            while (thread.isAlive()) {
                guest.vcpu().kick();
                thread.join(1);
            }
            guest.close();
        }
    }

    /** From the kick of a guest that spins until its thread is back. */
    @Benchmark
    public long kick(Spinning spinning) {
        long before = spinning.returns;
        spinning.guest.vcpu().kick();
        while (spinning.returns == before) {
            Thread.onSpinWait();
        }
        return before;
    }
}
