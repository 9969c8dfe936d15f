package org.jvmm.bench.virtio;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.blk.AsyncIo;
import org.jvmm.virtio.blk.BlockDevice;
import org.jvmm.virtio.blk.CacheMode;
import org.jvmm.virtio.blk.RawFile;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.MockQueue;
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

/**
 * Requests per second through the block device alone, on a file in the host's page cache: a mock driver fills the ring and takes the answers. Its work is part of the time. With
 * {@code loop} all is done on one thread; {@code threads} and {@code io_uring} are how machines run it, with threads of the device's own.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgs = "@vmm/src/main/jvm/options")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BlkBench {
    private static final int BATCH = 32;
    private static final int FILE = 8 << 20;
    private static final int HEADER = 16;
    private static final int FLUSH = 4;

    /** Who carries requests out. */
    @Param({ "loop", "threads", "io_uring" })
    public String by;
    /** Bytes of a request. */
    @Param({ "4096", "65536" })
    public int size;

    private Path image;
    private BlockDevice device;
    private MockDriver driver;
    private MockQueue queue;
    private long headers;
    private long data;
    private long sectors;
    private int type;

    /** For JMH. */
    public BlkBench() {}

    /** A disk whose driver is ready. */
    @Setup
    public void start() throws IOException {
        image = Files.createTempFile("blk-bench", ".img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.write(new byte[FILE]);
        }
        RawFile file = RawFile.open(NativeBinding.newSyscalls(), image, false, CacheMode.UNSAFE);
        device = by.equals("loop")
                ? new BlockDevice(file, CacheMode.UNSAFE, "bench", 1, 0, NativeBinding::newSyscalls, BlkBench::broken)
                : BlockDevice.of(file, CacheMode.UNSAFE, "bench", 1, by.equals("threads") ? AsyncIo.THREADS : AsyncIo.IO_URING,
                        NativeBinding::newSyscalls, BlkBench::broken);
        driver = new MockDriver(device);
        driver.start();
        queue = driver.queue(0);
        headers = driver.allocate(BATCH * (HEADER + 16));
        data = driver.allocate((long) BATCH * size);
        sectors = (FILE - size) / 512;
        type = -1;
    }

    private static void broken(Throwable cause) {
        throw new AssertionError(cause);
    }

    /** Ends the device. */
    @TearDown
    public void end() throws IOException {
        driver.reset();
        device.close();
        Files.delete(image);
    }

    private void types(int wanted) {
        if (type != wanted) {
            type = wanted;
            for (int i = 0; i < BATCH; i++) {
                driver.memory().write32(headers + i * (HEADER + 16), wanted);
                driver.memory().write64(headers + i * (HEADER + 16) + 8, i * 7919L % sectors);
            }
        }
    }

    private int take() {
        queue.usedEvent(queue.usedIndex() + BATCH - 1);
        driver.transport().queueNotifier(0).signal();
        if (driver.loop() != null) {
            driver.loop().runAll();
        }
        int done = 0;
        while (done < BATCH) {
            if (queue.poll()) {
                done++;
            } else {
                Thread.onSpinWait();
            }
        }
        return driver.memory().read8(headers + HEADER);
    }

    /** Reads. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int read() {
        types(0);
        for (int i = 0; i < BATCH; i++) {
            long at = headers + i * (HEADER + 16);
            queue.readable(at, HEADER).writable(data + (long) i * size, size).writable(at + HEADER, 1).offer();
        }
        return take();
    }

    /** Writes. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int write() {
        types(1);
        for (int i = 0; i < BATCH; i++) {
            long at = headers + i * (HEADER + 16);
            queue.readable(at, HEADER).readable(data + (long) i * size, size).writable(at + HEADER, 1).offer();
        }
        return take();
    }

    /** Flushes that the host need not carry out: the cost of a request without its input and output. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int request() {
        types(FLUSH);
        for (int i = 0; i < BATCH; i++) {
            long at = headers + i * (HEADER + 16);
            queue.readable(at, HEADER).writable(at + HEADER, 1).offer();
        }
        return take();
    }
}
