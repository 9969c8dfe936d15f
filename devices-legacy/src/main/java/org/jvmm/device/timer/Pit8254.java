package org.jvmm.device.timer;

import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.cpu.VmState;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.core.time.VmClock;

/**
 * The 8254 interval timer (Intel data sheet): channel 0 pulses IRQ 0, channel 2 is the speaker's and is read through port 0x61. Counts are computed from the
 * clock, not kept.
 */
public final class Pit8254 {
    /** Input frequency, Hz. */
    public static final long HZ = 1_193_182;

    private static final int SPEAKER_ON = 2;
    /** States of a byte-wise access: low byte, high byte, low byte of two, high byte of two. */
    private static final int WORD_LOW = 3;
    private static final int WORD_HIGH = 4;
    /** A count loaded longer ago than this, an hour, or in the future was told on another scale. */
    private static final long LONG_AGO = 3_600_000_000_000L;

    private final VmClock clock;
    private final Channel[] channels = { new Channel(), new Channel(), new Channel() };
    private final TimerQueue.Timer timer;
    private final IrqLine irq;
    private boolean speakerEnabled;
    private long nextTick;

    /**
     * @param timers where channel 0 runs
     * @param irq IRQ 0
     */
    public Pit8254(TimerQueue timers, IrqLine irq) {
        this.clock = timers.clock();
        this.irq = irq;
        this.timer = timers.newTimer(this::expired);
        channels[2].gate = false;
    }

