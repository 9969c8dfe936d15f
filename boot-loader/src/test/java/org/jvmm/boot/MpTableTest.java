package org.jvmm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.TestMemory;

/** Reads the table back as Linux does (MultiProcessor Specification 1.4, chapter 4). */
class MpTableTest {
    private final GuestMemory memory = TestMemory.ofSize(1 << 20);

    private int sum(long at, int length) {
        int sum = 0;
        for (long i = at; i < at + length; i++) {
            sum += memory.read8(i);
        }
        return sum & 0xFF;
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 2, 31, 32 })
    void everyCpuAndEveryRoute(int cpus) {
        MpTable.write(memory, cpus);
        long pointer = GuestLayout.MP_TABLE;
        assertThat(memory.read32(pointer)).isEqualTo('_' | 'M' << 8 | 'P' << 16 | '_' << 24);
        assertThat(sum(pointer, 16)).isZero();
        assertThat(memory.read8(pointer + 8)).isOne();
        long table = memory.read32(pointer + 4);
        assertThat(memory.read32(table)).isEqualTo('P' | 'C' << 8 | 'M' << 16 | 'P' << 24);
        int length = memory.read16(table + 4);
        assertThat(sum(table, length)).isZero();
        assertThat(table + length).isLessThanOrEqualTo(GuestLayout.SYSTEM_AREA + 1024);
        assertThat(memory.read32(table + 36)).isEqualTo((int) GuestLayout.LAPIC);

        int bootProcessors = 0;
        int apicIds = 0;
        int extInt = 0;
        int nmi = 0;
        Map<Integer, Integer> pins = new HashMap<>();
        long at = table + 44;
        int entries = memory.read16(table + 34);
        int type = 0;
        for (int i = 0; i < entries; i++) {
            // Sorted by type (§4.3).
            assertThat(memory.read8(at)).isGreaterThanOrEqualTo(type);
            type = memory.read8(at);
            switch (type) {
                case 0 -> {
                    assertThat(memory.read8(at + 1)).isEqualTo(apicIds++);
                    assertThat(memory.read8(at + 3) & 1).isOne();
                    bootProcessors += memory.read8(at + 3) >> 1 & 1;
                }
                case 1 -> assertThat(memory.read32(at + 2)).isEqualTo('I' | 'S' << 8 | 'A' << 16 | ' ' << 24);
                case 2 -> {
                    assertThat(memory.read8(at + 1)).isEqualTo(cpus);
                    assertThat(memory.read8(at + 3)).isOne();
                    assertThat(memory.read32(at + 4)).isEqualTo((int) GuestLayout.IOAPIC);
                }
                case 3 -> {
                    assertThat(memory.read8(at + 6)).isEqualTo(cpus);
                    assertThat(pins.put(memory.read8(at + 5), memory.read8(at + 7))).isNull();
                }
                case 4 -> {
                    extInt += memory.read8(at + 1) == 3 && memory.read8(at + 7) == 0 ? 1 : 0;
                    nmi += memory.read8(at + 1) == 1 && memory.read8(at + 7) == 1 ? 1 : 0;
                }
                default -> throw new AssertionError("entry type " + type);
            }
            at += type == 0 ? 20 : 8;
        }
        assertThat(at).isEqualTo(table + length);
        assertThat(apicIds).isEqualTo(cpus);
        assertThat(bootProcessors).isOne();
        assertThat(extInt).isOne();
        assertThat(nmi).isOne();
        assertThat(pins).hasSize(GuestLayout.IOAPIC_PINS - 1).containsEntry(0, 2).doesNotContainKey(2);
        for (int irq = 1; irq < GuestLayout.IOAPIC_PINS; irq++) {
            if (irq != 2) {
                assertThat(pins).containsEntry(irq, irq);
            }
        }
    }
}
