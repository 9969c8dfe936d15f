package org.jvmm.virtio.fs;

import static org.jvmm.virtio.fs.FuseClient.args;

import java.nio.file.Path;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.sys.FfmSyscalls;
import org.jvmm.virtio.fs.FuseClient.Reply;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.MockQueue;

/** The virtio-fs driver of a guest: requests in chains as linux/fs/fuse/virtio_fs.c makes them. */
final class FsDriver implements AutoCloseable {
    static final int HIPRIO = 0;
    static final int REQUESTS = 1;
    private static final long MINUTE = 60_000_000_000L;
    private static final int ROOM = 8192;

    final FsDevice device;
    final MockDriver driver;
    final java.util.concurrent.atomic.AtomicReference<Throwable> failure = new java.util.concurrent.atomic.AtomicReference<>();
    private long unique = 1000;

    FsDriver(Path directory, int requestQueues) {
        this(directory, requestQueues, null);
    }

    FsDriver(Path directory, int requestQueues, DaxWindow window) {
        device = new FsDevice("test", FsOptions.of(directory), requestQueues, FfmSyscalls::new, failure::set, window);
        driver = new MockDriver(device, TestMemory.ofSize(32 << 20), new ManualLoop(), 64);
        begin();
    }

    /** Sets the device up and begins a session. */
    void begin() {
        driver.start();
        Reply reply = call(REQUESTS, FuseOpcode.INIT, 0,
                args().u32(7, 39, 1 << 17, FuseClient.ALL_FLAGS, FuseClient.ALL_FLAGS >>> 32).raw(new byte[44]));
        if (reply.error != 0) {
            throw new IllegalStateException("INIT: " + reply.error);
        }
    }

    /** A request in guest memory. */
    byte[] request(int opcode, long node, FuseClient.Args arguments) {
        byte[] body = arguments.done();
        return args().u32(40 + body.length, opcode).u64(++unique, node).u32(0, 0, 1, 0).raw(body).done();
    }

    /** Offers a request: header, arguments and the room for the answer in descriptors of their own. Returns the answer's address. */
    long offer(int queue, byte[] request, int room) {
        long at = driver.place(request);
        long answer = driver.allocate(Math.max(room, 1));
        MockQueue ring = driver.queue(queue).readable(at, 40).readable(at + 40, request.length - 40);
        if (room > 0) {
            ring.writable(answer, Math.min(room, 16));
            // Pages of a read lie where they lie.
            for (int done = 16; done < room; done += 4096) {
                ring.writable(answer + done, Math.min(4096, room - done));
            }
        }
        ring.offer();
        driver.kick(queue);
        return answer;
    }

    /** Waits for the next used element; the device's threads work meanwhile. */
    void await(int queue) {
        long deadline = System.nanoTime() + MINUTE;
        while (!driver.queue(queue).poll()) {
            if (failure.get() != null) {
                throw new AssertionError(failure.get());
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("No answer in queue " + queue);
            }
            Thread.onSpinWait();
        }
    }

    Reply call(int queue, int opcode, long node, FuseClient.Args arguments) {
        return call(queue, request(opcode, node, arguments), ROOM);
    }

    Reply call(int queue, byte[] request, int room) {
        long answer = offer(queue, request, room);
        await(queue);
        return new Reply(driver.bytes(answer, driver.queue(queue).usedLength()));
    }

    @Override
    public void close() {
        driver.reset();
        device.close();
    }
}
