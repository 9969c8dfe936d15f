package org.jvmm.device.irqchip;

import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.cpu.VmState;

/** The two cascaded 8259As of a PC: the second hangs on input 2 of the first. Guarded by the chip's lock. */
public final class PicPair {
    private static final int CASCADE = 2;
    private static final int FIRST_ELCR = 0xF8;
    private static final int SECOND_ELCR = 0xDE;

    private final SoftIrqChip chip;
    private final Pic8259 first = new Pic8259();
    private final Pic8259 second = new Pic8259();

    PicPair(SoftIrqChip chip) {
        this.chip = chip;
    }

    void setLine(int irq, boolean high) {
        if (irq < 8) {
            first.setLine(irq, high);
        } else {
            second.setLine(irq - 8, high);
        }
        cascade();
    }

    private void cascade() {
        first.setLine(CASCADE, false);
        first.setLine(CASCADE, second.highest() >= 0);
    }

    boolean interruptRequested() {
        return first.highest() >= 0;
    }

    /** The vector that {@link #acknowledge} would return. */
    int peekVector() {
        int line = first.highest();
        return line == CASCADE ? second.vectorOf(second.highest()) : first.vectorOf(line);
    }

    int acknowledge() {
        int line = first.highest();
        int vector = first.acknowledge();
        if (line == CASCADE) {
            vector = second.acknowledge();
            cascade();
        }
        return vector;
    }

    void save(VmState out) {
        first.save(out.firstPic);
        second.save(out.secondPic);
        out.firstPic.elcrMask = FIRST_ELCR;
        out.secondPic.elcrMask = SECOND_ELCR;
    }

    void restore(VmState in) {
        first.restore(in.firstPic);
        second.restore(in.secondPic);
    }

    /** Ports 0x20 and 0x21, or 0xA0 and 0xA1. */
    BusDevice ports(boolean ofSecond) {
        Pic8259 pic = ofSecond ? second : first;
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                synchronized (chip.lock) {
                    int value = pic.read((int) offset);
                    cascade();
                    chip.picsChanged();
                    return value;
                }
            }

            @Override
            public void write(long offset, int size, long value) {
                synchronized (chip.lock) {
                    pic.write((int) offset, (int) value & 0xFF);
                    cascade();
                    chip.picsChanged();
                }
            }
        };
    }

    /** Ports 0x4D0 and 0x4D1: which inputs are level-triggered; 0, 1, 2, 8 and 13 never are. */
    BusDevice edgeLevelControl() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                synchronized (chip.lock) {
                    return offset == 0 ? first.elcr() : second.elcr();
                }
            }

            @Override
            public void write(long offset, int size, long value) {
                synchronized (chip.lock) {
                    if (offset == 0) {
                        first.setElcr((int) value, FIRST_ELCR);
                    } else {
                        second.setElcr((int) value, SECOND_ELCR);
                    }
                }
            }
        };
    }
}
