package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.fs.FuseClient.args;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.kvm.sys.FfmSyscalls;
import org.jvmm.virtio.queue.IoVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The frequent requests leave no garbage once compiled. */
class FuseAllocationTest {
    private static final int ROUNDS = 60_000;
    /** Compiled code allocates nothing; a compilation finishing late may leave a little. */
    private static final long ALLOWED = ROUNDS;

    @TempDir
    Path directory;

    /** One request over and over in the same memory. */
    private static final class SameBuffers implements FuseBuffers {
        private final MemorySegment request;
        private final MemorySegment answer = Arena.ofAuto().allocate(16 + 8192);
        private long done;

        private SameBuffers(byte[] bytes) {
            request = Arena.ofAuto().allocate(bytes.length);
            MemorySegment.copy(bytes, 0, request, ValueLayout.JAVA_BYTE, 0, bytes.length);
        }

        @Override
        public long readable() {
            return request.byteSize();
        }

        @Override
        public long writable() {
            return answer.byteSize();
        }

        @Override
        public void read(MemorySegment target, int length) {
            MemorySegment.copy(request, done, target, 0, length);
            done += length;
        }

        @Override
        public void write(MemorySegment source, int length) {
            MemorySegment.copy(source, 0, answer, 0, length);
        }

        @Override
        public void fillReadable(IoVector vector, long from, long length) {
            vector.add(request.address() + from, length);
        }

        @Override
        public void fillWritable(IoVector vector, long from, long length) {
            vector.add(answer.address() + from, length);
        }

        @Override
        public void written(long from, long length) {
            done = 0;
        }
    }

    @Test
    void frequentRequestsAllocateNothing() throws Exception {
        Files.write(directory.resolve("f"), new byte[8192]);
        FuseServer server = new FuseServer(FsOptions.of(directory), FfmSyscalls::new, (buffers, written) -> {
        });
        try {
            FsWorker worker = server.newWorker();
            once(server, worker, request(FuseOpcode.INIT, 0, args().u32(7, 39, 1 << 17, -1, 0).raw(new byte[44])));
            SameBuffers lookup = request(FuseOpcode.LOOKUP, 1, args().name("f"));
            once(server, worker, lookup);
            long node = FuseMessage.get64(lookup.answer, 16);
            SameBuffers open = request(FuseOpcode.OPEN, node, args().u32(2, 0));
            once(server, worker, open);
            long fh = FuseMessage.get64(open.answer, 16);
            SameBuffers[] frequent = { lookup, request(FuseOpcode.GETATTR, node, args().u32(0, 0).u64(0)),
                request(FuseOpcode.READ, node, args().u64(fh, 0).u32(4096, 0).u64(0).u32(0, 0)),
                request(FuseOpcode.WRITE, node, args().u64(fh, 0).u32(4096, 0).u64(0).u32(0, 0).raw(new byte[4096])) };
            for (SameBuffers buffers : frequent) {
                repeat(server, worker, buffers);
                ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                long before = threads.getCurrentThreadAllocatedBytes();
                repeat(server, worker, buffers);
                assertThat(threads.getCurrentThreadAllocatedBytes() - before).as("opcode %d", FuseMessage.get32(buffers.request, 4))
                        .isLessThan(ALLOWED);
            }
        } finally {
            server.close();
        }
    }

    private static void repeat(FuseServer server, FsWorker worker, SameBuffers buffers) {
        for (int i = 0; i < ROUNDS; i++) {
            once(server, worker, buffers);
        }
    }

    private static void once(FuseServer server, FsWorker worker, SameBuffers buffers) {
        buffers.done = 0;
        if (server.handle(worker, buffers) < 16 || FuseMessage.get32(buffers.answer, 4) != 0) {
            throw new AssertionError("Request failed");
        }
    }

    private static SameBuffers request(int opcode, long node, FuseClient.Args arguments) {
        byte[] body = arguments.done();
        return new SameBuffers(args().u32(40 + body.length, opcode).u64(7, node).u32(0, 0, 1, 0).raw(body).done());
    }
}
