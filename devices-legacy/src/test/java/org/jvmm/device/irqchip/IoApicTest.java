package org.jvmm.device.irqchip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.Bus;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.testing.FakeClock;

/** Registers and entries: 82093AA data sheet, §3.2. */
class IoApicTest {
    private static final long MASKED = 1 << 16;
    private static final long LEVEL = 1 << 15;
    private static final long REMOTE_IRR = 1 << 14;
    private static final long LOGICAL = 1 << 11;

    private final SoftIrqChip chip = new SoftIrqChip(new FakeClock(), 4);
    private final Bus mmio = new Bus("mmio");
    private final CpuInterrupts[] cpus = new CpuInterrupts[4];

    @BeforeEach
    void attach() {
        chip.attachTo(new Bus("pio"), mmio);
        for (int i = 0; i < cpus.length; i++) {
            cpus[i] = chip.attach(i, () -> {
            });
            cpus[i].writeRegister(0xF0, 0x1FF);
            // Flat logical ids, one bit each.
            cpus[i].writeRegister(0xE0, -1);
            cpus[i].writeRegister(0xD0, 1 << 24 + i);
        }
    }

    private long read(int register) {
        mmio.write(GuestLayout.IOAPIC, 4, register);
        return mmio.read(GuestLayout.IOAPIC + 0x10, 4);
    }

    private void write(int register, long value) {
        mmio.write(GuestLayout.IOAPIC, 4, register);
        mmio.write(GuestLayout.IOAPIC + 0x10, 4, value & 0xFFFF_FFFFL);
    }

    private void route(int pin, long entry) {
        write(0x11 + 2 * pin, entry >>> 32);
        write(0x10 + 2 * pin, entry);
    }

    private long entry(int pin) {
        return read(0x10 + 2 * pin) | read(0x11 + 2 * pin) << 32;
    }

