package org.jvmm.virtio.blk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.testing.MockDriver;
import org.jvmm.virtio.testing.RingFuzzer;

/** Whatever the driver does, the disk answers the next good request, and the file keeps its size. */
class BlockFuzzTest {
    private static final int OPERATIONS = 200_000;
    private static final int SECTORS = 64;
    private static final int[] TYPES = { 0, 0, 1, 1, 4, 8, 11, 13, 2, -1 };

    @TempDir
    Path folder;

    @Test
    void survivesAnyDriver() throws IOException {
        // Without workers: the same code on the test's thread, so that the run follows from its seed.
        fuzz(image -> new BlockDevice(image, CacheMode.UNSAFE, "fuzz", 2, 0, NativeBinding::newSyscalls, BlockDeviceTest::failed),
                OPERATIONS, 10_000);
    }

    @Test
    void survivesAnyDriverByIoUring() throws IOException {
        Assumptions.assumeTrue(IoUring.isAvailable(NativeBinding.newSyscalls()), "This host has no io_uring, or forbids it");
        fuzz(image -> BlockDevice.of(image, CacheMode.UNSAFE, "fuzz", 2, AsyncIo.IO_URING, NativeBinding::newSyscalls,
                BlockDeviceTest::failed),
                OPERATIONS / 4, 20);
    }

    /** @param least reads and writes that must get through; a reset mostly comes before another thread has seen them */
    private void fuzz(Function<BlockBackend, BlockDevice> maker, int operations, int least) throws IOException {
        Path image = folder.resolve("disk.img");
        Files.write(image, new byte[SECTORS * 512]);
        BlockDevice device = maker.apply(RawFile.open(NativeBinding.newSyscalls(), image, false, CacheMode.UNSAFE));
        MockDriver driver = new MockDriver(device, TestMemory.ofSize(1 << 20), new ManualLoop(), 32);
        RingFuzzer fuzzer = new RingFuzzer(driver, 2, 22, (d, random, queue) -> {
            long at = d.dataStart() + random.nextInt(1 << 16);
            int type = TYPES[random.nextInt(TYPES.length)];
            d.memory().write32(at, type);
            d.memory().write64(at + 8, random.nextInt(16) == 0 ? random.nextLong() : random.nextInt(SECTORS + 4));
            d.queue(queue).readable(at, random.nextInt(32) == 0 ? random.nextInt(16) : 16);
            int length = random.nextInt(16) == 0 ? random.nextInt(5000) : 512 * (1 + random.nextInt(8));
            switch (type) {
                case 0 -> d.queue(queue).writable(at + 64, length);
                case 1 -> d.queue(queue).readable(at + 64, length);
                case 8 -> d.queue(queue).writable(at + 64, random.nextInt(40));
                case 11, 13 -> {
                    d.memory().write64(at + 64, random.nextInt(SECTORS + 2));
                    d.memory().write32(at + 72, random.nextInt(8));
                    d.memory().write32(at + 76, random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(2));
                    d.queue(queue).readable(at + 64, random.nextInt(8) == 0 ? random.nextInt(64) : 16);
                }
                default -> {
                }
            }
            d.queue(queue).writable(at + 8192, random.nextInt(64) == 0 ? 0 : 1).offer();
        });
        fuzzer.run(operations);
        assertThat(fuzzer.restarts()).isGreaterThan(least / 10);
        assertThat(device.metrics().writes.get()).isGreaterThan(least);
        assertThat(device.metrics().reads.get()).isGreaterThan(least);
        assertThat(device.metrics().zeroes.get()).isGreaterThanOrEqualTo(least / 10);
        assertThat(device.metrics().hostFailures.get()).isZero();
        driver.start();
        BlockDriver disk = new BlockDriver(driver, 4096);
        assertThat(disk.write(3, new byte[512])).isZero();
        assertThat(disk.read(3, 512)).isEqualTo(new byte[512]);
        driver.reset();
        device.close();
        assertThat(Files.size(image)).isEqualTo(SECTORS * 512L);
    }
}
