package org.jvmm.kvm.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.core.memory.GuestRegion;

class GuestRamTest {
    private static final HostMemory HOST = new HostMemory(64L << 30, 32L << 30);

    private final LinuxSyscalls sys = NativeBinding.newSyscalls();

    @Test
    void smallRamIsOneZeroedRegion() throws IOException {
        try (GuestRam ram = GuestRam.allocate(sys, 64L << 20)) {
            assertThat(ram.memory().regions()).hasSize(1);
            assertThat(ram.memory().size()).isEqualTo(64L << 20).isEqualTo(ram.size());
            GuestRegion low = ram.memory().regions().getFirst();
            assertThat(low.gpa()).isZero();
            assertThat(low.hostBase()).isEqualTo(ram.address());
            assertThat(ram.fileOffset(low)).isZero();

            assertThat(ram.memory().read64((64L << 20) - 8)).isZero();
            ram.memory().write64((64L << 20) - 8, -2);
            assertThat(ram.memory().read64((64L << 20) - 8)).isEqualTo(-2);
            assertThatThrownBy(() -> ram.memory().read8(64L << 20)).isInstanceOf(GuestMemoryException.class);

            assertThat(Files.readSymbolicLink(Path.of("/proc/self/fd/" + ram.fd())).toString()).startsWith("/memfd:guest-ram");
        }
    }

    @Test
    void closeGivesDescriptorAndMappingBack() throws IOException {
        GuestRam ram = GuestRam.allocate(sys, 8L << 20);
        String start = Long.toHexString(ram.address());
        assertThat(mappings()).anyMatch(line -> line.startsWith(start) && line.contains("memfd:guest-ram"));
        ram.close();
        ram.close();
        assertThat(mappings()).noneMatch(line -> line.startsWith(start) && line.contains("memfd:guest-ram"));
    }

    @Test
    void largeRamIsSplitAroundTheDeviceHole() {
        // Reserved only, never touched: no host memory is used.
        long size = GuestLayout.MMIO_GAP + (512L << 20);
        try (GuestRam ram = GuestRam.allocate(sys, size, HOST)) {
            List<GuestRegion> regions = ram.memory().regions();
            assertThat(regions).hasSize(2);
            assertThat(regions.get(0).end()).isEqualTo(GuestLayout.MMIO_GAP);
            assertThat(regions.get(1).gpa()).isEqualTo(GuestLayout.HIGH_RAM);
            assertThat(regions.get(1).size()).isEqualTo(512L << 20);
            assertThat(ram.fileOffset(regions.get(1))).isEqualTo(GuestLayout.MMIO_GAP);
            ram.memory().write32(GuestLayout.HIGH_RAM, 0x5AA5);
            assertThat(ram.memory().read32(GuestLayout.HIGH_RAM)).isEqualTo(0x5AA5);
            assertThat(ram.memory().contains(GuestLayout.MMIO_GAP, 1)).isFalse();
        }
    }

    @Test
    void ramThatJustReachesTheHoleIsOneRegion() {
        try (GuestRam ram = GuestRam.allocate(sys, GuestLayout.MMIO_GAP, HOST)) {
            assertThat(ram.memory().regions()).hasSize(1);
        }
    }

    @Test
    void impossibleSizesAreRefused() {
        assertRefused(0, "Guest memory of 0 bytes is out of range: 4 MiB to 1048576 MiB are possible");
        assertRefused(-4096, "Guest memory of -4096 bytes is out of range: 4 MiB to 1048576 MiB are possible");
        assertRefused(Long.MAX_VALUE, "Guest memory of 9223372036854775807 bytes is out of range: 4 MiB to 1048576 MiB are possible");
        assertRefused((8L << 20) + 1, "Guest memory of 8388609 bytes is not a multiple of 4096");
        assertRefused(65L << 30, "Guest memory of 66560 MiB is more than the host has: 65536 MiB, of which 32768 MiB are available");
    }

    @Test
    void aRefusedMappingLeavesNoDescriptorBehind() {
        int[] closed = { -1 };
        LinuxSyscalls refusing = (number, a, b, c, d, e, f) -> {
            if (number == LinuxSyscalls.NR_MMAP) {
                return -Errno.ENOMEM;
            }
            if (number == LinuxSyscalls.NR_CLOSE) {
                closed[0] = (int) a;
            }
            return sys.invoke(number, a, b, c, d, e, f);
        };
        assertThatThrownBy(() -> GuestRam.allocate(refusing, 8L << 20)).isInstanceOf(SyscallException.class).hasMessageEndingWith("ENOMEM");
        assertThat(closed[0]).isNotNegative();
        assertThatThrownBy(() -> sys.ftruncate(closed[0], 0)).hasMessageEndingWith("EBADF");
    }

    @Test
    void meminfoIsParsedByFieldName() {
        byte[] text = "MemTotal:       24683520 kB\nMemFree:        21391360 kB\nMemAvailable:   24149000 kB\nBuff"
                .getBytes(StandardCharsets.US_ASCII);
        assertThat(HostMemory.parse(text, text.length)).isEqualTo(new HostMemory(24683520L << 10, 24149000L << 10));
        assertThat(HostMemory.parse(text, 30)).isEqualTo(new HostMemory(24683520L << 10, Long.MAX_VALUE));
        assertThat(HostMemory.parse(text, 0)).isEqualTo(new HostMemory(Long.MAX_VALUE, Long.MAX_VALUE));
    }

    @Test
    void theRealHostHasMemory() throws IOException {
        HostMemory host = HostMemory.read();
        assertThat(host.total()).isBetween(256L << 20, 1L << 50);
        assertThat(host.available()).isBetween(1L << 20, host.total());
    }

    private void assertRefused(long bytes, String message) {
        assertThatThrownBy(() -> GuestRam.allocate(sys, bytes, HOST)).isInstanceOf(GuestRamException.class).hasMessage(message);
    }

    private static List<String> mappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps"));
    }
}
