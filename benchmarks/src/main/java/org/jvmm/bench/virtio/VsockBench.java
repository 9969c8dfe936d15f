package org.jvmm.bench.virtio;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.MockQueue;
import org.jvmm.virtio.vsock.VsockCloseReason;
import org.jvmm.virtio.vsock.VsockConnection;
import org.jvmm.virtio.vsock.VsockDevice;
import org.jvmm.virtio.vsock.VsockHandler;
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

/** Packets per second through a stream of the socket device alone, both ways: a mock driver on the same thread, a host's end that only counts. The driver's work is part of the time. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgs = "@vmm/src/main/jvm/options")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class VsockBench {
    private static final int BATCH = 32;
    private static final int CID = 3;
    private static final int HOST_PORT = 5000;
    private static final int GUEST_PORT = 6000;
    /** struct virtio_vsock_hdr (virtio 1.3 §5.10.6). */
    private static final int HEADER = 44;
    private static final int LENGTH = 24;
    private static final int OPERATION = 30;
    private static final int ALLOCATED = 36;
    private static final int FORWARDED = 40;
    private static final int REQUEST = 1;
    private static final int DATA = 5;
    private static final int WINDOW = 1 << 20;

    /** Bytes of a packet. */
    @Param({ "64", "4096" })
    public int size;

    private final Counting end = new Counting();
    private VsockDevice device;
    private MockDriver driver;
    private MockQueue rx;
    private MockQueue tx;
    private long packet;
    private long buffers;
    private int forwarded;
    private ByteBuffer data;

    /** For JMH. */
    public VsockBench() {}

    /** A stream from the guest to the host. */
    @Setup
    public void start() {
        ManualLoop loop = new ManualLoop();
        device = new VsockDevice(CID, loop);
        device.listen(HOST_PORT, connection -> {
            end.connection = connection;
            return end;
        });
        driver = new MockDriver(device, TestMemory.ofSize(MockDriver.MEMORY), loop, 32768);
        driver.start();
        rx = driver.queue(0);
        tx = driver.queue(1);
        packet = driver.allocate(HEADER + size);
        buffers = driver.allocate((long) rx.size() * (HEADER + 4096));
        for (int i = 0; i < rx.size(); i++) {
            rx.writable(buffers + (long) i * (HEADER + 4096), HEADER + 4096).offer();
        }
        driver.kick(0);
        driver.memory().write64(packet, CID);
        driver.memory().write64(packet + 8, VsockDevice.HOST_CID);
        driver.memory().write32(packet + 16, GUEST_PORT);
        driver.memory().write32(packet + 20, HOST_PORT);
        driver.memory().write16(packet + 28, 1);
        driver.memory().write32(packet + ALLOCATED, WINDOW);
        send(REQUEST, 0);
        data = ByteBuffer.allocate(size);
        if (end.connection == null || refill() == 0) {
            throw new IllegalStateException("The stream does not open");
        }
    }

    private void send(int operation, int length) {
        driver.memory().write16(packet + OPERATION, operation);
        driver.memory().write32(packet + LENGTH, length);
        driver.memory().write32(packet + FORWARDED, forwarded);
        tx.readable(packet, HEADER + length).offer();
        device.handleQueue(1);
        driver.loop().runAll();
        while (tx.poll()) {
            end.bytes++;
        }
    }

    /** Takes what has come and offers the buffers again. Returns their number. */
    private int refill() {
        int count = 0;
        while (rx.poll()) {
            int length = rx.usedLength();
            forwarded += length - HEADER;
            count++;
        }
        for (int i = 0; i < count; i++) {
            rx.writable(buffers + (long) i * (HEADER + 4096), HEADER + 4096).offer();
        }
        device.handleQueue(0);
        return count;
    }

    /** From the guest to the host. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long toHost() {
        driver.memory().write16(packet + OPERATION, DATA);
        driver.memory().write32(packet + LENGTH, size);
        driver.memory().write32(packet + FORWARDED, forwarded);
        for (int i = 0; i < BATCH; i++) {
            tx.readable(packet, HEADER + size).offer();
        }
        device.handleQueue(1);
        driver.loop().runAll();
        while (tx.poll()) {
            end.bytes++;
        }
        refill();
        return end.bytes;
    }

    /** From the host to the guest. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long toGuest() {
        for (int i = 0; i < BATCH; i++) {
            data.clear();
            if (end.connection.write(data) != size) {
                throw new IllegalStateException("The guest has no room");
            }
        }
        driver.loop().runAll();
        refill();
        // What has been taken is told, or the window would close.
        send(6, 0);
        return forwarded;
    }

    /** Takes everything and keeps nothing. */
    private static final class Counting implements VsockHandler {
        private VsockConnection connection;
        private long bytes;

        @Override
        public void connected(VsockConnection made) {
            connection = made;
        }

        @Override
        public void received(ByteBuffer received) {
            int length = received.remaining();
            bytes += length;
            connection.consumed(length);
        }

        @Override
        public void writable() {
            // It is asked again.
        }

        @Override
        public void peerShutdown() {
            // It never comes.
        }

        @Override
        public void closed(VsockCloseReason reason) {
            throw new IllegalStateException("Stream was closed: " + reason);
        }
    }
}
