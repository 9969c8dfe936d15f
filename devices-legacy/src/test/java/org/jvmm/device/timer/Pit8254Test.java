package org.jvmm.device.timer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.device.RecordingLine;

/** Control words and modes: Intel 8254 data sheet. */
class Pit8254Test {
    private static final int CONTROL = 3;
    private static final long SECOND = 1_000_000_000L;

    private final FakeClock clock = new FakeClock();
    private final RecordingLine irq = new RecordingLine();
    private final Pit8254 pit = new Pit8254(clock, irq);
    private final BusDevice ports = pit.counters();
    private final BusDevice speaker = pit.speakerPort();

    private void program(int channel, int mode, int count) {
        ports.write(CONTROL, 1, channel << 6 | 0x30 | mode << 1);
        ports.write(channel, 1, count & 0xFF);
        ports.write(channel, 1, count >> 8);
    }

    private int readCount(int channel) {
        int low = (int) ports.read(channel, 1);
        return low | (int) ports.read(channel, 1) << 8;
    }

    private void advanceTicks(long ticks) {
        // The first nanosecond at which that many input clocks have passed.
        clock.advance((ticks * SECOND + Pit8254.HZ - 1) / Pit8254.HZ);
    }

    private boolean output2() {
        return (speaker.read(0, 1) & 0x20) != 0;
    }

    @ParameterizedTest
    @ValueSource(ints = { 2, 3, 6, 7 })
    void periodicModesTickChannelZero(int mode) {
        program(0, mode, 11932);
        clock.advance(SECOND);
        assertThat(irq.takeEdges()).isBetween(99, 100);
        ports.write(CONTROL, 1, 0x30 | mode << 1);
        clock.advance(SECOND);
        assertThat(irq.takeEdges()).as("a control word stops the counter until it is loaded").isZero();
        assertThat(clock.armedTimers()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 4, 5 })
    void otherModesTickOnce(int mode) {
        program(0, mode, 1000);
        clock.advance(SECOND);
        assertThat(irq.takeEdges()).isOne();
        assertThat(clock.armedTimers()).isZero();
    }

    @Test
    void zeroIsTheLargestCount() {
        program(0, 2, 0);
        clock.advance(65536 * SECOND / Pit8254.HZ - 1);
        assertThat(irq.takeEdges()).isZero();
        clock.advance(2);
        assertThat(irq.takeEdges()).isOne();
    }

    @Test
    void ticksThatALateHostMissedAreLost() {
        program(0, 2, 1193);
        // All at once: the queue fires what is due, and the counter goes on from now.
        clock.advance(SECOND);
        int edges = irq.takeEdges();
        assertThat(edges).isLessThanOrEqualTo(1001);
        clock.advance(1_000_000);
        assertThat(irq.takeEdges()).isLessThanOrEqualTo(2);
    }

    @Test
    void countsDown() {
        program(2, 0, 5000);
        assertThat(readCount(2)).isEqualTo(5000);
        advanceTicks(1200);
        assertThat(readCount(2)).isEqualTo(3800);
        advanceTicks(3900);
        assertThat(readCount(2)).as("after the end it wraps").isBetween(0xFF00, 0xFFFF);
    }

    @Test
    void modeThreeCountsByTwo() {
        program(2, 3, 1000);
        advanceTicks(100);
        assertThat(readCount(2)).isEqualTo(800);
        advanceTicks(400);
        assertThat(readCount(2)).isBetween(998, 1000);
    }

    @Test
    void latchHoldsWhileTheCounterGoesOn() {
        program(2, 0, 5000);
        advanceTicks(100);
        ports.write(CONTROL, 1, 0x80);
        advanceTicks(100);
        ports.write(CONTROL, 1, 0x80);
        assertThat(readCount(2)).as("the first latch counts").isEqualTo(4900);
        assertThat(readCount(2)).isEqualTo(4800);
    }

