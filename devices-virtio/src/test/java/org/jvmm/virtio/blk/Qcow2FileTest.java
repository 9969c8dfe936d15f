package org.jvmm.virtio.blk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.testing.MockDriver;

/** An image by hand: allocated, zero, compressed and missing clusters of 4 KiB, over a shorter raw file. */
class Qcow2FileTest {
    private static final int BITS = 12;
    private static final int CLUSTER = 1 << BITS;
    private static final int SIZE = 7 * CLUSTER + 512;

    @TempDir
    Path folder;

    private final LinuxSyscalls syscalls = NativeBinding.newSyscalls();
    private final BlockIo io = new BlockIo(syscalls);
    private final byte[] expected = new byte[SIZE];
    private byte[] file;
    private Path image;

    @BeforeEach
    void make() throws IOException {
        Random random = new Random(1);
        byte[] base = new byte[4 * CLUSTER + 1024];
        random.nextBytes(base);
        Files.write(folder.resolve("base.raw"), base);
        System.arraycopy(base, 0, expected, 0, base.length);
        ByteBuffer out = ByteBuffer.allocate(8 * CLUSTER);
        out.putInt(0x514649FB).putInt(3).putLong(200).putInt(8).putInt(BITS).putLong(SIZE).putInt(0).putInt(1).putLong(CLUSTER);
        out.putInt(96, 4).putInt(100, 112);
        out.position(200).put("base.raw".getBytes());
        // Level 1 in cluster 1, level 2 in cluster 2.
        out.putLong(CLUSTER, 2L * CLUSTER | 1L << 63);
        // Cluster 0 is the base's; 1 is allocated; 2 reads as zeros; 3 is compressed; 4 and 5 are the base's, which ends in 4; 6 is zero but allocated.
        byte[] data = new byte[CLUSTER];
        random.nextBytes(data);
        put(out, 1, 3L * CLUSTER | 1L << 63);
        out.position(3 * CLUSTER).put(data);
        System.arraycopy(data, 0, expected, CLUSTER, CLUSTER);
        put(out, 2, 1);
        Arrays.fill(expected, 2 * CLUSTER, 3 * CLUSTER, (byte) 0);
        for (int i = 0; i < CLUSTER; i++) {
            data[i] = (byte) (i / 100);
        }
        int packed = deflate(data, out, 4 * CLUSTER + 100);
        long sectors = (100 % 512 + packed + 511) / 512 - 1;
        put(out, 3, 1L << 62 | sectors << 62 - (BITS - 8) | 4L * CLUSTER + 100);
        System.arraycopy(data, 0, expected, 3 * CLUSTER, CLUSTER);
        put(out, 6, 5L * CLUSTER | 1L << 63 | 1);
        file = out.array();
        image = folder.resolve("disk.qcow2");
        Files.write(image, file);
    }

    private static void put(ByteBuffer out, int cluster, long entry) {
        out.putLong(2 * CLUSTER + 8 * cluster, entry);
    }

    private static int deflate(byte[] data, ByteBuffer out, int at) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(data);
        deflater.finish();
        int n = deflater.deflate(out.array(), at, CLUSTER - 100);
        deflater.end();
        return n;
    }

    private byte[] readAll(BlockBackend backend) {
        BlockDevice device = new BlockDevice(backend, CacheMode.UNSAFE, "q", 1, 0, NativeBinding::newSyscalls, e -> {
            throw new AssertionError(e);
        });
        MockDriver driver = new MockDriver(device);
        driver.start();
        BlockDriver disk = new BlockDriver(driver, 1 << 16);
        byte[] all = disk.read(0, SIZE);
        for (int sector = 0; sector < SIZE / 512; sector++) {
            assertThat(disk.read(sector, 512)).as("sector %d", sector).isEqualTo(Arrays.copyOfRange(all, sector * 512, sector * 512 + 512));
        }
        driver.reset();
        device.close();
        return all;
    }

    @Test
    void everyKindOfClusterIsRead() {
        assertThat(Qcow2File.isQcow2(io, image)).isTrue();
        assertThat(Qcow2File.isQcow2(io, folder.resolve("base.raw"))).isFalse();
        assertThat(readAll(Qcow2File.open(io, image))).isEqualTo(expected);
    }

    @Test
    void imageOnImage() throws IOException {
        byte[] upper = file.clone();
        Arrays.fill(upper, 2 * CLUSTER, 3 * CLUSTER, (byte) 0);
        ByteBuffer.wrap(upper).position(200).put("disk.qcow2".getBytes());
        ByteBuffer.wrap(upper).putInt(16, 10);
        Path top = folder.resolve("top.qcow2");
        Files.write(top, upper);
        assertThat(readAll(Qcow2File.open(io, top))).isEqualTo(expected);
    }

    @Test
    void anOverlayMakesItWritable() {
        BlockDevice device = new BlockDevice(OverlayFile.temporary(syscalls, Qcow2File.open(io, image), folder), CacheMode.UNSAFE, "q", 1,
                0,
                NativeBinding::newSyscalls, e -> {
                    throw new AssertionError(e);
                });
        MockDriver driver = new MockDriver(device);
        driver.start();
        BlockDriver disk = new BlockDriver(driver, 1 << 16);
        byte[] sector = new byte[512];
        for (int at = 3; at < SIZE / 512; at += 8) {
            Arrays.fill(sector, (byte) at);
            assertThat(disk.write(at, sector)).isZero();
            System.arraycopy(sector, 0, expected, at * 512, 512);
        }
        assertThat(disk.read(0, SIZE)).isEqualTo(expected);
        driver.reset();
        device.close();
    }

    @Test
    void imageOnItselfIsRefused() throws IOException {
        ByteBuffer.wrap(file).position(200).put("disk.qcow2".getBytes());
        ByteBuffer.wrap(file).putInt(16, 10);
        Files.write(image, file);
        assertThatThrownBy(() -> Qcow2File.open(io, image)).isInstanceOf(BlockException.class).hasMessageContaining("rests on more than");
    }

    @ParameterizedTest
    @CsvSource({ "4,4,version 4", "32,1,encrypted", "20,8,damaged", "20,30,damaged", "24,2147483647,damaged", "36,-1,damaged",
        "36,0,damaged",
        "16,5000,backing file", "76,4,external data file", "76,16,extended L2" })
    void whatIsNotReadableIsNamed(int offset, int value, String reason) throws IOException {
        ByteBuffer.wrap(file).putInt(offset, value);
        Files.write(image, file);
        assertThatThrownBy(() -> Qcow2File.open(io, image)).isInstanceOf(BlockException.class).hasMessageContaining(reason);
    }

    @Test
    void damagedTablesAreIoErrorsAndNothingWorse() throws IOException {
        Random random = new Random(9);
        for (int round = 0; round < 200; round++) {
            byte[] bad = file.clone();
            for (int i = 0; i < 6; i++) {
                int at = random.nextInt(4) == 0 ? CLUSTER + random.nextInt(8) : 2 * CLUSTER + random.nextInt(64);
                bad[at] = (byte) random.nextInt();
            }
            Files.write(image, bad);
            BlockDevice device = new BlockDevice(Qcow2File.open(io, image), CacheMode.UNSAFE, "q", 1, 0, NativeBinding::newSyscalls, e -> {
                throw new AssertionError(e);
            });
            MockDriver driver = new MockDriver(device, TestMemory.ofSize(1 << 18), new ManualLoop(), 16);
            driver.start();
            BlockDriver disk = new BlockDriver(driver, 1 << 16);
            assertThat(disk.readStatus(0, SIZE)).isIn(0, 1);
            driver.reset();
            device.close();
        }
    }
}
