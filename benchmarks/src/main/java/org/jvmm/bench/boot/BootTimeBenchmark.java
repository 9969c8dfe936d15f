package org.jvmm.bench.boot;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jvmm.vmm.Accel;
import org.jvmm.vmm.Machine;
import org.jvmm.vmm.MachineConfig;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.host.Artifacts;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The first machine of a fresh JVM with the launcher's flags: each fork measures one start, nothing is warm. The start of the JVM itself and the
 * launcher's start-up cache are not in it; {@code jvmm run --timings} shows those.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 5, jvmArgs = { "@vmm/src/main/jvm/options", "-XX:CompileCommandFile=vmm/src/main/jvm/compile-commands" })
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class BootTimeBenchmark {
    private static final long TIMEOUT_NANOS = 120_000_000_000L;

    /** As in {@code --accel}. */
    @Param("soft")
    private String engine;

    /** As in {@code --memory}. */
    @Param("256M")
    private String memory;

    /** As in {@code --cpus}. */
    @Param("1")
    private int cpus;

    private MachineConfig config;
    private Machine machine;

    /** For JMH. */
    public BootTimeBenchmark() {}

    /** Finds the guest's files. */
    @Setup(Level.Iteration)
    public void configure() {
        Artifacts files = Artifacts.ofEnvironment();
        config = MachineConfig.builder().kernel(files.requireKernel()).initrd(files.requireInitramfs()).memory(memory).cpus(cpus)
                .accel(Accel.valueOf(engine.toUpperCase(Locale.ROOT))).build();
    }

    /** Ends the machine. */
    @TearDown(Level.Iteration)
    public void end() {
        if (machine != null) {
            machine.close();
        }
    }

    /** Memory, devices, kernel and CPUs are made; nothing runs. */
    @Benchmark
    public Machine create() {
        machine = Machine.create(config);
        return machine;
    }

    /** From the configuration to the agent's first answer. */
    @Benchmark
    public AgentSession boot() throws InterruptedException {
        machine = Machine.create(config);
        machine.start();
        return machine.connectAgent(TIMEOUT_NANOS);
    }
}
