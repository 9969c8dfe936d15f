package org.jvmm.device.irqchip;

import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.cpu.VmState;
import org.jvmm.core.memory.GuestLayout;

/** The I/O APIC (82093AA data sheet): 24 redirection entries behind an index and a data register. Guarded by the chip's lock. */
public final class IoApic implements BusDevice {
    private static final int SELECT = 0;
    private static final int WINDOW = 0x10;
    private static final int PINS = GuestLayout.IOAPIC_PINS;
    private static final long REMOTE_IRR = 1 << 14;
    private static final long DELIVERY_STATUS = 1 << 12;
    private static final long LEVEL = 1 << 15;
    private static final long MASKED = 1 << 16;
    private static final long LOGICAL = 1 << 11;
    /** Bits of an entry that software may change. */
    private static final long WRITABLE = 0xFF00_0000_0001_AFFFL;

    private final SoftIrqChip chip;
    private final long[] entries = new long[PINS];
    private final boolean[] levels = new boolean[PINS];
    private int select;
    private int id;

    IoApic(SoftIrqChip chip) {
        this.chip = chip;
        java.util.Arrays.fill(entries, MASKED);
    }

    @Override
    public long read(long offset, int size) {
        synchronized (chip.lock) {
            return switch ((int) offset) {
                case SELECT -> select;
                case WINDOW -> readRegister() & 0xFFFF_FFFFL;
                default -> 0;
            };
        }
    }

    @Override
    public void write(long offset, int size, long value) {
        synchronized (chip.lock) {
            if (offset == SELECT) {
                select = (int) value & 0xFF;
            } else if (offset == WINDOW) {
                writeRegister((int) value);
            }
        }
    }

    private long readRegister() {
        int pin = select - 0x10 >> 1;
        return switch (select) {
            case 0, 2 -> (long) id << 24;
            case 1 -> PINS - 1 << 16 | 0x11;
            default -> select < 0x10 || pin >= PINS ? 0 : (select & 1) == 0 ? entries[pin] : entries[pin] >>> 32;
        };
    }

    private void writeRegister(int value) {
        int pin = select - 0x10 >> 1;
        if (select == 0) {
            id = value >> 24 & 15;
        } else if (select >= 0x10 && pin < PINS) {
            long old = entries[pin];
            long merged = (select & 1) == 0 ? old & 0xFFFF_FFFF_0000_0000L | value & 0xFFFF_FFFFL : old & 0xFFFF_FFFFL | (long) value << 32;
            long entry = merged & WRITABLE | old & (REMOTE_IRR | DELIVERY_STATUS);
            if ((entry & LEVEL) == 0) {
                // An edge entry has no remote IRR; Linux toggles the mode to clear a stuck one.
                entry &= ~REMOTE_IRR;
            }
            entries[pin] = entry;
            if ((entry & LEVEL) != 0 && levels[pin]) {
                deliver(pin);
            }
        }
    }

    /** Sets a pin's level. */
    void setPin(int pin, boolean high) {
        boolean rising = high && !levels[pin];
        levels[pin] = high;
        if (rising) {
            deliver(pin);
        }
    }

    private void deliver(int pin) {
        long entry = entries[pin];
        boolean level = (entry & LEVEL) != 0;
        if ((entry & MASKED) != 0 || level && (entry & REMOTE_IRR) != 0) {
            return;
        }
        int mode = (int) (entry >> 8) & 7;
        boolean delivered = chip.deliverTo((int) (entry >>> 56), (entry & LOGICAL) != 0, mode, (int) entry & 0xFF, level);
        if (level && delivered) {
            entries[pin] |= REMOTE_IRR;
        }
    }

    /** A local APIC's EOI of a level-triggered vector: delivers again where the line is still up. */
    void endOfInterrupt(int vector) {
        for (int pin = 0; pin < PINS; pin++) {
            if ((entries[pin] & 0xFF) == vector && (entries[pin] & (LEVEL | REMOTE_IRR)) == (LEVEL | REMOTE_IRR)) {
                entries[pin] &= ~REMOTE_IRR;
                if (levels[pin]) {
                    deliver(pin);
                }
            }
        }
    }

    void save(VmState out) {
        out.ioApicSelect = select;
        out.ioApicId = id;
        out.ioApicIrr = 0;
        for (int pin = 0; pin < PINS; pin++) {
            out.ioApicRedirections[pin] = entries[pin];
            out.ioApicIrr |= levels[pin] ? 1 << pin : 0;
        }
    }

    void restore(VmState in) {
        select = in.ioApicSelect & 0xFF;
        id = in.ioApicId & 15;
        for (int pin = 0; pin < PINS; pin++) {
            entries[pin] = in.ioApicRedirections[pin] & (WRITABLE | REMOTE_IRR | DELIVERY_STATUS);
            levels[pin] = (in.ioApicIrr & 1 << pin) != 0;
        }
    }
}
