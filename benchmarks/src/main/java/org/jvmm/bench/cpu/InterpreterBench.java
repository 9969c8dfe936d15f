package org.jvmm.bench.cpu;

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

/** Nanoseconds per guest instruction of the software CPU once it is warm. Before the measured loop all loops run, as a guest's programs would. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = { "@vmm/src/main/jvm/options", "-XX:CompileCommandFile=vmm/src/main/jvm/compile-commands" })
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class InterpreterBench {
    private static final int INSTRUCTIONS = 1_000_000;

    /** What runs. */
    @Param({ "INTEGER", "BRANCH", "COPY", "PAGES", "CALL", "SSE", "SYSTEM_CALL" })
    private GuestLoop loop;

    private BareMachine machine;

    /** For JMH. */
    public InterpreterBench() {}

    /** Profiles of every kind of code are in the JVM's counters, or its compiler would make a CPU that knows one loop only. */
    @Setup
    public void start() {
        machine = new BareMachine();
        for (int round = 0; round < 3; round++) {
            for (GuestLoop other : GuestLoop.values()) {
                machine.load(other);
                machine.run(INSTRUCTIONS / other.instructions());
            }
        }
        machine.load(loop);
    }

    /** Gives the memory back. */
    @TearDown
    public void end() {
        machine.close();
    }

    /** A million guest instructions. */
    @Benchmark
    @OperationsPerInvocation(INSTRUCTIONS)
    public long run() {
        return machine.run(INSTRUCTIONS / loop.instructions());
    }
}
