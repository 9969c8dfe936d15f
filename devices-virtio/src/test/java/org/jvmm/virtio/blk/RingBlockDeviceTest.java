package org.jvmm.virtio.blk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.MockQueue;

/** The same disk by io_uring, where the other test has workers. */
class RingBlockDeviceTest extends BlockDeviceTest {
    @BeforeAll
    static void hostHasIt() {
        Assumptions.assumeTrue(IoUring.isAvailable(NativeBinding.newSyscalls()), "This host has no io_uring, or forbids it");
    }

    @Override
    BlockDevice device(BlockBackend backend, CacheMode cache, int workers) {
        return workers == 0
                ? super.device(backend, cache, 0)
                : BlockDevice.of(backend, cache, SERIAL, 1, AsyncIo.IO_URING, NativeBinding::newSyscalls, BlockDeviceTest::failed);
    }

    @Test
    void requestsThatComeWhileOthersAreInFlightAreSeen() throws IOException {
        byte[] bytes = new byte[8 << 20];
        new Random(5).nextBytes(bytes);
        Files.write(folder.resolve("large.img"), bytes);
        BlockDevice large = device(RawFile.open(NativeBinding.newSyscalls(), folder.resolve("large.img"), false, CacheMode.WRITEBACK),
                CacheMode.WRITEBACK, 1);
        MockDriver driver = new MockDriver(large);
        driver.start();
        MockQueue queue = driver.queue(0);
        int slots = 8;
        int size = 64 << 10;
        long base = driver.allocate(slots * (size + 32));
        Random random = new Random(6);
        int sent = 0;
        // A new request for each answer, at any moment: writes with flushes between them, so that the kernel has something to wait for.
        for (int done = 0; done < 3000;) {
            while (sent < 3000 && sent - done < slots) {
                long at = base + (sent % slots) * (size + 32L);
                int type = random.nextInt(10) == 0 ? BlockRequest.T_FLUSH : BlockRequest.T_OUT;
                driver.memory().write32(at, type);
                driver.memory().write64(at + 8, random.nextInt((bytes.length - size) / 512));
                driver.memory().write8(at + 16, 9);
                queue.readable(at, 16);
                if (type == BlockRequest.T_OUT) {
                    queue.readable(at + 32, 512 * (1 + random.nextInt(size / 512)));
                }
                queue.writable(at + 16, 1).offer();
                driver.kick(0);
                sent++;
            }
            if (queue.poll()) {
                assertThat(queue.usedLength()).isEqualTo(1);
                done++;
            }
        }
        assertThat(large.metrics().hostFailures.get()).isZero();
        assertThat(large.metrics().guestFaults.get()).isZero();
        assertThat(large.metrics().flushes.get() + large.metrics().writes.get()).isEqualTo(3000);
        driver.reset();
        large.close();
    }

    @Test
    void itIsForRawFilesAlone() throws IOException {
        LinuxSyscalls syscalls = NativeBinding.newSyscalls();
        Files.write(folder.resolve("base.img"), new byte[8192]);
        BlockBackend base = RawFile.open(syscalls, folder.resolve("base.img"), true, CacheMode.UNSAFE);
        BlockBackend overlay = OverlayFile.temporary(syscalls, base, folder);
        assertThatThrownBy(() -> device(overlay, CacheMode.UNSAFE, 1)).isInstanceOf(BlockException.class)
                .hasMessageContaining("raw images");
        BlockDevice pool = BlockDevice.of(overlay, CacheMode.UNSAFE, "s", 1, AsyncIo.AUTO, NativeBinding::newSyscalls,
                BlockDeviceTest::failed);
        MockDriver driver = new MockDriver(pool);
        driver.start();
        assertThat(new BlockDriver(driver, 4096).write(1, new byte[1024])).isZero();
        driver.reset();
        pool.close();
    }

    @Test
    void anUnknownSizeIsRefusedByTheHost() {
        assertThatThrownBy(() -> new IoUring(NativeBinding.newSyscalls(), 0)).isInstanceOf(SyscallException.class)
                .hasMessageContaining("io_uring_setup");
    }
}
