package org.jvmm.cpu.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;

class PhysicalRamTest {
    private static final long SIZE = 1 << 20;

    private static GuestRegion region(long gpa, boolean ram) {
        return new GuestRegion(gpa, Arena.ofAuto().allocate(SIZE, GuestLayout.PAGE_SIZE), ram);
    }

    @Test
    void everyRegionHasItsAddressesAndPages() {
        List<GuestRegion> regions = List.of(region(0, true), region(GuestLayout.HIGH_RAM, true),
                region(GuestLayout.HIGH_RAM + 3 * SIZE, false));
        PhysicalRam ram = new PhysicalRam(new GuestMemory(regions));
        int perRegion = (int) (SIZE / GuestLayout.PAGE_SIZE);
        assertThat(ram.pages()).isEqualTo(3 * perRegion);
        for (int i = 0; i < 3; i++) {
            GuestRegion region = regions.get(i);
            for (long offset : new long[] { 0, 4095, 4096, SIZE - 1 }) {
                long physical = region.gpa() + offset;
                assertThat(ram.host(physical)).isEqualTo(region.hostBase() + offset);
                assertThat(ram.physical(region.hostBase() + offset)).isEqualTo(physical);
                assertThat(ram.pageIndex(physical)).isEqualTo(i * perRegion + (int) (offset >> 12));
                assertThat(ram.pageIndexOfHost(region.hostBase() + offset)).isEqualTo(ram.pageIndex(physical));
            }
            assertThat(ram.host(region.end())).isZero();
        }
        assertThat(ram.host(GuestLayout.HIGH_RAM - 1)).isZero();
        assertThat(ram.host(-1)).isZero();
    }

    @Test
    void ramBeginsAtZero() {
        assertThatThrownBy(() -> new PhysicalRam(new GuestMemory(List.of(region(4096, true)))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
