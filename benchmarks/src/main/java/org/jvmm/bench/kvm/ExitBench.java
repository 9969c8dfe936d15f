package org.jvmm.bench.kvm;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** From the guest to the device and back, a thousand at a time: Panama, JNA, and a C program. {@code -prof gc} shows the allocation. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgs = "@vmm/src/main/jvm/options")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ExitBench {
    private static final int BATCH = 1000;

    /** What makes the system calls. */
    @Param({ "c", "ffm", "linker", "jna" })
    private String binding;

    /** What the guest does. */
    @Param({ "pio", "mmio" })
    private String access;

    private SpinGuest guest;
    private CProgram program;

    /** For JMH. */
    public ExitBench() {}

    /** Makes the guest. */
    @Setup
    public void start() throws IOException, InterruptedException {
        if (binding.equals("c")) {
            program = new CProgram(access, BATCH);
        } else {
            guest = new SpinGuest(binding, access.equals("pio") ? SpinGuest.PORT : SpinGuest.MEMORY);
        }
    }

    /** Ends it. */
    @TearDown
    public void end() throws IOException, InterruptedException {
        if (program != null) {
            program.close();
        } else {
            guest.close();
        }
    }

    /** One exit. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void roundTrip() throws IOException {
        if (program != null) {
            program.run();
        } else {
            guest.run(BATCH);
        }
    }
}
