package org.jvmm.device.debug;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BootTimerTest {
    private int marks;
    private final BootTimer timer = new BootTimer(() -> marks++);

    @Test
    void onlyTheByte123AtTheFirstAddressIsTheMark() {
        timer.write(0, 1, 122);
        timer.write(1, 1, 123);
        timer.write(0, 2, 123);
        timer.write(0, 4, 123);
        timer.write(0, 8, 123);
        assertThat(marks).isZero();
        timer.write(0, 1, 123);
        assertThat(marks).isOne();
        timer.write(0, 1, 123);
        assertThat(marks).isEqualTo(2);
    }

    @Test
    void anyAccessesLeaveItAnswering() {
        Random random = new Random(123);
        int expected = 0;
        for (int i = 0; i < 100_000; i++) {
            long offset = random.nextInt(3) * random.nextInt(4096);
            int size = 1 << random.nextInt(4);
            long value = random.nextInt(3) == 0 ? 123 : random.nextLong();
            assertThat(timer.read(offset, size)).isZero();
            timer.write(offset, size, value);
            expected += offset == 0 && size == 1 && value == 123 ? 1 : 0;
        }
        assertThat(expected).isPositive();
        assertThat(marks).isEqualTo(expected);
    }
}
