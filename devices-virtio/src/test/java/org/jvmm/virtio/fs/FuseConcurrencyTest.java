package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.fs.FuseClient.args;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jvmm.core.host.Errno;
import org.jvmm.kvm.sys.FfmSyscalls;
import org.jvmm.virtio.fs.FuseClient.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several queues of a guest that makes, forgets, opens and closes the same files at the same time: each answer is a possible one, and nothing is left. */
class FuseConcurrencyTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 4000;

    @TempDir
    Path directory;

    @Test
    void queuesDoNotDisturbEachOther() throws Exception {
        work(DescriptorBudget.PROCESS, 0);
    }

    @Test
    void norDoTheyWhenFilesFallAsleepAllTheTime() throws Exception {
        Sleepers.assumeHandles(directory);
        // A file that another queue has unlinked cannot be woken.
        work(new DescriptorBudget(2 + 2 * THREADS, 2), Errno.ESTALE);
    }

    private void work(DescriptorBudget budget, int gone) throws Exception {
        long before = descriptors();
        FuseServer server = new FuseServer(FsOptions.of(directory), FfmSyscalls::new, (buffers, written) -> {
        }, null, budget);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Queue first = new Queue(server, 0, gone);
        assertThat(first.call(FuseOpcode.INIT, 0, args().u32(7, 39, 1 << 17, -1, -1).raw(new byte[44])).error).isZero();
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            threads[i] = new Thread(() -> {
                try {
                    new Queue(server, number, gone).work();
                } catch (Throwable t) {
                    failure.compareAndSet(null, t);
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failure.get()).isNull();
        assertThat(server.openFiles()).isZero();
        assertThat(server.inodes()).isEqualTo(1);
        server.close();
        assertThat(descriptors()).isEqualTo(before);
    }

    private static long descriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    private static final class Queue {
        private final FuseServer server;
        private final FsWorker worker;
        private final Random random;

        private final int gone;

        private Queue(FuseServer server, int number, int gone) {
            this.server = server;
            this.gone = gone;
            this.worker = server.newWorker();
            this.random = new Random(number);
        }

        private Reply call(int opcode, long node, FuseClient.Args arguments) {
            byte[] body = arguments.done();
            MemoryBuffers buffers = new MemoryBuffers(
                    args().u32(40 + body.length, opcode).u64(1, node).u32(0, 0, 1, 0).raw(body).done(), 4096, 4096);
            return new Reply(buffers.answer(server.handle(worker, buffers)));
        }

        private void work() {
            for (int i = 0; i < ROUNDS; i++) {
                String name = "n" + random.nextInt(3);
                switch (random.nextInt(5)) {
                    case 0 -> create(name);
                    case 1 -> look(name);
                    case 2 -> oneOf(call(FuseOpcode.UNLINK, ROOT_ID, args().name(name)).error, 0, Errno.ENOENT);
                    case 3 -> oneOf(call(FuseOpcode.RENAME, ROOT_ID, args().u64(ROOT_ID).name(name, "n" + random.nextInt(3))).error, 0,
                            Errno.ENOENT);
                    // A number that another queue may just be forgetting: answered or ESTALE, never another file's descriptor.
                    default -> call(FuseOpcode.GETATTR, random.nextInt(8), args().u32(0, 0).u64(0));
                }
            }
        }

        private void create(String name) {
            Reply made = call(FuseOpcode.CREATE, ROOT_ID, args().u32(2, 0644, 0, 0).name(name));
            // ENOENT: unlinked between the attempt to make it and the look-up of what was there.
            oneOf(made.error, 0, Errno.ENOENT, gone);
            if (made.error == 0) {
                long node = made.nodeId();
                long fh = made.createdFh();
                oneOf(call(FuseOpcode.WRITE, node, args().u64(fh, 0).u32(4, 0).u64(0).u32(0, 0).u32(1)).error, 0);
                oneOf(call(FuseOpcode.SETLK, node, args().u64(fh, random.nextInt(3), 0, 9).u32(1, 0, 0, 0)).error, 0, Errno.EAGAIN);
                oneOf(call(FuseOpcode.READ, node, args().u64(fh, 0).u32(4, 0).u64(0).u32(0, 0)).error, 0);
                oneOf(call(FuseOpcode.RELEASE, node, args().u64(fh).u32(0, 0).u64(0)).error, 0);
                call(FuseOpcode.FORGET, node, args().u64(1));
            }
        }

        private void look(String name) {
            Reply entry = call(FuseOpcode.LOOKUP, ROOT_ID, args().name(name));
            oneOf(entry.error, 0, Errno.ENOENT);
            if (entry.error == 0) {
                oneOf(call(FuseOpcode.GETATTR, entry.nodeId(), args().u32(0, 0).u64(0)).error, 0, gone);
                call(FuseOpcode.FORGET, entry.nodeId(), args().u64(1));
            }
        }

        private static void oneOf(int error, int... allowed) {
            for (int one : allowed) {
                if (error == one) {
                    return;
                }
            }
            throw new AssertionError("errno " + error);
        }
    }
}
