package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jvmm.virtio.fs.FuseClient.args;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.jvmm.core.host.Errno;
import org.jvmm.virtio.fs.FuseClient.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Record locks and flock(2): among owners of the guest, and against the host. */
class RecordLocksTest {
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int NONE = 2;
    private static final long WHOLE = Long.MAX_VALUE;
    private static final long MINUTE = 60;

    @TempDir
    Path directory;
    private FuseClient client;
    private long node;
    private long fh;

    /** The descriptors for known files. */
    DescriptorBudget budget() {
        return DescriptorBudget.PROCESS;
    }

    @BeforeEach
    void open() {
        client = new FuseClient(FsOptions.of(directory), budget());
        Reply made = client.create(ROOT_ID, "f", 2, 0644);
        node = made.nodeId();
        fh = made.createdFh();
    }

    @AfterEach
    void close() {
        client.close();
    }

    private int set(long owner, long start, long end, int type) {
        return client.lock(FuseOpcode.SETLK, node, fh, owner, start, end, type, 0).error;
    }

    @Test
    void ownersExcludeEachOtherByRanges() {
        assertThat(set(1, 0, 9, WRITE)).isZero();
        assertThat(set(2, 10, 19, WRITE)).isZero();
        assertThat(set(2, 5, 5, READ)).isEqualTo(Errno.EAGAIN);
        assertThat(set(1, 0, 9, READ)).isZero();
        assertThat(set(2, 5, 5, READ)).isZero();
        assertThat(set(3, 0, WHOLE, WRITE)).isEqualTo(Errno.EAGAIN);
        Reply found = client.lock(FuseOpcode.GETLK, node, fh, 3, 12, WHOLE, WRITE, 0);
        assertThat(found.payload.getLong(0)).isEqualTo(10);
        assertThat(found.payload.getLong(8)).isEqualTo(19);
        assertThat(found.payload.getInt(16)).isEqualTo(WRITE);
        assertThat(client.lock(FuseOpcode.GETLK, node, fh, 3, 100, WHOLE, WRITE, 0).payload.getInt(16)).isEqualTo(NONE);
        assertThat(set(1, 0, WHOLE, NONE)).isZero();
        assertThat(set(2, 0, WHOLE, NONE)).isZero();
        assertThat(set(3, 0, WHOLE, WRITE)).isZero();
    }

    @Test
    void theHostSeesThemAndTheGuestSeesTheHosts() throws IOException {
        try (FileChannel host = FileChannel.open(directory.resolve("f"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            set(1, 0, 99, WRITE);
            assertThat(host.tryLock(50, 10, false)).isNull();
            try (FileLock lock = host.tryLock(200, 10, false)) {
                assertThat(lock).isNotNull();
                assertThat(set(1, 205, 205, WRITE)).isEqualTo(Errno.EAGAIN);
            }
            assertThat(set(1, 205, 205, WRITE)).isZero();
        }
    }

    @Test
    void aCloseEndsItsOwnersLocks() {
        set(7, 0, WHOLE, WRITE);
        assertThat(client.call(FuseOpcode.FLUSH, node, args().u64(fh, 0, 8)).error).isZero();
        assertThat(set(9, 0, 0, READ)).isEqualTo(Errno.EAGAIN);
        assertThat(client.call(FuseOpcode.FLUSH, node, args().u64(fh, 0, 7)).error).isZero();
        assertThat(set(9, 0, 0, READ)).isZero();
    }

    @Test
    void aWaitingRequestIsAnsweredWhenTheLockIsFree() throws InterruptedException {
        set(1, 0, 9, WRITE);
        assertThat(client.lock(FuseOpcode.SETLKW, node, fh, 2, 0, 9, WRITE, 0)).isNull();
        long unique = client.lastUnique();
        assertThat(client.late).isEmpty();
        assertThat(set(1, 0, 9, NONE)).isZero();
        Reply late = client.late.poll(MINUTE, TimeUnit.SECONDS);
        assertThat(late.unique).isEqualTo(unique);
        assertThat(late.error).isZero();
        assertThat(set(1, 0, 9, READ)).isEqualTo(Errno.EAGAIN);
    }

    @Test
    void aWaitingRequestCanBeInterrupted() throws InterruptedException {
        set(1, 0, 9, WRITE);
        client.lock(FuseOpcode.SETLKW, node, fh, 2, 0, 9, WRITE, 0);
        long unique = client.lastUnique();
        client.call(FuseOpcode.INTERRUPT, 0, args().u64(unique + 1000));
        assertThat(client.late).isEmpty();
        assertThat(client.call(FuseOpcode.INTERRUPT, 0, args().u64(unique)).length).isZero();
        Reply late = client.late.poll(MINUTE, TimeUnit.SECONDS);
        assertThat(late.unique).isEqualTo(unique);
        assertThat(late.error).isEqualTo(Errno.EINTR);
        set(1, 0, 9, NONE);
        assertThat(set(3, 0, 9, WRITE)).isZero();
    }

    @Test
    void aResetDropsWaitingRequests() {
        set(1, 0, 9, WRITE);
        client.lock(FuseOpcode.SETLKW, node, fh, 2, 0, 9, WRITE, 0);
        client.server.reset();
        assertThat(client.late).isEmpty();
        assertThat(client.server.openFiles()).isZero();
        assertThat(client.init(7, 39, FuseClient.ALL_FLAGS).error).isZero();
        assertThat(client.late).isEmpty();
    }

    @Test
    void flockIsOfTheOpenFile() throws InterruptedException {
        long other = client.open(node, 2).fh();
        assertThat(flock(FuseOpcode.SETLK, fh, WRITE).error).isZero();
        assertThat(flock(FuseOpcode.SETLK, other, READ).error).isEqualTo(Errno.EAGAIN);
        assertThat(flock(FuseOpcode.SETLKW, other, READ)).isNull();
        assertThat(client.call(FuseOpcode.RELEASE, node, args().u64(fh).u32(0, 2).u64(0)).error).isZero();
        assertThat(client.late.poll(MINUTE, TimeUnit.SECONDS).error).isZero();
    }

    private Reply flock(int opcode, long handle, int type) {
        return client.lock(opcode, node, handle, 1, 0, WHOLE, type, FuseFlags.LK_FLOCK);
    }

    @Test
    void nonsenseIsRefused() {
        assertThat(set(1, 10, 9, WRITE)).isEqualTo(Errno.EINVAL);
        assertThat(set(1, -1, 9, WRITE)).isEqualTo(Errno.EINVAL);
        assertThat(set(1, 0, 9, 3)).isEqualTo(Errno.EINVAL);
        assertThat(client.lock(FuseOpcode.SETLK, node, 12345, 1, 0, 9, WRITE, 0).error).isEqualTo(Errno.EBADF);
        assertThat(client.lock(FuseOpcode.GETLK, node, fh, 1, 0, 9, NONE, 0).error).isEqualTo(Errno.EINVAL);
    }

    @Test
    void ownersAreLimited() {
        for (int owner = 0; owner < RecordLocks.MAX_OWNERS; owner++) {
            assertThat(set(1000 + owner, owner, owner, READ)).isZero();
        }
        assertThat(set(1, 0, 0, READ)).isEqualTo(Errno.ENOLCK);
        client.call(FuseOpcode.FLUSH, node, args().u64(fh, 0, 1000));
        assertThat(set(1, 0, 0, READ)).isZero();
    }
}
