package org.jvmm.virtio.blk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.testing.MockDriver;

/** Writes beside a base that never changes. */
class OverlayFileTest {
    private static final int SECTORS = 2000;

    @TempDir
    Path folder;

    private final LinuxSyscalls syscalls = NativeBinding.newSyscalls();
    private final BlockIo io = new BlockIo(syscalls);
    private final byte[] original = new byte[SECTORS * 512];
    private Path base;

    @BeforeEach
    void makeBase() throws IOException {
        new Random(1).nextBytes(original);
        base = folder.resolve("base.img");
        Files.write(base, original);
    }

    private RawFile openBase() {
        return RawFile.open(syscalls, base, true, CacheMode.UNSAFE);
    }

    private BlockDevice device(BlockBackend backend) {
        return new BlockDevice(backend, CacheMode.WRITEBACK, "overlay", 1, 0, NativeBinding::newSyscalls, e -> {
            throw new AssertionError(e);
        });
    }

    private byte[] exercise(BlockBackend backend, byte[] expected, long seed, boolean flush) {
        Random random = new Random(seed);
        BlockDevice device = device(backend);
        MockDriver driver = new MockDriver(device);
        driver.start();
        BlockDriver disk = new BlockDriver(driver, 1 << 17);
        for (int i = 0; i < 2000; i++) {
            int count = 1 + random.nextInt(random.nextInt(8) == 0 ? 200 : 20);
            int sector = random.nextInt(SECTORS - count + 1);
            byte[] data = new byte[count * 512];
            switch (random.nextInt(4)) {
                case 0 -> {
                    System.arraycopy(expected, sector * 512, data, 0, data.length);
                    assertThat(disk.read(sector, data.length)).isEqualTo(data);
                }
                case 1 -> {
                    assertThat(disk.zero(random.nextBoolean() ? BlockRequest.T_DISCARD : BlockRequest.T_WRITE_ZEROES, 0, sector, count))
                            .isZero();
                    System.arraycopy(data, 0, expected, sector * 512, data.length);
                }
                default -> {
                    random.nextBytes(data);
                    assertThat(disk.write(sector, data)).isZero();
                    System.arraycopy(data, 0, expected, sector * 512, data.length);
                }
            }
        }
        for (int sector = 0; sector < SECTORS; sector += 200) {
            byte[] data = new byte[200 * 512];
            System.arraycopy(expected, sector * 512, data, 0, data.length);
            assertThat(disk.read(sector, data.length)).isEqualTo(data);
        }
        if (flush) {
            assertThat(disk.flush()).isZero();
        }
        driver.reset();
        device.close();
        return expected;
    }

    @Test
    void temporaryOverlayLeavesTheBaseAndNothingElse() throws IOException {
        exercise(OverlayFile.temporary(syscalls, openBase(), folder), original.clone(), 5, true);
        assertThat(Files.readAllBytes(base)).isEqualTo(original);
        assertThat(folder).isDirectoryContaining(f -> f.equals(base));
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void keptOverlayContinues() throws IOException {
        Path overlay = folder.resolve("o.img");
        byte[] expected = exercise(OverlayFile.open(io, openBase(), overlay, CacheMode.WRITEBACK), original.clone(), 6, true);
        expected = exercise(OverlayFile.open(io, openBase(), overlay, CacheMode.WRITEBACK), expected, 7, false);
        exercise(OverlayFile.open(io, openBase(), overlay, CacheMode.UNSAFE), expected, 8, false);
        assertThat(Files.readAllBytes(base)).isEqualTo(original);
    }

    @Test
    void aFlushedOverlaySurvivesACrash() throws IOException {
        Path overlay = folder.resolve("o.img");
        BlockDevice device = device(OverlayFile.open(io, openBase(), overlay, CacheMode.WRITEBACK));
        MockDriver driver = new MockDriver(device);
        driver.start();
        BlockDriver disk = new BlockDriver(driver, 1 << 16);
        byte[] data = new byte[1024];
        new Random(3).nextBytes(data);
        assertThat(disk.write(5, data)).isZero();
        assertThat(disk.flush()).isZero();
        assertThat(disk.write(50, data)).isZero();
        // What the disk of the host has now, before anything is closed.
        Path crashed = folder.resolve("crashed.img");
        Files.copy(overlay, crashed);
        driver.reset();
        device.close();
        BlockDevice after = device(OverlayFile.open(io, openBase(), crashed, CacheMode.WRITEBACK));
        driver = new MockDriver(after);
        driver.start();
        disk = new BlockDriver(driver, 1 << 16);
        assertThat(disk.read(5, 1024)).isEqualTo(data);
        byte[] old = new byte[1024];
        System.arraycopy(original, 50 * 512, old, 0, 1024);
        assertThat(disk.read(50, 1024)).isEqualTo(old);
        driver.reset();
        after.close();
    }

    @Test
    void otherFilesAreNotOverwritten() throws IOException {
        Path precious = folder.resolve("letter.txt");
        Files.writeString(precious, "Dear ...");
        assertThatThrownBy(() -> OverlayFile.open(io, openBase(), precious, CacheMode.WRITEBACK)).isInstanceOf(BlockException.class)
                .hasMessageContaining("another kind of file");
        assertThat(Files.readString(precious)).isEqualTo("Dear ...");
        Path overlay = folder.resolve("o.img");
        OverlayFile.open(io, openBase(), overlay, CacheMode.WRITEBACK).close(io);
        Files.write(base, new byte[4096]);
        assertThatThrownBy(() -> OverlayFile.open(io, openBase(), overlay, CacheMode.WRITEBACK))
                .hasMessageContaining("base with 1024000 bytes, not 4096");
    }
}
