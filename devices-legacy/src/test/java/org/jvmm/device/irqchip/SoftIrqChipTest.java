package org.jvmm.device.irqchip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.Bus;
import org.jvmm.core.irq.ApicFault;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.testing.FakeClock;

class SoftIrqChipTest {
    private static final int SVR = 0xF0;
    private static final int EOI = 0xB0;
    private static final int TPR = 0x80;
    private static final int LVT_TIMER = 0x320;
    private static final int DEADLINE_MSR = 0x6E0;

    private final FakeClock clock = new FakeClock();
    private final SoftIrqChip chip = new SoftIrqChip(clock, 1);
    private final Bus pio = new Bus("pio");
    private final Bus mmio = new Bus("mmio");
    private CpuInterrupts cpu;
    private int attentions;

    @BeforeEach
    void attach() {
        chip.attachTo(pio, mmio);
        cpu = chip.attach(0, () -> attentions++);
        cpu.writeRegister(SVR, 0x1FF);
    }

    private void route(int pin, long entry) {
        mmio.write(GuestLayout.IOAPIC, 4, 0x10 + 2 * pin);
        mmio.write(GuestLayout.IOAPIC + 0x10, 4, entry & 0xFFFF_FFFFL);
        mmio.write(GuestLayout.IOAPIC, 4, 0x11 + 2 * pin);
        mmio.write(GuestLayout.IOAPIC + 0x10, 4, entry >>> 32);
    }

    @Test
    void edgeInterruptGoesThroughOnce() {
        route(5, 0x45);
        chip.line(5).pulse();
        assertThat(attentions).isPositive();
        assertThat(cpu.pendingVector()).isEqualTo(0x45);
        assertThat(cpu.acknowledge()).isEqualTo(0x45);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        cpu.writeRegister(EOI, 0);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
    }

    @Test
    void levelInterruptComesAgainWhileTheLineIsUp() {
        route(6, 0x46 | 1 << 15);
        chip.line(6).raise();
        assertThat(cpu.acknowledge()).isEqualTo(0x46);
        cpu.writeRegister(EOI, 0);
        assertThat(cpu.acknowledge()).isEqualTo(0x46);
        chip.line(6).lower();
        cpu.writeRegister(EOI, 0);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
    }

    @Test
    void higherPriorityNestsAndTaskPriorityHoldsBack() {
        chip.signalMsi(0xFEE0_0000L, 0x51);
        assertThat(cpu.acknowledge()).isEqualTo(0x51);
        chip.signalMsi(0xFEE0_0000L, 0x52);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        chip.signalMsi(0xFEE0_0000L, 0x61);
        assertThat(cpu.acknowledge()).isEqualTo(0x61);
        cpu.writeRegister(EOI, 0);
        cpu.writeRegister(EOI, 0);
        cpu.writeRegister(TPR, 0x50);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        cpu.writeRegister(TPR, 0);
        assertThat(cpu.pendingVector()).isEqualTo(0x52);
    }

    @Test
    void deadlineTimerFiresAtItsTime() {
        cpu.writeRegister(LVT_TIMER, 0xEC | 2 << 17);
        cpu.writeMsr(DEADLINE_MSR, clock.nanoTime() - chip.tscOrigin() + 1000);
        clock.advance(999);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
        clock.advance(1);
        assertThat(cpu.acknowledge()).isEqualTo(0xEC);
        assertThat(cpu.readMsr(DEADLINE_MSR)).isZero();
    }

    @Test
    void periodicTimerCountsItsCrystal() {
        cpu.writeRegister(LVT_TIMER, 0xEC | 1 << 17);
        cpu.writeRegister(0x3E0, 0xB);
        cpu.writeRegister(0x380, 25);
        clock.advance(1000);
        assertThat(cpu.acknowledge()).isEqualTo(0xEC);
        cpu.writeRegister(EOI, 0);
        clock.advance(1000);
        assertThat(cpu.acknowledge()).isEqualTo(0xEC);
    }

    @Test
    void picDeliversThroughLint0() {
        pio.write(0x20, 1, 0x11);
        pio.write(0x21, 1, 0x30);
        pio.write(0x21, 1, 4);
        pio.write(0x21, 1, 1);
        pio.write(0x21, 1, 0xEF);
        chip.line(4).raise();
        assertThat(cpu.pendingVector()).isEqualTo(0x34);
        assertThat(cpu.acknowledge()).isEqualTo(0x34);
        assertThat(cpu.pendingVector()).isEqualTo(-1);
    }

    @Test
    void x2apicRegistersNeedTheirMode() {
        assertThatThrownBy(() -> cpu.readMsr(0x802)).isSameAs(ApicFault.INSTANCE);
        cpu.writeMsr(0x1B, cpu.readMsr(0x1B) | 1 << 10);
        assertThat(cpu.readMsr(0x802)).isZero();
        assertThat(cpu.pageEnabled()).isFalse();
        cpu.writeMsr(0x83F, 0x77);
        assertThat(cpu.acknowledge()).isEqualTo(0x77);
        assertThatThrownBy(() -> cpu.writeMsr(0x1B, cpu.readMsr(0x1B) & ~(1 << 10))).isSameAs(ApicFault.INSTANCE);
    }

    @Test
    void randomAccessesLeaveTheChipAnswering() {
        Random random = new Random(3);
        for (int i = 0; i < 200_000; i++) {
            switch (random.nextInt(5)) {
                case 0 -> cpu.writeRegister(random.nextInt(0x400), random.nextInt());
                case 1 -> mmio.write(GuestLayout.IOAPIC + 4 * random.nextInt(8), 4, random.nextInt() & 0xFFFF_FFFFL);
                case 2 ->
                    pio.write(new int[] { 0x20, 0x21, 0xA0, 0xA1, 0x40, 0x42, 0x43, 0x61 }[random.nextInt(8)], 1, random.nextInt(256));
                case 3 -> chip.line(random.nextInt(24)).pulse();
                default -> {
                    cpu.acknowledge();
                    clock.advance(random.nextInt(100_000));
                }
            }
        }
        cpu.writeRegister(SVR, 0x1FF);
        cpu.writeRegister(TPR, 0);
        pio.write(0x21, 1, 0xFF);
        pio.write(0x21, 1, 0xFF);
        pio.write(0x21, 1, 0xFF);
        pio.write(0x21, 1, 0xFF);
        cpu.writeRegister(LVT_TIMER, 1 << 16);
        while (cpu.acknowledge() >= 0 || cpu.readRegister(0xA0) != 0) {
            cpu.writeRegister(TPR, 0);
            cpu.writeRegister(EOI, 0);
        }
        chip.signalMsi(0xFEE0_0000L, 0xF1);
        assertThat(cpu.acknowledge()).isEqualTo(0xF1);
    }

}
