package org.jvmm.core.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BusTest {
    private final Bus bus = new Bus("test");

    private static final class Register implements BusDevice {
        private long value;

        @Override
        public long read(long offset, int size) {
            return value + offset;
        }

        @Override
        public void write(long offset, int size, long newValue) {
            value = newValue;
        }
    }

    @Test
    void deviceIsToldOffsetsInItsWindow() {
        bus.insert(0x100, 0x10, new Register());
        bus.write(0x100, 4, 7);
        assertThat(bus.read(0x10C, 4)).isEqualTo(7 + 0xC);
    }

    @Test
    void overlapAndEmptyWindowsAreRefused() {
        bus.insert(0x100, 0x10, new Register());
        assertThatThrownBy(() -> bus.insert(0x10F, 1, new Register())).isInstanceOf(BusOverlapException.class);
        assertThatThrownBy(() -> bus.insert(0xFF, 2, new Register())).isInstanceOf(BusOverlapException.class);
        assertThatThrownBy(() -> bus.insert(0x200, 0, new Register())).isInstanceOf(BusOverlapException.class);
        bus.insert(0x110, 1, new Register());
    }

    @Test
    void accessesWithoutADeviceReadOnesAndAreCounted() {
        bus.insert(0x100, 4, new Register());
        assertThat(bus.read(0x0, 2)).isEqualTo(0xFFFF);
        // Half of it lies behind the window.
        assertThat(bus.read(0x102, 4)).isEqualTo(0xFFFF_FFFFL);
        bus.write(0x104, 1, 0);
        assertThat(bus.missedReads().get()).isEqualTo(2);
        assertThat(bus.missedWrites().get()).isEqualTo(1);
    }
}
