package org.jvmm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.sys.FfmSyscalls;

class BzImageTest {
    @TempDir
    private Path folder;

    private BzImage open(ByteBuffer image) {
        return (BzImage) KernelImage.open(Images.write(folder, image), new FfmSyscalls());
    }

    private void refused(ByteBuffer image, String reason) {
        assertThatThrownBy(() -> open(image).close()).isInstanceOf(KernelException.class).hasMessageContaining(reason);
    }

    @Test
    void goesToItsPreferredAddress() {
        GuestMemory memory = TestMemory.ofSize(32 << 20);
        try (BzImage image = open(Images.bzImage(100))) {
            assertThat(image.memoryStart()).isEqualTo(0x100_0000);
            assertThat(image.memoryEnd()).isEqualTo(0x110_0000);
            assertThat(image.entry()).isEqualTo(0x100_0200);
            assertThat(image.commandLineMax()).isEqualTo(2047);
            assertThat(image.initrdAddressMax()).isEqualTo(0x7FFF_FFFFL);
            image.load(memory);
        }
        assertThat(memory.read32(0x100_0000)).isEqualTo(0x0302_0100);
        assertThat(memory.read8(0x100_0000 + 1599)).isEqualTo((1024 + 1599) & 0xFF);
        assertThat(memory.read8(0x100_0000 + 1600)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = { 0x20C, 0x20D, 0x20E, 0x20F, 0x210, 0xFFFF })
    void versionsFrom212On(int version) {
        open(Images.bzImage(100).putShort(BootParams.VERSION, (short) version)).close();
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 0x200, 0x20A, 0x20B })
    void olderVersions(int version) {
        refused(Images.bzImage(100).putShort(BootParams.VERSION, (short) version), "2.12 or later");
    }

    @Test
    void setupHeader() {
        refused(Images.bzImage(100).put(BootParams.JUMP_OFFSET, (byte) 0x65), "ends at 0x267");
        open(Images.bzImage(100).put(BootParams.JUMP_OFFSET, (byte) 0x66)).close();
        // Longer than boot_params has room for: what is beyond is not copied.
        ByteBuffer longest = Images.bzImage(100).put(BootParams.JUMP_OFFSET, (byte) 0xFF);
        try (BzImage image = open(longest)) {
            image.bootParams();
        }
        refused(Images.bzImage(100).put(BootParams.LOADFLAGS, (byte) 0), "zImage");
        refused(Images.bzImage(100).putShort(BootParams.XLOADFLAGS, (short) 0), "no 64-bit entry");
        refused(Images.bzImage(100).putShort(BootParams.BOOT_FLAG, (short) 0), "neither");
        refused(Images.bzImage(100).putInt(BootParams.HEADER, 0), "neither");
    }

    @Test
    void zeroSetupSectorsMeanFour() {
        ByteBuffer file = Images.bzImage(400).put(BootParams.SETUP_SECTS, (byte) 0).putInt(BootParams.SYSSIZE, 400 - 96);
        GuestMemory memory = TestMemory.ofSize(32 << 20);
        try (BzImage image = open(file)) {
            image.load(memory);
        }
        assertThat(memory.read8(0x100_0000 + 1)).isEqualTo(2561 & 0xFF);
    }

    @Test
    void sizesThatDoNotFitTheFile() {
        refused(Images.bzImage(100).putInt(BootParams.SYSSIZE, 101), "truncated");
        refused(Images.bzImage(100).putInt(BootParams.SYSSIZE, -1), "truncated");
        refused(Images.bzImage(100).put(BootParams.SETUP_SECTS, (byte) 255), "truncated");
        refused(Images.bzImage(100).putInt(BootParams.SYSSIZE, 0), "too short");
        refused(Images.bzImage(32).putInt(BootParams.SYSSIZE, 32), "too short");
        open(Images.bzImage(33)).close();
    }

    @Test
    void truncatedAtEveryPlace() throws Exception {
        byte[] whole = Images.bzImage(64).array();
        for (int size = 1; size < whole.length - 15; size += 7) {
            Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, size));
            assertThatThrownBy(() -> KernelImage.open(cut, new FfmSyscalls()).close()).as("%d bytes", size)
                    .isInstanceOf(KernelException.class);
        }
    }

    @Test
    void loadAddress() {
        try (BzImage image = open(Images.bzImage(100).putLong(BootParams.PREF_ADDRESS, 0x30_0000))) {
            assertThat(image.memoryStart()).isEqualTo(0x40_0000);
        }
        try (BzImage image = open(
                Images.bzImage(100).putLong(BootParams.PREF_ADDRESS, 0x30_0000).put(BootParams.RELOCATABLE_KERNEL, (byte) 0))) {
            assertThat(image.memoryStart()).isEqualTo(0x30_0000);
        }
        try (BzImage image = open(Images.bzImage(100).putLong(BootParams.PREF_ADDRESS, 0).putInt(BootParams.KERNEL_ALIGNMENT, 0x10_0000))) {
            assertThat(image.memoryStart()).isEqualTo(0x10_0000);
        }
        for (long bad : new long[] { 1, 0xF_FFFF, 0x1_0000_0000L, -1, Long.MIN_VALUE }) {
            refused(Images.bzImage(100).putLong(BootParams.PREF_ADDRESS, bad), "load address");
        }
        for (int bad : new int[] { 0, 3, 0x30_0000 }) {
            refused(Images.bzImage(100).putInt(BootParams.KERNEL_ALIGNMENT, bad), "power of two");
        }
    }

    @Test
    void bootParamsKeepTheHeaderAndLoseTheLoadersFields() {
        ByteBuffer file = Images.bzImage(100).putLong(BootParams.SETUP_DATA, 0x1234).putShort(BootParams.HEAP_END_PTR, (short) 7)
                .put(BootParams.LOADFLAGS, (byte) 0x81).putInt(BootParams.RAMDISK_IMAGE, 99).putInt(BootParams.RAMDISK_SIZE, 98);
        GuestMemory memory = TestMemory.ofSize(1 << 20);
        try (BzImage image = open(file)) {
            image.bootParams().write(memory);
        }
        long page = 0x7000;
        assertThat(memory.read32(page + BootParams.HEADER)).isEqualTo(BootParams.HEADER_MAGIC);
        assertThat(memory.read16(page + BootParams.VERSION)).isEqualTo(0x20F);
        assertThat(memory.read8(page + BootParams.LOADFLAGS)).isEqualTo(1);
        assertThat(memory.read64(page + BootParams.SETUP_DATA)).isZero();
        assertThat(memory.read16(page + BootParams.HEAP_END_PTR)).isZero();
        assertThat(memory.read32(page + BootParams.RAMDISK_IMAGE)).isZero();
        assertThat(memory.read32(page + BootParams.RAMDISK_SIZE)).isZero();
        assertThat(memory.read32(page + BootParams.CODE32_START)).isEqualTo(0x100_0000);
        assertThat(memory.read32(page + BootParams.CMD_LINE_PTR)).isEqualTo(0x20000);
        assertThat(memory.read8(page + BootParams.TYPE_OF_LOADER)).isEqualTo(0xFF);
    }
}
