package org.jvmm.bench.virtio;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.fs.FsDevice;
import org.jvmm.virtio.fs.FsOptions;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.MockQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * FUSE requests per second through the file system device alone, on a file in the host's page cache: a mock driver fills the ring, the queue's thread carries out, so two threads are
 * at work.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgs = "@vmm/src/main/jvm/options")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class FsBench {
    private static final int BATCH = 32;
    private static final int REQUESTS = 1;
    // linux/fuse.h: opcodes, and the headers of a request and of an answer.
    private static final int LOOKUP = 1;
    private static final int GETATTR = 3;
    private static final int OPEN = 14;
    private static final int READ = 15;
    private static final int WRITE = 16;
    private static final int INIT = 26;
    private static final int IN_HEADER = 40;
    private static final int OUT_HEADER = 16;
    private static final int LARGE = 64 << 10;
    private static final int FILE = 1 << 20;

    private Path folder;
    private FsDevice device;
    private MockDriver driver;
    private MockQueue queue;
    private long in;
    private long out;
    private long data;
    private long node;
    private long handle;

    /** For JMH. */
    public FsBench() {}

    /** A session with an open file. */
    @Setup
    public void start() throws IOException {
        folder = Files.createTempDirectory("fs-bench");
        Files.write(folder.resolve("file"), new byte[FILE]);
        device = new FsDevice("bench", FsOptions.of(folder), 1, NativeBinding::newSyscalls, cause -> {
            throw new AssertionError(cause);
        });
        driver = new MockDriver(device);
        driver.start();
        queue = driver.queue(REQUESTS);
        in = driver.allocate(256);
        out = driver.allocate(512);
        data = driver.allocate(LARGE);
        driver.memory().write32(in + IN_HEADER, 7);
        driver.memory().write32(in + IN_HEADER + 4, 38);
        driver.memory().write32(in + IN_HEADER + 8, 1 << 20);
        call(INIT, 1, 64, 256);
        driver.memory().write(in + IN_HEADER, "file\0".getBytes(StandardCharsets.US_ASCII));
        call(LOOKUP, 1, 5, 256);
        node = driver.memory().read64(out + OUT_HEADER);
        driver.memory().write64(in + IN_HEADER, 2);
        call(OPEN, node, 8, 256);
        handle = driver.memory().read64(out + OUT_HEADER);
    }

    private void header(int opcode, long nodeId, int body) {
        driver.memory().write32(in, IN_HEADER + body);
        driver.memory().write32(in + 4, opcode);
        driver.memory().write64(in + 8, 2);
        driver.memory().write64(in + 16, nodeId);
    }

    private void call(int opcode, long nodeId, int body, int room) {
        header(opcode, nodeId, body);
        queue.readable(in, IN_HEADER + body).writable(out, room).offer();
        take(1);
    }

    private void take(int count) {
        driver.transport().queueNotifier(REQUESTS).signal();
        for (int done = 0; done < count;) {
            if (queue.poll()) {
                done++;
            } else {
                Thread.onSpinWait();
            }
        }
        int error = driver.memory().read32(out + 4);
        if (error != 0) {
            throw new IllegalStateException("FUSE answered " + error);
        }
    }

    /** Ends the session. */
    @TearDown
    public void end() throws IOException {
        driver.reset();
        device.close();
        Files.delete(folder.resolve("file"));
        Files.delete(folder);
    }

    /** A file's attributes. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void attributes() {
        driver.memory().write64(in + IN_HEADER, 0);
        driver.memory().write64(in + IN_HEADER + 8, 0);
        header(GETATTR, node, 16);
        for (int i = 0; i < BATCH; i++) {
            queue.readable(in, IN_HEADER + 16).writable(out, 256).offer();
        }
        take(BATCH);
    }

    private void arguments(int size) {
        // struct fuse_read_in and fuse_write_in: fh, offset, size, flags, lock_owner, flags, padding.
        driver.memory().write64(in + IN_HEADER, handle);
        driver.memory().write64(in + IN_HEADER + 8, 0);
        driver.memory().write64(in + IN_HEADER + 16, size);
        driver.memory().write64(in + IN_HEADER + 24, 0);
        driver.memory().write64(in + IN_HEADER + 32, 0);
    }

    private void reads(int size) {
        arguments(size);
        header(READ, node, 40);
        for (int i = 0; i < BATCH; i++) {
            queue.readable(in, IN_HEADER + 40).writable(out, OUT_HEADER).writable(data, size).offer();
        }
        take(BATCH);
    }

    /** Reads of 4 KiB. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void read4k() {
        reads(4096);
    }

    /** Reads of 64 KiB. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void read64k() {
        reads(LARGE);
    }

    /** Writes of 4 KiB. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void write4k() {
        arguments(4096);
        header(WRITE, node, 40 + 4096);
        for (int i = 0; i < BATCH; i++) {
            queue.readable(in, IN_HEADER + 40).readable(data, 4096).writable(out, 64).offer();
        }
        take(BATCH);
    }
}
