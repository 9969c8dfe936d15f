package org.jvmm.device.rtc;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.time.VmClock;

/** The MC146818 clock and its CMOS bytes, behind an index and a data port: the host's wall clock in UTC. The guest may set neither time nor alarms. */
public final class CmosRtc implements BusDevice {
    private static final int STATUS_A = 0x0A;
    private static final int STATUS_B = 0x0B;
    private static final int STATUS_D = 0x0D;
    private static final int CENTURY = 0x32;
    private static final int B_BINARY = 4;
    private static final int B_24_HOURS = 2;

    private final VmClock clock;
    private final byte[] memory = new byte[128];
    private int index;

    /** @param clock whose wall time is shown */
    public CmosRtc(VmClock clock) {
        this.clock = clock;
        memory[STATUS_A] = 0x26;
        memory[STATUS_B] = B_24_HOURS;
        memory[STATUS_D] = (byte) 0x80;
    }

    @Override
    public synchronized long read(long offset, int size) {
        return offset == 0 ? index : readRegister() & 0xFF;
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        if (offset == 0) {
            // Bit 7 masks NMIs on a PC; there are none to mask.
            index = (int) value & 0x7F;
        } else if (index > STATUS_D || index == STATUS_B) {
            // The hours are always those of a day of 24.
            memory[index] = (byte) (index == STATUS_B ? value | B_24_HOURS : value);
        }
    }

    private int readRegister() {
        if (index > 9 && index != CENTURY || index == 1 || index == 3 || index == 5) {
            return memory[index];
        }
        LocalDateTime now = LocalDateTime.ofEpochSecond(Math.floorDiv(clock.wallMillis(), 1000L), 0, ZoneOffset.UTC);
        return encode(switch (index) {
            case 0 -> now.getSecond();
            case 2 -> now.getMinute();
            case 4 -> now.getHour();
            case 6 -> now.getDayOfWeek().getValue() % 7 + 1;
            case 7 -> now.getDayOfMonth();
            case 8 -> now.getMonthValue();
            case 9 -> now.getYear() % 100;
            default -> now.getYear() / 100;
        });
    }

    private int encode(int value) {
        return (memory[STATUS_B] & B_BINARY) != 0 ? value : value / 10 << 4 | value % 10;
    }
}
