package org.jvmm.bench.cpu;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jvmm.cpu.decode.Decoder;
import org.jvmm.cpu.decode.Instruction;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Nanoseconds per instruction of code that runs for the first time: what a boot and a new process are made of. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = { "@vmm/src/main/jvm/options", "-XX:CompileCommandFile=vmm/src/main/jvm/compile-commands" })
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class DecodeBench {
    private static final int COPIES = 5_000;
    /** Executed in a copy of the bodies of {@link GuestLoop#INTEGER} and {@link GuestLoop#BRANCH}. */
    private static final int EXECUTED = 19;
    /** There; a branch jumps over two. */
    private static final int DECODED = 21;

    private final Decoder decoder = new Decoder();
    private byte[] code;
    private BareMachine machine;

    /** For JMH. */
    public DecodeBench() {}

    /** Straight-line code. */
    @Setup
    public void start() {
        machine = new BareMachine();
        code = straightLine();
    }

    /** New code for the next invocation. */
    @Setup(Level.Invocation)
    public void forget() {
        machine.load(code);
    }

    /** Gives the memory back. */
    @TearDown
    public void end() {
        machine.close();
    }

    /** The loops' bodies one after the other, 21 instructions in 73 bytes, 19 of them executed; every jump leads to the instruction behind it. */
    static byte[] straightLine() {
        byte[] integer = GuestLoop.INTEGER.code();
        byte[] branch = GuestLoop.BRANCH.code();
        int integerLength = integer.length - 4;
        int branchLength = branch.length - 4;
        // The last byte of each loop is the distance of its jump back.
        integer[integerLength - 1] = 0;
        branch[branchLength - 1] = 0;
        ByteBuffer out = ByteBuffer.allocate(COPIES * (integerLength + branchLength) + 4);
        for (int i = 0; i < COPIES; i++) {
            out.put(integer, 0, integerLength).put(branch, 0, branchLength);
        }
        return out.put(integer, integerLength, 4).array();
    }

    /** The decoder alone. */
    @Benchmark
    @OperationsPerInvocation(COPIES * DECODED)
    public void decode(Blackhole hole) {
        for (int at = 0; at < code.length - 4;) {
            Instruction insn = decoder.decode(code, at, code.length, 8);
            at += insn.length;
            hole.consume(insn);
        }
    }

    /** First and only execution: fetch, decode, translate, execute. */
    @Benchmark
    @OperationsPerInvocation(COPIES * EXECUTED)
    public long runOnce() {
        return machine.run(1);
    }
}
