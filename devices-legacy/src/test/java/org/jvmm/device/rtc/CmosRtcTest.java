package org.jvmm.device.rtc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.testing.FakeClock;

/** Register numbers: MC146818A data sheet; 0x32 is the century of PCs. */
class CmosRtcTest {
    private final FakeClock clock = new FakeClock();
    private final CmosRtc rtc = new CmosRtc(clock);

    private int read(int register) {
        rtc.write(0, 1, register);
        return (int) rtc.read(1, 1);
    }

    private void write(int register, int value) {
        rtc.write(0, 1, register);
        rtc.write(1, 1, value);
    }

    private void set(String time) {
        clock.setWallMillis(LocalDateTime.parse(time).toInstant(ZoneOffset.UTC).toEpochMilli());
    }

    @Test
    void timeInBinaryCodedDecimal() {
        set("2026-11-25T23:58:59");
        assertThat(new int[] { read(0), read(2), read(4), read(6), read(7), read(8), read(9), read(0x32) })
                .containsExactly(0x59, 0x58, 0x23, 4, 0x25, 0x11, 0x26, 0x20);
        clock.advance(61_000_000_000L);
        assertThat(new int[] { read(0), read(2), read(4), read(6), read(7) }).containsExactly(0, 0, 0, 5, 0x26);
    }

    @Test
    void timeInBinary() {
        set("2000-02-29T12:34:56");
        write(0x0B, 6);
        assertThat(new int[] { read(0), read(2), read(4), read(6), read(7), read(8), read(9), read(0x32) }).containsExactly(56, 34, 12, 3,
                29, 2, 0, 20);
    }

    @ParameterizedTest
    @ValueSource(strings = { "1970-01-01T00:00:00", "1969-12-31T23:59:59", "1999-12-31T23:59:59", "2100-02-28T00:00:00",
        "2099-12-31T23:59:59" })
    void datesAtEdges(String time) {
        set(time);
        write(0x0B, 6);
        LocalDateTime expected = LocalDateTime.parse(time);
        assertThat(LocalDateTime.of(read(0x32) * 100 + read(9), read(8), read(7), read(4), read(2), read(0))).isEqualTo(expected);
    }

    @Test
    void statusSaysTimeIsValidAndNeverBeingUpdated() {
        assertThat(read(0x0A)).isEqualTo(0x26);
        assertThat(read(0x0B)).isEqualTo(2);
        assertThat(read(0x0C)).isZero();
        assertThat(read(0x0D)).isEqualTo(0x80);
    }

    @Test
    void theGuestSetsNeitherTimeNorStatusButKeepsItsBytes() {
        set("2026-11-25T10:20:30");
        for (int register = 0; register < 10; register++) {
            write(register, 0x77);
        }
        write(0x0A, 0xFF);
        write(0x0D, 0);
        assertThat(new int[] { read(0), read(1), read(2), read(4), read(9), read(0x0A), read(0x0D) }).containsExactly(0x30, 0, 0x20, 0x10,
                0x26, 0x26,
                0x80);
        write(0x0F, 0x55);
        write(0x7F, 0xAA);
        assertThat(new int[] { read(0x0F), read(0x7F) }).containsExactly(0x55, 0xAA);
    }

    @Test
    void hoursStayThoseOfTwentyFour() {
        set("2026-11-25T22:00:00");
        write(0x0B, 0);
        assertThat(read(0x0B)).isEqualTo(2);
        assertThat(read(4)).isEqualTo(0x22);
    }

    @Test
    void theNmiMaskIsNoPartOfTheIndex() {
        set("2026-11-25T22:00:07");
        assertThat(read(0x80)).isEqualTo(7);
        assertThat(rtc.read(0, 1)).isZero();
    }

    @Test
    void anyAccessesLeaveTheClockAnswering() {
        Random random = new Random(146818);
        for (int i = 0; i < 200_000; i++) {
            if (random.nextInt(50) == 0) {
                clock.setWallMillis(random.nextLong(-1L << 45, 1L << 45));
            }
            if (random.nextBoolean()) {
                rtc.write(random.nextInt(2), 1 << random.nextInt(2), random.nextLong());
            } else {
                assertThat(rtc.read(random.nextInt(2), 1 << random.nextInt(2))).isBetween(0L, 255L);
            }
        }
        set("2026-11-25T01:02:03");
        write(0x0B, 2);
        assertThat(new int[] { read(0), read(2), read(4) }).containsExactly(3, 2, 1);
    }
}
