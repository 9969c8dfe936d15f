package org.jvmm.device.irqchip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.Bus;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.testing.FakeClock;

/** Command words: Intel 8259A data sheet. */
class PicPairTest {
    private static final int EOI = 0x20;

    private final SoftIrqChip chip = new SoftIrqChip(new FakeClock(), 1);
    private final Bus pio = new Bus("pio");
    private CpuInterrupts cpu;

    @BeforeEach
    void attach() {
        chip.attachTo(pio, new Bus("mmio"));
        cpu = chip.attach(0, () -> {
        });
        initialise(1);
    }

    /** As Linux does, with vectors 0x30 and 0x38; everything unmasked. */
    private void initialise(int icw4) {
        for (int base : new int[] { 0x20, 0xA0 }) {
            pio.write(base, 1, 0x11);
            pio.write(base + 1, 1, base == 0x20 ? 0x30 : 0x38);
            pio.write(base + 1, 1, base == 0x20 ? 4 : 2);
            pio.write(base + 1, 1, icw4);
            pio.write(base + 1, 1, 0);
        }
    }

    private int acknowledge() {
        return cpu.pendingVector() < 0 ? -1 : cpu.acknowledge();
    }

    private void raise(int... irqs) {
        for (int irq : irqs) {
            chip.line(irq).raise();
        }
    }

    @Test
    void lowerInputsGoFirst() {
        raise(7, 3, 5);
        assertThat(acknowledge()).isEqualTo(0x33);
        assertThat(acknowledge()).as("blocked by the one in service").isEqualTo(-1);
        pio.write(0x20, 1, EOI);
        assertThat(acknowledge()).isEqualTo(0x35);
        raise(1);
        assertThat(acknowledge()).as("a higher one nests").isEqualTo(0x31);
        pio.write(0x20, 1, EOI);
        assertThat(acknowledge()).isEqualTo(-1);
        pio.write(0x20, 1, EOI);
        assertThat(acknowledge()).isEqualTo(0x37);
    }

    @Test
    void secondHangsOnInputTwo() {
        raise(8, 12);
        assertThat(acknowledge()).isEqualTo(0x38);
        pio.write(0xA0, 1, EOI);
        pio.write(0x20, 1, EOI);
        assertThat(acknowledge()).isEqualTo(0x3C);
        raise(1);
        assertThat(acknowledge()).isEqualTo(0x31);
        pio.write(0x20, 1, EOI);
        pio.write(0xA0, 1, EOI);
        pio.write(0x20, 1, EOI);
        assertThat(acknowledge()).isEqualTo(-1);
    }

    @Test
    void masks() {
        pio.write(0x21, 1, 1 << 4);
        raise(4);
        assertThat(acknowledge()).isEqualTo(-1);
        assertThat(pio.read(0x21, 1)).isEqualTo(0x10);
        pio.write(0x21, 1, 0);
        assertThat(acknowledge()).as("an edge is remembered").isEqualTo(0x34);
        pio.write(0x20, 1, EOI);
        pio.write(0x21, 1, 4);
        raise(9);
        assertThat(acknowledge()).as("the second one is masked as a whole").isEqualTo(-1);
    }

    @Test
    void specificEndOfInterrupt() {
        raise(3);
        acknowledge();
        raise(1);
        acknowledge();
        pio.write(0x20, 1, 0x60 | 3);
        pio.write(0x20, 1, 0x0B);
        assertThat(pio.read(0x20, 1)).isEqualTo(1 << 1);
        pio.write(0x20, 1, 0x60 | 1);
        assertThat(pio.read(0x20, 1)).isZero();
    }

    @Test
    void requestAndServiceRegisters() {
        raise(6);
        pio.write(0x20, 1, 0x0A);
        assertThat(pio.read(0x20, 1)).isEqualTo(1 << 6);
        acknowledge();
        assertThat(pio.read(0x20, 1)).isZero();
        pio.write(0x20, 1, 0x0B);
        assertThat(pio.read(0x20, 1)).isEqualTo(1 << 6);
    }

    @Test
    void automaticEndOfInterrupt() {
        initialise(3);
        raise(3, 5);
        assertThat(acknowledge()).isEqualTo(0x33);
        assertThat(acknowledge()).isEqualTo(0x35);
        assertThat(acknowledge()).isEqualTo(-1);
    }

    @Test
    void edgesNeedALowInBetweenLevelsDoNot() {
        raise(5);
        assertThat(acknowledge()).isEqualTo(0x35);
        pio.write(0x20, 1, EOI);
        raise(5);
        assertThat(acknowledge()).isEqualTo(-1);
        pio.write(0x4D0, 1, 0xFF);
        assertThat(pio.read(0x4D0, 1)).as("0, 1 and 2 stay edges").isEqualTo(0xF8);
        pio.write(0x4D1, 1, 0xFF);
        assertThat(pio.read(0x4D1, 1)).as("8 and 13 stay edges").isEqualTo(0xDE);
        raise(5);
        assertThat(acknowledge()).isEqualTo(0x35);
        pio.write(0x20, 1, EOI);
        assertThat(acknowledge()).as("still up").isEqualTo(0x35);
        chip.line(5).lower();
        pio.write(0x20, 1, EOI);
        assertThat(acknowledge()).isEqualTo(-1);
    }

    @Test
    void poll() {
        raise(4);
        pio.write(0x20, 1, 0x0C);
        assertThat(pio.read(0x20, 1)).isEqualTo(0x84);
        pio.write(0x20, 1, EOI);
        pio.write(0x20, 1, 0x0C);
        assertThat(pio.read(0x20, 1)).isZero();
    }

    @Test
    void specialMaskModeLetsLowerOnesThrough() {
        raise(1);
        acknowledge();
        raise(6);
        assertThat(acknowledge()).isEqualTo(-1);
        pio.write(0x20, 1, 0x68);
        pio.write(0x21, 1, 1 << 1);
        assertThat(acknowledge()).isEqualTo(0x36);
    }

    @Test
    void aRequestThatGoesAwayIsSpurious() {
        pio.write(0x4D0, 1, 0x20);
        raise(5);
        assertThat(cpu.pendingVector()).isEqualTo(0x35);
        chip.line(5).lower();
        assertThat(cpu.acknowledge()).isEqualTo(-1);
        assertThat(chip.pics().acknowledge()).as("the cycle itself gives input 7").isEqualTo(0x37);
    }

    @Test
    void anyAccessesLeaveThemAnswering() {
        int[] ports = { 0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1 };
        Random random = new Random(8259);
        for (int i = 0; i < 200_000; i++) {
            switch (random.nextInt(5)) {
                case 0 -> chip.line(random.nextInt(16)).raise();
                case 1 -> chip.line(random.nextInt(16)).lower();
                case 2 -> assertThat(cpu.acknowledge()).isBetween(-1, 255);
                case 3 -> assertThat(pio.read(ports[random.nextInt(6)], 1)).isBetween(0L, 255L);
                default -> pio.write(ports[random.nextInt(6)], 1, random.nextInt(256));
            }
        }
        for (int irq = 0; irq < 16; irq++) {
            chip.line(irq).lower();
        }
        pio.write(0x4D0, 1, 0);
        pio.write(0x4D1, 1, 0);
        initialise(1);
        assertThat(acknowledge()).isEqualTo(-1);
        raise(4);
        assertThat(acknowledge()).isEqualTo(0x34);
        raise(11);
        pio.write(0x20, 1, EOI);
        assertThat(acknowledge()).isEqualTo(0x3B);
    }
}
