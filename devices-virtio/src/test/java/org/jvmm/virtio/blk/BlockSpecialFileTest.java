package org.jvmm.virtio.blk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.testing.MockDriver;

/** A loop device as the disk; root alone may make one. */
class BlockSpecialFileTest {
    private static final int SECTORS = 2050;

    @TempDir
    Path folder;
    private Path image;
    private Path loop;

    @BeforeEach
    void makeLoop() throws IOException, InterruptedException {
        byte[] content = new byte[SECTORS * 512];
        new Random(3).nextBytes(content);
        image = Files.write(folder.resolve("image"), content);
        loop = Path.of(run("losetup", "--find", "--show", image.toString()).strip());
    }

    private static String run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Assumptions.assumeTrue(process.waitFor() == 0, "There is no loop device to be had here: " + text);
            return text;
        } catch (IOException e) {
            Assumptions.abort("There is no losetup: " + e.getMessage());
            return "";
        }
    }

    @AfterEach
    void removeLoop() throws InterruptedException {
        if (loop != null) {
            run("losetup", "--detach", loop.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(AsyncIo.class)
    void sizeComesFromTheDeviceAndItsBytesAreTheDisks(AsyncIo async) throws IOException {
        LinuxSyscalls syscalls = NativeBinding.newSyscalls();
        Assumptions.assumeTrue(async != AsyncIo.IO_URING || IoUring.isAvailable(syscalls), "This host has no io_uring, or forbids it");
        // BLKGETSIZE64: what stat(2) says of a special file's size is 0.
        RawFile file = RawFile.open(syscalls, loop, false, CacheMode.WRITEBACK);
        assertThat(file.size()).isEqualTo(SECTORS * 512L);
        BlockDevice device = BlockDevice.of(file, CacheMode.WRITEBACK, "loop", 1, async, NativeBinding::newSyscalls,
                BlockDeviceTest::failed);
        MockDriver driver = new MockDriver(device);
        driver.start();
        BlockDriver disk = new BlockDriver(driver, 1 << 16);
        assertThat(driver.config(0, 8)).isEqualTo(SECTORS);
        byte[] data = new byte[32 << 10];
        new Random(4).nextBytes(data);
        assertThat(disk.write(SECTORS - 64, data)).isZero();
        assertThat(disk.zero(BlockRequest.T_WRITE_ZEROES, 0, 8, 16)).isZero();
        assertThat(disk.zero(BlockRequest.T_DISCARD, 0, 32, 16)).isZero();
        assertThat(disk.flush()).isZero();
        assertThat(disk.read(SECTORS - 64, data.length)).isEqualTo(data);
        assertThat(disk.read(8, 16 * 512)).isEqualTo(new byte[16 * 512]);
        assertThat(disk.readStatus(SECTORS, 512)).isEqualTo(BlockRequest.S_IOERR);
        driver.reset();
        device.close();
        byte[] after = Files.readAllBytes(image);
        assertThat(Arrays.copyOfRange(after, (SECTORS - 64) * 512, SECTORS * 512)).isEqualTo(data);
    }
}
