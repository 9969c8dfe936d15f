package org.jvmm.virtio.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jvmm.virtio.fs.FsDriver.HIPRIO;
import static org.jvmm.virtio.fs.FsDriver.REQUESTS;
import static org.jvmm.virtio.fs.FuseClient.args;
import static org.jvmm.virtio.fs.FuseMessage.ROOT_ID;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.jvmm.core.host.Errno;
import org.jvmm.kvm.sys.FfmSyscalls;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.fs.FuseClient.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The device through its registers and rings. */
class FsDeviceTest {
    @TempDir
    Path directory;
    private FsDriver guest;

    @BeforeEach
    void open() {
        guest = new FsDriver(directory, 2);
    }

    @AfterEach
    void close() {
        guest.close();
        assertThat(guest.failure.get()).isNull();
    }

    @Test
    void configurationTellsTagAndQueues() {
        assertThat(guest.device.id()).isEqualTo(VirtioDeviceId.FS).isEqualTo(26);
        assertThat(guest.device.queueCount()).isEqualTo(3);
        assertThat(guest.driver.config(0, 8)).isEqualTo(0x0000_0000_7473_6574L);
        assertThat(guest.driver.config(36, 4)).isEqualTo(2);
        assertThatThrownBy(() -> FsConfig.space("x".repeat(37), 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FsConfig.space("", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FsConfig.space("x", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(FsConfig.space("x".repeat(36), 1).get(35, 1)).isEqualTo('x');
    }

    @Test
    void dataGoStraightBetweenGuestMemoryAndFile() throws IOException {
        Reply made = guest.call(REQUESTS, FuseOpcode.CREATE, ROOT_ID, args().u32(2, 0644, 0, 0).name("f"));
        byte[] data = new byte[50_000];
        new Random(1).nextBytes(data);
        Reply written = guest.call(REQUESTS + 1, FuseOpcode.WRITE, made.nodeId(),
                args().u64(made.createdFh(), 0).u32(data.length, 0).u64(0).u32(0, 0).raw(data));
        assertThat(written.payload.getInt(0)).isEqualTo(data.length);
        assertThat(directory.resolve("f")).hasBinaryContent(data);
        byte[] read = guest.request(FuseOpcode.READ, made.nodeId(),
                args().u64(made.createdFh(), 1000).u32(60_000, 0).u64(0).u32(0, 0));
        Reply answer = guest.call(REQUESTS, read, 16 + 60_000);
        assertThat(answer.data()).isEqualTo(java.util.Arrays.copyOfRange(data, 1000, 50_000));
        assertThat(guest.device.metrics().readBytes.get()).isEqualTo(49_000);
        assertThat(guest.device.metrics().writeBytes.get()).isEqualTo(50_000);
        assertThat(guest.driver.irq().take()).isPositive();
    }

    @Test
    void whatTheHostHasAtHandNeedsNoWorker() throws IOException {
        byte[] data = new byte[10_000];
        new Random(2).nextBytes(data);
        Files.write(directory.resolve("f"), data);
        Reply file = guest.call(REQUESTS, FuseOpcode.LOOKUP, ROOT_ID, args().name("f"));
        Reply open = guest.call(REQUESTS, FuseOpcode.OPEN, file.nodeId(), args().u32(2, 0));
        byte[] past = guest.request(FuseOpcode.READ, file.nodeId(), args().u64(open.fh(), 9000).u32(4096, 0).u64(0).u32(0, 0));
        long before = 0;
        boolean served = false;
        // The worker may still be busy with the last answer; then it is at rest.
        for (int i = 0; i < 100_000 && !served; i++) {
            before = guest.device.metrics().atOnce.get();
            assertThat(guest.call(REQUESTS, past, 16 + 4096).data()).as("a file's end is no wait")
                    .isEqualTo(java.util.Arrays.copyOfRange(data, 9000, 10_000));
            assertThat(guest.call(REQUESTS, FuseOpcode.LOOKUP, ROOT_ID, args().name("f")).nodeId()).isEqualTo(file.nodeId());
            served = guest.device.metrics().atOnce.get() == before + 2;
        }
        assertThat(served).isTrue();
        long requests = guest.device.metrics().requests.get();
        Reply made = guest.call(REQUESTS, FuseOpcode.CREATE, ROOT_ID, args().u32(2, 0644, 0, 0).name("g"));
        assertThat(made.error).isZero();
        assertThat(guest.device.metrics().atOnce.get()).as("files are made by the worker, whose thread can take the caller's place")
                .isEqualTo(before + 2);
        assertThat(guest.device.metrics().requests.get()).as("each counts once").isEqualTo(requests + 1);
        assertThat(guest.call(REQUESTS, FuseOpcode.LOOKUP, ROOT_ID, args().name("absent")).error).isEqualTo(Errno.ENOENT);
        assertThat(guest.device.metrics().requests.get()).as("also what was tried at once and left").isEqualTo(requests + 2);
    }

    /** sysfs cannot tell whether a read would wait (preadv2(2), EOPNOTSUPP), which is no error of the guest's. */
    @Test
    void aFileSystemThatCannotReadWithoutWaitingIsReadByTheWorker() throws IOException {
        Path sys = Path.of("/sys/kernel");
        Assumptions.assumeTrue(Files.isReadable(sys.resolve("notes")), "there is no /sys/kernel/notes here");
        try (FsDriver other = new FsDriver(sys, 1)) {
            long node = other.call(REQUESTS, FuseOpcode.LOOKUP, ROOT_ID, args().name("notes")).nodeId();
            Reply open = other.call(REQUESTS, FuseOpcode.OPEN, node, args().u32(0, 0));
            assertThat(open.error).isZero();
            byte[] read = other.request(FuseOpcode.READ, node, args().u64(open.fh(), 0).u32(4096, 0).u64(0).u32(0, 0));
            byte[] notes = Files.readAllBytes(sys.resolve("notes"));
            for (int i = 0; i < 20; i++) {
                Reply answer = other.call(REQUESTS, read, 16 + 4096);
                assertThat(answer.error).isZero();
                assertThat(answer.data()).isEqualTo(notes);
            }
            assertThat(other.failure.get()).isNull();
        }
    }

    @Test
    void forgetHasNoAnswerButGivesItsBufferBack() throws IOException {
        Files.writeString(directory.resolve("f"), "");
        long node = guest.call(REQUESTS, FuseOpcode.LOOKUP, ROOT_ID, args().name("f")).nodeId();
        assertThat(guest.device.server().inodes()).isEqualTo(2);
        guest.offer(HIPRIO, guest.request(FuseOpcode.FORGET, node, args().u64(1)), 0);
        guest.await(HIPRIO);
        assertThat(guest.driver.queue(HIPRIO).usedLength()).isZero();
        assertThat(guest.device.server().inodes()).isEqualTo(1);
    }

    private byte[] lock(Reply file, int opcode, long owner, int type) {
        return guest.request(opcode, file.nodeId(), args().u64(file.createdFh(), owner, 0, 9).u32(type, 0, 0, 0));
    }

    @Test
    void aRequestThatWaitsForALockHoldsNobodyUp() {
        Reply file = guest.call(REQUESTS, FuseOpcode.CREATE, ROOT_ID, args().u32(2, 0644, 0, 0).name("f"));
        assertThat(guest.call(REQUESTS, lock(file, FuseOpcode.SETLK, 1, 1), 16).error).isZero();
        long waiting = guest.offer(REQUESTS, lock(file, FuseOpcode.SETLKW, 2, 1), 16);
        assertThat(guest.call(REQUESTS, FuseOpcode.GETATTR, ROOT_ID, args().u32(0, 0).u64(0)).error).isZero();
        assertThat(guest.call(REQUESTS, FuseOpcode.GETATTR, ROOT_ID, args().u32(0, 0).u64(0)).error).isZero();
        assertThat(guest.driver.memory().read32(waiting)).isZero();
        // The two answers, to the unlocking and to the waiting one, come in either order.
        guest.offer(REQUESTS, lock(file, FuseOpcode.SETLK, 1, 2), 16);
        guest.await(REQUESTS);
        guest.await(REQUESTS);
        Reply late = new Reply(guest.driver.bytes(waiting, 16));
        assertThat(late.error).isZero();
    }

    @Test
    void aResetForgetsWaitingRequestsAndTheDeviceWorksAgain() throws IOException {
        Files.writeString(directory.resolve("g"), "");
        for (int round = 0; round < 3; round++) {
            Reply file = guest.call(REQUESTS, FuseOpcode.CREATE, ROOT_ID, args().u32(2, 0644, 0, 0).name("f"));
            guest.call(REQUESTS, lock(file, FuseOpcode.SETLK, 1, 1), 16);
            long waiting = guest.offer(REQUESTS, lock(file, FuseOpcode.SETLKW, 2, 1), 16);
            guest.call(REQUESTS, FuseOpcode.LOOKUP, ROOT_ID, args().name("g"));
            guest.driver.reset();
            assertThat(guest.device.server().inodes()).isZero();
            assertThat(guest.device.server().openFiles()).isZero();
            assertThat(guest.driver.memory().read32(waiting)).isZero();
            guest.begin();
        }
    }

    @Test
    void aPauseLeavesNothingInFlight() {
        Reply file = guest.call(REQUESTS, FuseOpcode.CREATE, ROOT_ID, args().u32(2, 0644, 0, 0).name("f"));
        guest.call(REQUESTS, lock(file, FuseOpcode.SETLK, 1, 1), 16);
        long waiting = guest.offer(REQUESTS, lock(file, FuseOpcode.SETLKW, 2, 1), 16);
        guest.call(REQUESTS, FuseOpcode.GETATTR, ROOT_ID, args().u32(0, 0).u64(0));
        guest.device.pause();
        guest.await(REQUESTS);
        assertThat(new Reply(guest.driver.bytes(waiting, 16)).error).isEqualTo(Errno.EINTR);
        long held = guest.offer(REQUESTS, guest.request(FuseOpcode.GETATTR, ROOT_ID, args().u32(0, 0).u64(0)), 200);
        assertThat(guest.driver.queue(REQUESTS).poll()).isFalse();
        guest.device.resume();
        guest.await(REQUESTS);
        assertThat(guest.driver.memory().read32(held)).isEqualTo(16 + FuseMessage.AttrOut.SIZE);
    }

    @Test
    void requestsWithoutAHeaderOrRoomAreGivenBackEmpty() {
        long at = guest.driver.allocate(64);
        guest.driver.queue(REQUESTS).readable(at, 20).offer();
        guest.driver.kick(REQUESTS);
        guest.await(REQUESTS);
        assertThat(guest.driver.queue(REQUESTS).usedLength()).isZero();
        guest.offer(REQUESTS, guest.request(FuseOpcode.STATFS, ROOT_ID, args().u64(0)), 12);
        guest.await(REQUESTS);
        assertThat(guest.driver.queue(REQUESTS).usedLength()).isZero();
        assertThat(guest.device.metrics().malformed.get()).isEqualTo(2);
        assertThat(guest.call(REQUESTS, guest.request(FuseOpcode.STATFS, ROOT_ID, args().u64(0)), 20).error).isEqualTo(Errno.EINVAL);
    }

    @Test
    void aVolumeThatCannotBeOpenedIsATypedError() {
        assertThatThrownBy(() -> new FsDevice("t", FsOptions.of(directory.resolve("none")), 1, FfmSyscalls::new, e -> {
        })).hasMessageContaining("ENOENT");
    }

    @Test
    void aRestoredSessionGoesOnFromTheRootWithNewNumbers() throws Exception {
        Files.writeString(directory.resolve("f"), "text");
        long old = guest.call(REQUESTS, FuseOpcode.LOOKUP, ROOT_ID, args().name("f")).nodeId();
        guest.device.pause();
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        guest.device.save().writeTo(new java.io.DataOutputStream(bytes));
        guest.device.resume();
        try (FsDevice copy = new FsDevice("test", FsOptions.of(directory), 2, FfmSyscalls::new, e -> {
        })) {
            copy.restore(copy.readState(1, new java.io.DataInputStream(new java.io.ByteArrayInputStream(bytes.toByteArray()))));
            FsWorker worker = copy.server().newWorker();
            assertThat(handle(copy, worker, FuseOpcode.GETATTR, old, args().u32(0, 0).u64(0)).error).isEqualTo(Errno.ESTALE);
            Reply found = handle(copy, worker, FuseOpcode.LOOKUP, ROOT_ID, args().name("f"));
            assertThat(found.error).isZero();
            assertThat(found.nodeId()).isNotEqualTo(old);
        }
        assertThatThrownBy(() -> guest.device.readState(2, null)).isInstanceOf(IOException.class);
    }

    private Reply handle(FsDevice device, FsWorker worker, int opcode, long node, FuseClient.Args arguments) {
        MemoryBuffers buffers = new MemoryBuffers(guest.request(opcode, node, arguments), 4096, 4096);
        return new Reply(buffers.answer(device.server().handle(worker, buffers)));
    }
}