    @Test
    void bytesOfOneReadBelongTogether() {
        program(2, 0, 0x1000);
        int low = (int) ports.read(2, 1);
        advanceTicks(0x300);
        assertThat((int) ports.read(2, 1) << 8 | low).isEqualTo(0x1000);
    }

    @Test
    void accessByOneByte() {
        ports.write(CONTROL, 1, 0x90);
        ports.write(2, 1, 200);
        assertThat(ports.read(2, 1)).isEqualTo(200);
        ports.write(CONTROL, 1, 0xA0);
        ports.write(2, 1, 3);
        assertThat(ports.read(2, 1)).isEqualTo(3);
        advanceTicks(10);
        assertThat(ports.read(2, 1)).as("the high byte of 0x2F6").isEqualTo(2);
    }

    @Test
    void readBackGivesStatusThenCount() {
        ports.write(CONTROL, 1, 0xB4);
        ports.write(CONTROL, 1, 0xE8);
        assertThat(ports.read(2, 1)).as("null count, both bytes, mode 2, output high").isEqualTo(0xC0 | 0x34);
        program(2, 3, 400);
        advanceTicks(60);
        ports.write(CONTROL, 1, 0xC8);
        advanceTicks(50);
        assertThat(ports.read(2, 1)).isEqualTo(0x80 | 0x36);
        assertThat(readCount(2)).isEqualTo(280);
    }

    @Test
    void outputOfChannelTwoAtTheSpeakerPort() {
        speaker.write(0, 1, 1);
        assertThat(speaker.read(0, 1) & 3).isEqualTo(1);
        // Linux calibrates by mode 0 and this bit (arch/x86/kernel/tsc.c, pit_calibrate_tsc).
        program(2, 0, 1193);
        assertThat(output2()).isFalse();
        advanceTicks(1192);
        assertThat(output2()).isFalse();
        advanceTicks(2);
        assertThat(output2()).isTrue();
        program(2, 3, 1000);
        assertThat(output2()).isTrue();
        advanceTicks(501);
        assertThat(output2()).isFalse();
        speaker.write(0, 1, 2);
        assertThat(speaker.read(0, 1) & 3).isEqualTo(2);
    }

    @Test
    void gateStartsTheCountAnew() {
        speaker.write(0, 1, 1);
        program(2, 0, 1193);
        advanceTicks(1000);
        speaker.write(0, 1, 0);
        speaker.write(0, 1, 1);
        assertThat(readCount(2)).isEqualTo(1193);
    }

    @Test
    void refreshBitToggles() {
        long first = speaker.read(0, 1) & 0x10;
        clock.advance(15_085);
        assertThat(speaker.read(0, 1) & 0x10).isNotEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource({ "1, 0", "30, 5", "1000, 3", "36500, 2" })
    void countsAreRightAfterDays(long days, int mode) {
        program(2, mode, 0);
        for (long day = 0; day < days; day += 100) {
            clock.advance(Math.min(100, days - day) * 86_400 * SECOND);
        }
        long ticks = days * 86_400 * Pit8254.HZ;
        long expected = mode == 3 ? 0x10000 - 2 * ticks % 0x10000 : mode == 2 ? 0x10000 - ticks % 0x10000 : -ticks;
        assertThat(readCount(2)).isEqualTo((int) (expected & 0xFFFF));
    }

    @Test
    void anyAccessesLeaveTheTimerAnswering() {
        Random random = new Random(8254);
        for (int i = 0; i < 100_000; i++) {
            switch (random.nextInt(4)) {
                case 0 -> ports.write(random.nextInt(4), 1 << random.nextInt(3), random.nextLong());
                case 1 -> speaker.write(0, 1, random.nextInt(256));
                case 2 -> assertThat(ports.read(random.nextInt(4), 1)).isBetween(0L, 255L);
                default -> {
                    assertThat(speaker.read(0, 1)).isBetween(0L, 255L);
                    clock.advance(random.nextInt(20_000));
                }
            }
        }
        program(0, 2, 11932);
        irq.takeEdges();
        clock.advance(SECOND);
        assertThat(irq.takeEdges()).isBetween(99, 100);
    }
}
