package org.jvmm.cpu.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TlbFillsTest {
    private final TlbFills fills = new TlbFills(3);

    @Test
    void entriesAreRememberedUntilTheyAreTooMany() {
        assertThat(fills.count()).isZero();
        fills.add(7);
        fills.add(9);
        fills.add(7);
        assertThat(fills.count()).isEqualTo(3);
        assertThat(fills.entry(1)).isEqualTo(9);
        fills.add(8);
        assertThat(fills.count()).isEqualTo(-1);
        for (int i = 0; i < 10; i++) {
            fills.add(8);
        }
        assertThat(fills.count()).isEqualTo(-1);
        fills.clear();
        assertThat(fills.count()).isZero();
    }

    @Test
    void largePagesAreFoundFromAllTheirAddresses() {
        fills.addLarge(0xFFFF_8880_0123_4000L, 21);
        assertThat(fills.mayHoldLarge(0xFFFF_8880_0120_0000L)).isTrue();
        assertThat(fills.mayHoldLarge(0xFFFF_8880_0100_0000L)).isTrue();
        assertThat(fills.mayHoldLarge(0xFFFF_8880_0040_0000L)).isFalse();
        assertThat(fills.mayHoldHuge(0xFFFF_8880_0120_0000L)).isFalse();
        fills.addLarge(0x4013_0000L, 30);
        assertThat(fills.mayHoldHuge(0x7FFF_FFFFL)).isTrue();
        assertThat(fills.mayHoldHuge(0x8000_0000L)).isFalse();
        fills.clear();
        assertThat(fills.mayHoldHuge(0x7FFF_FFFFL)).isTrue();
        fills.clearAll();
        assertThat(fills.mayHoldHuge(0x7FFF_FFFFL)).isFalse();
        assertThat(fills.mayHoldLarge(0xFFFF_8880_0120_0000L)).isFalse();
    }
}
