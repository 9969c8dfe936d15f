package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.jvmm.boot.MmioDevice;
import org.jvmm.core.memory.GuestLayout;

class MmioAllocatorTest {
    private final MmioAllocator allocator = new MmioAllocator();

    @Test
    void placesAscendAndDoNotMeet() {
        Set<Integer> gsis = new HashSet<>();
        long end = GuestLayout.VIRTIO_MMIO;
        for (int i = 0; i < 19; i++) {
            MmioDevice place = allocator.allocate();
            assertThat(place.base()).isGreaterThanOrEqualTo(end).isLessThan(GuestLayout.IOAPIC);
            assertThat(place.base() % GuestLayout.PAGE_SIZE).isZero();
            assertThat(place.gsi()).isBetween(GuestLayout.FIRST_DEVICE_GSI, GuestLayout.LAST_DEVICE_GSI);
            assertThat(gsis.add(place.gsi())).isTrue();
            end = place.base() + place.size();
        }
        assertThat(allocator.devices()).hasSize(19);
        assertThatThrownBy(allocator::allocate).isInstanceOf(MachineException.class).hasMessageContaining("more than 19 devices");
    }
}
