package org.jvmm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.sys.FfmSyscalls;

/** What a kernel finds when it is entered. */
class BootLoaderTest {
    private static final long MEMORY = 32 << 20;

    @TempDir
    private Path folder;
    private final GuestMemory memory = TestMemory.ofSize(MEMORY);

    private BootRequest request(ByteBuffer image, BootProtocol protocol, Path initrd, MmioDevice... devices) {
        return new BootRequest(Images.write(folder, image), initrd, "console=ttyS0", 2, protocol, List.of(devices));
    }

    private Path initrd(int size) throws Exception {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 7 + 3);
        }
        return Files.write(folder.resolve("initrd"), bytes);
    }

    private static ByteBuffer pvhKernel() {
        return Images.elfWithNotes(Images.pvhNote(0x10_0010));
    }

    private String text(long at) {
        ByteBuffer text = ByteBuffer.allocate(2048);
        for (long i = at; memory.read8(i) != 0; i++) {
            text.put((byte) memory.read8(i));
        }
        return new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII);
    }

    @Test
    void memoryOfADeviceIsNotRam() {
        GuestMemory more = memory.with(new GuestRegion(memory.endAligned(2 << 20), Arena.ofAuto().allocate(2 << 20, 4096), false));
        assertThat(more.regions().get(1).gpa()).isEqualTo(GuestLayout.HIGH_RAM);
        assertThat(more.size()).isEqualTo(MEMORY);
        E820 map = E820.of(more);
        assertThat(map.count()).isEqualTo(E820.of(memory).count());
        assertThat(map.address(map.count() - 1) + map.size(map.count() - 1)).isEqualTo(MEMORY);
    }

    @Test
    void pvh() throws Exception {
        LoadedKernel kernel = BootLoader.load(request(pvhKernel(), BootProtocol.AUTO, initrd(5000)), memory, FfmSyscalls::new);
        assertThat(kernel.protocol()).isEqualTo(BootProtocol.PVH);
        assertThat(kernel.entry()).isEqualTo(0x10_0010);
        X86Regs regs = kernel.state().regs();
        X86Sregs sregs = kernel.state().sregs();
        assertThat(regs.rip).isEqualTo(0x10_0010);
        assertThat(regs.rflags).isEqualTo(2);
        assertThat(regs.gpr[X86Regs.RBX]).isEqualTo(GuestLayout.PVH_START_INFO);
        // Protected mode, paging off, flat 32-bit segments (Xen, pvh.pandoc).
        assertThat(sregs.cr0 & 0x8000_0001L).isEqualTo(1);
        assertThat(sregs.cr4).isZero();
        assertThat(sregs.efer).isZero();
        assertThat(sregs.segments[X86Sregs.CS].attributes & 0x6000).isEqualTo(0x4000);
        for (int i = 0; i < 4; i++) {
            assertThat(sregs.segments[i].base).isZero();
            assertThat(sregs.segments[i].limit).isEqualTo(-1);
        }
        long info = GuestLayout.PVH_START_INFO;
        assertThat(memory.read32(info)).isEqualTo(0x336EC578);
        assertThat(memory.read32(info + 4)).isOne();
        assertThat(memory.read32(info + 12)).isOne();
        assertThat(text(memory.read64(info + 24))).isEqualTo("console=ttyS0");
        assertThat(memory.read64(info + 32)).isZero();
        long module = memory.read64(info + 16);
        assertThat(memory.read64(module)).isEqualTo(MEMORY - 8192);
        assertThat(memory.read64(module + 8)).isEqualTo(5000);
        assertThat(memory.read8(MEMORY - 8192 + 4999)).isEqualTo((4999 * 7 + 3) & 0xFF);
        long map = memory.read64(info + 40);
        assertThat(memory.read32(info + 48)).isEqualTo(3);
        expectMap(map, 24);
    }

    private void expectMap(long map, int entrySize) {
        long[][] expected = { { 0, GuestLayout.SYSTEM_AREA, 1 },
            { GuestLayout.SYSTEM_AREA, GuestLayout.SYSTEM_AREA_END - GuestLayout.SYSTEM_AREA, 2 },
            { GuestLayout.HIGH_MEMORY, MEMORY - GuestLayout.HIGH_MEMORY, 1 } };
        for (int i = 0; i < expected.length; i++) {
            assertThat(memory.read64(map + i * entrySize)).isEqualTo(expected[i][0]);
            assertThat(memory.read64(map + i * entrySize + 8)).isEqualTo(expected[i][1]);
            assertThat(memory.read32(map + i * entrySize + 16)).isEqualTo((int) expected[i][2]);
        }
    }

    private void expectLongMode(LoadedKernel kernel, long entry) {
        X86Regs regs = kernel.state().regs();
        X86Sregs sregs = kernel.state().sregs();
        assertThat(kernel.entry()).isEqualTo(entry);
        assertThat(regs.rip).isEqualTo(entry);
        assertThat(regs.gpr[X86Regs.RSI]).isEqualTo(GuestLayout.ZERO_PAGE);
        assertThat(sregs.cr0 & 0x8000_0001L).isEqualTo(0x8000_0001L);
        assertThat(sregs.cr4).isEqualTo(0x20);
        assertThat(sregs.efer).isEqualTo(0x500);
        // boot.rst, "64-bit Boot Protocol": __BOOT_CS(0x10) and __BOOT_DS(0x18).
        assertThat(sregs.segments[X86Sregs.CS].selector).isEqualTo(0x10);
        assertThat(sregs.segments[X86Sregs.CS].attributes & 0x6000).isEqualTo(0x2000);
        assertThat(sregs.segments[X86Sregs.SS].selector).isEqualTo(0x18);
        assertThat(memory.read64(sregs.gdtBase + 0x10)).isEqualTo(0x00AF_9B00_0000_FFFFL);
        assertThat(memory.read64(sregs.gdtBase + 0x18)).isEqualTo(0x00CF_9300_0000_FFFFL);
        // Identity-mapped: walk the tables for an address in the kernel.
        long pdpt = memory.read64(sregs.cr3) & ~0xFFFL;
        long directory = memory.read64(pdpt) & ~0xFFFL;
        assertThat(memory.read64(directory + (entry >> 21) * 8)).isEqualTo((entry >> 21 << 21) | 0x83);
        assertThat(memory.read64(directory + 511 * 8)).isEqualTo((511L << 21) | 0x83);
    }

    @Test
    void linux64() throws Exception {
        LoadedKernel kernel = BootLoader.load(request(Images.elf(1), BootProtocol.AUTO, initrd(4096)), memory, FfmSyscalls::new);
        assertThat(kernel.protocol()).isEqualTo(BootProtocol.LINUX64);
        expectLongMode(kernel, Images.LOAD);
        long page = GuestLayout.ZERO_PAGE;
        assertThat(memory.read16(page + 0x1FE)).isEqualTo(0xAA55);
        assertThat(memory.read32(page + 0x202)).isEqualTo(0x53726448);
        assertThat(memory.read16(page + 0x206)).isGreaterThanOrEqualTo(0x20C);
        assertThat(memory.read8(page + 0x210)).isEqualTo(0xFF);
        assertThat(memory.read32(page + 0x218)).isEqualTo((int) MEMORY - 4096);
        assertThat(memory.read32(page + 0x21C)).isEqualTo(4096);
        assertThat(text(memory.read32(page + 0x228))).isEqualTo("console=ttyS0");
        assertThat(memory.read8(page + 0x1E8)).isEqualTo(3);
        expectMap(page + 0x2D0, 20);
    }

    @Test
    void bzImage() {
        LoadedKernel kernel = BootLoader.load(request(Images.bzImage(100), BootProtocol.AUTO, null), memory, FfmSyscalls::new);
        assertThat(kernel.protocol()).isEqualTo(BootProtocol.BZIMAGE);
        expectLongMode(kernel, 0x100_0200);
        assertThat(memory.read32(GuestLayout.ZERO_PAGE + 0x218)).isZero();
        assertThat(memory.read32(GuestLayout.ZERO_PAGE + 0x21C)).isZero();
        assertThat(memory.read32(GuestLayout.ZERO_PAGE + 0x214)).isEqualTo(0x100_0000);
        expectMap(GuestLayout.ZERO_PAGE + 0x2D0, 20);
    }

    @Test
    void memoryAboveTheDeviceHoleIsInTheMap() {
        Arena arena = Arena.ofAuto();
        GuestMemory split = new GuestMemory(List.of(new GuestRegion(0, arena.allocate(8 << 20, 4096)),
                new GuestRegion(GuestLayout.HIGH_RAM, arena.allocate(4 << 20, 4096))));
        BootLoader.load(request(Images.elf(1), BootProtocol.LINUX64, null), split, FfmSyscalls::new);
        assertThat(split.read8(GuestLayout.ZERO_PAGE + 0x1E8)).isEqualTo(4);
        long last = GuestLayout.ZERO_PAGE + 0x2D0 + 3 * 20;
        assertThat(split.read64(last)).isEqualTo(GuestLayout.HIGH_RAM);
        assertThat(split.read64(last + 8)).isEqualTo(4 << 20);
        assertThat(split.read32(last + 16)).isOne();
    }

    @Test
    void devicesAreOnTheCommandLine() {
        BootLoader.load(
                request(Images.elf(1), BootProtocol.LINUX64, null, new MmioDevice(0xD000_1000L, 4096, 5),
                        new MmioDevice(0xD000_2000L, 4096, 6)),
                memory, FfmSyscalls::new);
        assertThat(text(GuestLayout.CMDLINE))
                .isEqualTo("console=ttyS0 virtio_mmio.device=4K@0xd0001000:5 virtio_mmio.device=4K@0xd0002000:6");
    }

    @Test
    void protocolsThatTheImageDoesNotHave() {
        assertThatThrownBy(() -> BootLoader.load(request(Images.elf(1), BootProtocol.PVH, null), memory, FfmSyscalls::new))
                .hasMessageContaining("no PVH entry");
        assertThatThrownBy(() -> BootLoader.load(request(Images.elf(1), BootProtocol.BZIMAGE, null), memory, FfmSyscalls::new))
                .hasMessageContaining("not a bzImage");
        assertThatThrownBy(() -> BootLoader.load(request(Images.bzImage(100), BootProtocol.PVH, null), memory, FfmSyscalls::new))
                .hasMessageContaining("is a bzImage");
        assertThatThrownBy(() -> BootLoader.load(request(Images.bzImage(100), BootProtocol.LINUX64, null), memory, FfmSyscalls::new))
                .hasMessageContaining("is a bzImage");
        assertThat(BootLoader.load(request(pvhKernel(), BootProtocol.LINUX64, null), memory, FfmSyscalls::new).protocol())
                .isEqualTo(BootProtocol.LINUX64);
    }

    @Test
    void kernelsBeyondTheMemory() {
        ByteBuffer far = Images.elf(1);
        Images.segment(far, 0, 1, 0x1000, MEMORY - 0xFFF, 0x100, 0x1000);
        assertThatThrownBy(() -> BootLoader.load(request(far, BootProtocol.LINUX64, null), memory, FfmSyscalls::new))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("larger than the guest's memory").hasMessageContaining("33 MiB");
        ByteBuffer init = Images.bzImage(100).putInt(BootParams.INIT_SIZE, -1);
        assertThatThrownBy(() -> BootLoader.load(request(init, BootProtocol.AUTO, null), memory, FfmSyscalls::new))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("larger than the guest's memory");
    }

    @Test
    void entriesOutsideOfTheKernel() {
        for (long entry : new long[] { 0, Images.LOAD - 1, Images.LOAD + 0x1000, -1, Long.MAX_VALUE }) {
            assertThatThrownBy(() -> BootLoader.load(request(Images.elf(1).putLong(0x18, entry), BootProtocol.LINUX64, null), memory,
                    FfmSyscalls::new))
                    .isInstanceOf(KernelException.class).hasMessageContaining("outside of its segments");
        }
        assertThatThrownBy(() -> BootLoader.load(request(Images.elfWithNotes(Images.pvhNote(0x20_0000)), BootProtocol.AUTO, null), memory,
                FfmSyscalls::new))
                .isInstanceOf(KernelException.class).hasMessageContaining("outside of its segments");
    }

    @ParameterizedTest
    @CsvSource({ "4096, 0x1ff0000, 0x200000, 0x300000, 0x1fef000", "1, 0x2000000, 0x200000, 0x300000, 0x1fff000",
        "4097, 0x2000000, 0x200000, 0x300000, 0x1ffe000", "0x100000, 0x2000000, 0x1f80000, 0x2000000, 0x1e80000",
        "0x1000, 0x2000000, 0x1fff800, 0x1fffa00, 0x1ffe000" })
    void initrdIsOnTopAndClearOfTheKernel(String size, String top, String start, String end, String expected) {
        assertThat(Initrd.place(Long.decode(size), Long.decode(top), Long.decode(start), Long.decode(end)))
                .isEqualTo(Long.decode(expected));
    }

    @Test
    void initrdThatDoesNotFit() throws Exception {
        Path large = initrd(31 << 20);
        assertThatThrownBy(() -> BootLoader.load(request(Images.elf(2), BootProtocol.LINUX64, large), memory, FfmSyscalls::new))
                .isInstanceOf(KernelException.class)
                .hasMessageStartingWith("Initrd ")
                .hasMessageContaining("is too large: it has 31 MiB beside a kernel of 1 MiB, the guest has 32 MiB");
    }

    @Test
    void initrdFitsToTheLastPage() throws Exception {
        Path exact = initrd((31 << 20) - 0x1000);
        BootLoader.load(request(Images.elf(1), BootProtocol.LINUX64, exact), memory, FfmSyscalls::new);
        assertThat(memory.read32(GuestLayout.ZERO_PAGE + 0x218)).isEqualTo(0x10_1000);
    }

    @Test
    void initrdStaysBelowTheAddressThatTheKernelNames() throws Exception {
        ByteBuffer low = Images.bzImage(100).putInt(BootParams.INITRD_ADDR_MAX, 0x180_0FFF);
        BootLoader.load(request(low, BootProtocol.AUTO, initrd(4096)), memory, FfmSyscalls::new);
        assertThat(memory.read32(GuestLayout.ZERO_PAGE + 0x218)).isEqualTo(0x180_0000);
    }

    @ParameterizedTest
    @EnumSource(value = BootProtocol.class, names = { "PVH", "LINUX64" })
    void initrdFilesThatCannotBeUsed(BootProtocol protocol) throws Exception {
        Path empty = Files.createFile(folder.resolve("empty"));
        for (Path path : List.of(empty, folder, folder.resolve("none"))) {
            assertThatThrownBy(() -> BootLoader.load(request(pvhKernel(), protocol, path), memory, FfmSyscalls::new))
                    .isInstanceOf(KernelException.class)
                    .hasMessageStartingWith("Initrd ");
        }
    }
}
