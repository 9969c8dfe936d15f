package org.jvmm.bench.virtio;

import java.util.concurrent.TimeUnit;
import org.jvmm.virtio.net.FrameSink;
import org.jvmm.virtio.net.MacAddress;
import org.jvmm.virtio.net.NetBackend;
import org.jvmm.virtio.net.NetDevice;
import org.jvmm.virtio.net.NetFeatures;
import org.jvmm.virtio.net.NetHeader;
import org.jvmm.virtio.net.PacketBuffer;
import org.jvmm.virtio.testing.MockDriver;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Frames per second through the network card alone: a mock driver fills the rings on the same thread, the backend keeps nothing. The driver's work is
 * part of the time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgs = "@vmm/src/main/jvm/options")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class NetBench {
    private static final int BATCH = 64;
    private static final long VERSION_1 = 1L << 32;
    private static final long EVENT_IDX = 1L << 29;
    private static final int TYPE = NetHeader.SIZE + 12;

    /** Bytes of a frame. */
    @Param({ "64", "1514" })
    public int frame;

    private final Counting backend = new Counting();
    private NetDevice device;
    private MockDriver driver;
    private PacketBuffer packet;
    private long out;
    private long in;

    /** For JMH. */
    public NetBench() {}

    /** A card whose driver is ready. */
    @Setup
    public void start() {
        device = new NetDevice(backend, MacAddress.DEFAULT, 1500);
        driver = new MockDriver(device);
        driver.start(VERSION_1 | EVENT_IDX | NetFeatures.MAC | NetFeatures.MRG_RXBUF);
        int length = NetHeader.SIZE + frame;
        packet = new PacketBuffer();
        packet.length(length);
        byte[] bytes = new byte[length];
        for (int i = 0; i < 6; i++) {
            bytes[NetHeader.SIZE + 6 + i] = (byte) (MacAddress.DEFAULT.value() >> 40 - 8 * i);
        }
        bytes[TYPE] = 8;
        out = driver.place(bytes);
        in = driver.allocate(2048);
    }

    /** From the guest to the backend. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int transmit() {
        for (int i = 0; i < BATCH; i++) {
            driver.queue(1).readable(out, NetHeader.SIZE + frame).offer();
        }
        device.handleQueue(1);
        while (driver.queue(1).poll()) {
            backend.bytes++;
        }
        return backend.bytes;
    }

    /** From the backend to the guest. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int receive() {
        for (int i = 0; i < BATCH; i++) {
            driver.queue(0).writable(in, 2048).offer();
        }
        for (int i = 0; i < BATCH; i++) {
            if (!backend.sink.receive(packet)) {
                throw new IllegalStateException("The guest has no room");
            }
        }
        backend.sink.flush();
        while (driver.queue(0).poll()) {
            backend.bytes++;
        }
        return backend.bytes;
    }

    /** Takes everything and keeps nothing. */
    private static final class Counting implements NetBackend {
        private FrameSink sink;
        private int bytes;

        @Override
        public long features() {
            return 0;
        }

        @Override
        public void start(FrameSink newSink, long features) {
            sink = newSink;
        }

        @Override
        public boolean transmit(PacketBuffer from) {
            bytes += from.bytes().getByte(TYPE);
            return true;
        }

        @Override
        public void stop() {
            sink = null;
        }

        @Override
        public void close() {
            // Nothing to give back.
        }
    }
}