    private String pending() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < cpus.length; i++) {
            if (cpus[i].pendingVector() >= 0) {
                text.append(i).append(':').append(Integer.toHexString(cpus[i].acknowledge())).append(' ');
                cpus[i].writeRegister(0xB0, 0);
            }
        }
        return text.toString().strip();
    }

    @Test
    void identification() {
        assertThat(read(1)).isEqualTo(0x17_0011);
        assertThat(read(0)).isZero();
        write(0, 0xFFFF_FFFFL);
        assertThat(read(0)).isEqualTo(0x0F00_0000);
        assertThat(read(2)).isEqualTo(0x0F00_0000);
        assertThat(mmio.read(GuestLayout.IOAPIC, 4)).isEqualTo(2);
        for (int register = 3; register < 0x10; register++) {
            assertThat(read(register)).isZero();
        }
        assertThat(read(0x40)).isZero();
        assertThat(read(0xFF)).isZero();
    }

    @Test
    void allPinsStartMasked() {
        for (int pin = 0; pin < 24; pin++) {
            assertThat(entry(pin)).isEqualTo(MASKED);
            chip.line(pin == 2 ? 0 : pin).pulse();
        }
        assertThat(pending()).isEmpty();
    }

    @Test
    void readOnlyBitsStay() {
        route(7, -1);
        assertThat(entry(7)).isEqualTo(0xFF00_0000_0001_AFFFL);
    }

    @Test
    void physicalDestinations() {
        route(5, 0x55 | 2L << 56);
        chip.line(5).pulse();
        assertThat(pending()).isEqualTo("2:55");
        route(5, 0x55 | 0xFFL << 56);
        chip.line(5).pulse();
        assertThat(pending()).isEqualTo("0:55 1:55 2:55 3:55");
        route(5, 0x55 | 9L << 56);
        chip.line(5).pulse();
        assertThat(pending()).isEmpty();
    }

    @Test
    void logicalDestinationsAndLowestPriority() {
        route(6, 0x66 | LOGICAL | 0b1010L << 56);
        chip.line(6).pulse();
        assertThat(pending()).isEqualTo("1:66 3:66");
        route(6, 0x66 | LOGICAL | 1 << 8 | 0b1110L << 56);
        chip.line(6).pulse();
        assertThat(pending()).as("one of them alone").matches("[123]:66");
    }

    @Test
    void theTimersLineIsPinTwo() {
        route(2, 0x30);
        route(0, 0x31);
        chip.line(0).pulse();
        assertThat(pending()).isEqualTo("0:30");
    }

    @Test
    void anEdgeWhileMaskedIsLost() {
        route(8, 0x58 | MASKED);
        chip.line(8).pulse();
        route(8, 0x58);
        assertThat(pending()).isEmpty();
        chip.line(8).raise();
        chip.line(8).raise();
        assertThat(pending()).as("no second edge without a low in between").isEqualTo("0:58");
        chip.line(8).lower();
        chip.line(8).raise();
        assertThat(pending()).isEqualTo("0:58");
    }

    @Test
    void aLevelWhileMaskedComesWhenUnmasked() {
        route(9, 0x59 | LEVEL | MASKED);
        chip.line(9).raise();
        assertThat(pending()).isEmpty();
        route(9, 0x59 | LEVEL);
        assertThat(cpus[0].acknowledge()).isEqualTo(0x59);
        assertThat(entry(9) & REMOTE_IRR).isEqualTo(REMOTE_IRR);
        chip.line(9).lower();
        cpus[0].writeRegister(0xB0, 0);
        assertThat(entry(9) & REMOTE_IRR).isZero();
        assertThat(cpus[0].pendingVector()).isEqualTo(-1);
    }

    @Test
    void twoPinsOfOneVectorAreBothDeliveredAgain() {
        route(10, 0x5A | LEVEL);
        route(11, 0x5A | LEVEL);
        chip.line(10).raise();
        chip.line(11).raise();
        assertThat(cpus[0].acknowledge()).isEqualTo(0x5A);
        chip.line(10).lower();
        cpus[0].writeRegister(0xB0, 0);
        assertThat(entry(10) & REMOTE_IRR).isZero();
        assertThat(entry(11) & REMOTE_IRR).isEqualTo(REMOTE_IRR);
        assertThat(cpus[0].acknowledge()).isEqualTo(0x5A);
    }

    @Test
    void switchingToEdgeClearsAStuckRemoteIrr() {
        route(12, 0x5C | LEVEL);
        chip.line(12).raise();
        assertThat(entry(12) & REMOTE_IRR).isEqualTo(REMOTE_IRR);
        route(12, 0x5C | MASKED);
        assertThat(entry(12) & REMOTE_IRR).isZero();
    }

    @Test
    void nmiByItsMode() {
        route(13, 4 << 8);
        chip.line(13).pulse();
        assertThat(cpus[0].takeNmi()).isTrue();
        assertThat(cpus[0].takeNmi()).isFalse();
    }

    @Test
    void illegalVectorsReachNobody() {
        route(14, 0x0F);
        chip.line(14).pulse();
        assertThat(pending()).isEmpty();
    }

    @Test
    void anyAccessesLeaveItAnswering() {
        Random random = new Random(82093);
        for (int i = 0; i < 200_000; i++) {
            int size = 1 << random.nextInt(4);
            long address = GuestLayout.IOAPIC + random.nextInt(3) * 0x10 + (random.nextInt(20) == 0 ? random.nextInt(64) : 0);
            switch (random.nextInt(6)) {
                case 0 -> mmio.read(address, size);
                case 1 -> chip.line(random.nextInt(24)).raise();
                case 2 -> chip.line(random.nextInt(24)).lower();
                case 3 -> pending();
                default -> mmio.write(address, size, size == 8 ? random.nextLong() : random.nextLong() & (1L << 8 * size) - 1);
            }
        }
        for (int pin = 0; pin < 24; pin++) {
            chip.line(pin).lower();
            route(pin, MASKED);
        }
        for (int i = 0; i < 300; i++) {
            pending();
        }
        route(5, 0xF5);
        chip.line(5).pulse();
        assertThat(pending()).isEqualTo("0:f5");
    }
}