    /** Ports 0x40 to 0x43. */
    public BusDevice counters() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                synchronized (Pit8254.this) {
                    return offset == 3 ? 0 : channels[(int) offset].read();
                }
            }

            @Override
            public void write(long offset, int size, long value) {
                synchronized (Pit8254.this) {
                    writePort((int) offset, (int) value & 0xFF);
                }
            }
        };
    }

    /** Port 0x61: bit 0 channel 2's gate, bit 1 speaker, bit 4 refresh toggle, bit 5 channel 2's output. */
    public BusDevice speakerPort() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                synchronized (Pit8254.this) {
                    boolean refresh = (clock.nanoTime() / 15_085 & 1) != 0;
                    return (channels[2].gate ? 1 : 0) | (speakerEnabled ? 2 : 0) | (refresh ? 0x10 : 0) | (channels[2].output() ? 0x20 : 0);
                }
            }

            @Override
            public void write(long offset, int size, long value) {
                synchronized (Pit8254.this) {
                    speakerEnabled = (value & 2) != 0;
                    channels[2].setGate((value & 1) != 0);
                }
            }
        };
    }

    private void writePort(int port, int value) {
        if (port < 3) {
            if (channels[port].write(value) && port == 0) {
                restart();
            }
            return;
        }
        int number = value >> 6;
        if (number == 3) {
            for (int i = 0; i < 3; i++) {
                if ((value & 2 << i) != 0) {
                    channels[i].readBack((value & 0x20) == 0, (value & 0x10) == 0);
                }
            }
        } else if ((value & 0x30) == 0) {
            channels[number].latchCount();
        } else {
            channels[number].control(value);
            if (number == 0) {
                timer.cancel();
            }
        }
    }

    private void restart() {
        nextTick = channels[0].start + channels[0].nanos();
        timer.arm(nextTick);
    }

    private void expired() {
        synchronized (this) {
            if (!channels[0].loaded) {
                // Reprogrammed while this call waited for the lock.
                return;
            }
            if (channels[0].periodic()) {
                // A late host must not bring a burst of ticks: those that are past are lost.
                long period = channels[0].nanos();
                nextTick += Math.max(1, (clock.nanoTime() - nextTick) / period + 1) * period;
                timer.arm(nextTick);
            }
        }
        irq.pulse();
    }

    /** Copies the channels out; the time of loading is told on the scale of {@link VmState#clock}, which must be set. */
    public synchronized void save(VmState out) {
        for (int i = 0; i < 3; i++) {
            channels[i].save(out.pit[i], clock.nanoTime() - out.clock);
        }
        out.pitFlags = speakerEnabled ? SPEAKER_ON : 0;
    }

    /** Replaces the channels; a count goes on where it was, and starts anew when the other engine did not tell. */
    public synchronized void restore(VmState in) {
        for (int i = 0; i < 3; i++) {
            channels[i].restore(in.pit[i], in.clock);
        }
        speakerEnabled = (in.pitFlags & SPEAKER_ON) != 0;
        timer.cancel();
        if (channels[0].loaded) {
            long period = channels[0].nanos();
            long passed = clock.nanoTime() - channels[0].start;
            if (channels[0].periodic() || passed < period) {
                nextTick = channels[0].start + (passed / period + 1) * period;
                timer.arm(nextTick);
            }
        }
    }

    private final class Channel {
        private int mode;
        private int access = 3;
        private int reload;
        private int lowByte;
        private boolean highNext;
        private boolean readHighNext;
        private int latched = -1;
        private int status = -1;
        private boolean loaded;
        private boolean gate = true;
        private long start;

        private long count() {
            return reload == 0 ? 0x10000 : reload;
        }

        private long nanos() {
            return count() * 1_000_000_000L / HZ;
        }

        private boolean periodic() {
            return mode == 2 || mode == 3;
        }

        private long elapsed() {
            if (!loaded) {
                return 0;
            }
            // Seconds apart from the rest, so that no product overflows.
            long nanos = clock.nanoTime() - start;
            return nanos / 1_000_000_000L * HZ + nanos % 1_000_000_000L * HZ / 1_000_000_000L;
        }

        private boolean output() {
            long ticks = elapsed();
            return switch (mode) {
                case 0, 1 -> loaded && ticks >= count();
                case 3 -> ticks % count() < (count() + 1) / 2;
                default -> !loaded || ticks % count() != count() - 1;
            };
        }

        private int current() {
            long ticks = elapsed();
            if (mode == 3) {
                return (int) (count() - 2 * ticks % count()) & 0xFFFF;
            }
            if (periodic()) {
                return (int) (count() - ticks % count()) & 0xFFFF;
            }
            return (int) (count() - ticks) & 0xFFFF;
        }

        private void control(int value) {
            access = value >> 4 & 3;
            mode = value >> 1 & 7;
            if (mode > 5) {
                mode -= 4;
            }
            highNext = false;
            readHighNext = false;
            latched = -1;
            loaded = false;
        }

        /** Returns whether a whole count was loaded. */
        private boolean write(int value) {
            switch (access) {
                case 1 -> reload = value;
                case 2 -> reload = value << 8;
                default -> {
                    if (!highNext) {
                        lowByte = value;
                        highNext = true;
                        return false;
                    }
                    highNext = false;
                    reload = lowByte | value << 8;
                }
            }
            start = clock.nanoTime();
            loaded = true;
            return true;
        }

        private void latchCount() {
            if (latched < 0) {
                latched = current();
            }
        }

        private void readBack(boolean count, boolean wantStatus) {
            if (count) {
                latchCount();
            }
            if (wantStatus && status < 0) {
                status = (output() ? 0x80 : 0) | (loaded ? 0 : 0x40) | access << 4 | mode << 1;
            }
        }

        private int read() {
            if (status >= 0) {
                int value = status;
                status = -1;
                return value;
            }
            int value = latched >= 0 ? latched : current();
            if (access == 1) {
                latched = -1;
                return value & 0xFF;
            }
            if (access == 2 || readHighNext) {
                latched = -1;
                readHighNext = false;
                return value >> 8 & 0xFF;
            }
            // The high byte of the second read must belong to the same count.
            latched = value;
            readHighNext = true;
            return value & 0xFF;
        }

        private void save(VmState.PitChannel out, long origin) {
            out.count = loaded ? (int) count() : 0;
            out.latchedCount = Math.max(latched, 0);
            out.countLatched = latched < 0 ? 0 : byteState(readHighNext);
            out.statusLatched = status < 0 ? 0 : 1;
            out.status = Math.max(status, 0);
            out.readState = byteState(readHighNext);
            out.writeState = byteState(highNext);
            out.writeLatch = lowByte;
            out.rwMode = access;
            out.mode = mode;
            out.gate = gate ? 1 : 0;
            out.countLoadTime = start - origin;
        }

        private int byteState(boolean high) {
            return access != 3 ? access : high ? WORD_HIGH : WORD_LOW;
        }

        private void restore(VmState.PitChannel in, long vmClock) {
            mode = in.mode <= 5 ? in.mode : 0;
            access = in.rwMode == 0 ? 3 : in.rwMode & 3;
            loaded = in.count != 0 && in.mode <= 5;
            reload = in.count & 0xFFFF;
            lowByte = in.writeLatch & 0xFF;
            highNext = in.writeState == WORD_HIGH;
            readHighNext = in.readState == WORD_HIGH;
            latched = in.countLatched != 0 ? in.latchedCount & 0xFFFF : -1;
            status = in.statusLatched != 0 ? in.status & 0xFF : -1;
            gate = in.gate != 0;
            long passed = vmClock - in.countLoadTime;
            start = clock.nanoTime() - (passed >= 0 && passed < LONG_AGO ? passed : 0);
        }

        private void setGate(boolean open) {
            if (open && !gate) {
                start = clock.nanoTime();
            }
            gate = open;
        }
    }
}
