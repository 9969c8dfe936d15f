package org.jvmm.device.i8042;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.bus.BusDevice;
import org.jvmm.device.RecordingLine;

class I8042Test {
    private final RecordingLine irq = new RecordingLine();
    private int resets;
    private final I8042 controller = new I8042(irq, () -> resets++);
    private final BusDevice data = controller.dataPort();
    private final BusDevice command = controller.commandPort();

    private long status() {
        return command.read(0, 1);
    }

    private void command(int value) {
        command.write(0, 1, value);
    }

    private void data(int value) {
        data.write(0, 1, value);
    }

    @Test
    void linuxResetsByPulsingTheLine() {
        // arch/x86/kernel/reboot.c, BOOT_KBD: waits until the input buffer is empty (status bit 1), then writes 0xFE.
        assertThat(status() & 2).isZero();
        command(0xFE);
        assertThat(resets).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = { 0xF0, 0xF2, 0xFC, 0xFE })
    void pulsesWithBitZeroClearReset(int value) {
        command(value);
        assertThat(resets).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = { 0xF1, 0xFD, 0xFF, 0xEE, 0xE0, 0x00, 0xAA })
    void othersDoNot(int value) {
        command(value);
        data(value);
        assertThat(resets).isZero();
    }

    @Test
    void outputPortWithBitZeroClearResets() {
        command(0xD1);
        data(3);
        assertThat(resets).isZero();
        command(0xD0);
        assertThat(data.read(0, 1)).isEqualTo(3);
        command(0xD1);
        data(2);
        assertThat(resets).isOne();
    }

    @Test
    void aByteWithoutItsCommandIsNoOutputPort() {
        command(0xD1);
        command(0x20);
        data(0);
        assertThat(resets).isZero();
    }

    @Test
    void selfTestAndInterfaceTests() {
        command(0xAA);
        assertThat(status()).isEqualTo(4 | 8 | 1);
        assertThat(data.read(0, 1)).isEqualTo(0x55);
        assertThat(status() & 1).isZero();
        command(0xAB);
        assertThat(data.read(0, 1)).isZero();
        command(0xA9);
        assertThat(data.read(0, 1)).isZero();
        assertThat(data.read(0, 1)).as("nothing waits").isZero();
    }

    @Test
    void configurationByte() {
        command(0x60);
        data(0x40);
        assertThat(status() & 8).isZero();
        command(0x20);
        assertThat(data.read(0, 1)).isEqualTo(0x40);
        command(0xAD);
        command(0xA7);
        command(0x20);
        assertThat(data.read(0, 1)).isEqualTo(0x70);
        command(0xAE);
        command(0xA8);
        command(0x20);
        assertThat(data.read(0, 1)).isEqualTo(0x40);
    }

    @Test
    void interruptWhenConfigured() {
        command(0xAA);
        assertThat(irq.isHigh()).isFalse();
        data.read(0, 1);
        command(0x60);
        data(1);
        command(0xD2);
        data(0x1C);
        assertThat(irq.isHigh()).isTrue();
        assertThat(data.read(0, 1)).isEqualTo(0x1C);
        assertThat(irq.isHigh()).isFalse();
    }

    @Test
    void anyAccessesLeaveTheControllerAnswering() {
        Random random = new Random(8042);
        for (int i = 0; i < 200_000; i++) {
            BusDevice port = random.nextBoolean() ? data : command;
            if (random.nextBoolean()) {
                port.write(0, 1 << random.nextInt(4), random.nextLong());
            } else {
                assertThat(port.read(0, 1 << random.nextInt(4))).isBetween(0L, 255L);
            }
        }
        command(0x60);
        data(0);
        command(0xAA);
        assertThat(data.read(0, 1)).isEqualTo(0x55);
        resets = 0;
        command(0xFE);
        assertThat(resets).isOne();
    }
}
