package org.jvmm.device.irqchip;

import org.jvmm.core.cpu.VmState;

/** One 8259A (Intel data sheet): eight inputs, priorities, the ICW and OCW registers. Guarded by the chip's lock. */
final class Pic8259 {
    private int requests;
    private int inService;
    private int mask = 0xFF;
    private int lines;
    private int vectorBase;
    private int initStep;
    private boolean needIcw4;
    private boolean single;
    private boolean autoEoi;
    private boolean readInService;
    private boolean specialMask;
    private boolean poll;
    /** Inputs that are level-triggered (ELCR). */
    private int levelMask;

    void setLine(int line, boolean high) {
        int bit = 1 << line;
        if (high) {
            if ((levelMask & bit) != 0 || (lines & bit) == 0) {
                requests |= bit;
            }
            lines |= bit;
        } else {
            lines &= ~bit;
            if ((levelMask & bit) != 0) {
                requests &= ~bit;
            }
        }
    }

    int elcr() {
        return levelMask;
    }

    void setElcr(int value, int allowed) {
        levelMask = value & allowed;
    }

    /** The input to be served next, or -1: unmasked and above those in service. */
    int highest() {
        int candidates = requests & ~mask;
        int blocked = specialMask ? inService & ~mask : inService;
        for (int line = 0; line < 8; line++) {
            int bit = 1 << line;
            if ((candidates & bit) != 0) {
                return line;
            }
            if ((blocked & bit) != 0) {
                return -1;
            }
        }
        return -1;
    }

    /** The interrupt-acknowledge cycle: the vector; without a request the spurious one of input 7. */
    int acknowledge() {
        int line = highest();
        if (line < 0) {
            return vectorBase + 7;
        }
        int bit = 1 << line;
        if ((levelMask & bit) == 0) {
            requests &= ~bit;
        }
        if (!autoEoi) {
            inService |= bit;
        }
        return vectorBase + line;
    }

    int vectorOf(int line) {
        return vectorBase + (line < 0 ? 7 : line);
    }

    int read(int port) {
        if (port == 1) {
            return mask;
        }
        if (poll) {
            poll = false;
            int line = highest();
            return line < 0 ? 0 : 0x80 | acknowledge() & 7;
        }
        return readInService ? inService : requests;
    }

    void write(int port, int value) {
        if (port == 0) {
            if ((value & 0x10) != 0) {
                initialise(value);
            } else if ((value & 8) != 0) {
                operation3(value);
            } else {
                operation2(value);
            }
        } else {
            switch (initStep) {
                case 2 -> {
                    vectorBase = value & 0xF8;
                    initStep = single ? needIcw4 ? 4 : 0 : 3;
                }
                case 3 -> initStep = needIcw4 ? 4 : 0;
                case 4 -> {
                    autoEoi = (value & 2) != 0;
                    initStep = 0;
                }
                default -> mask = value & 0xFF;
            }
        }
    }

    private void initialise(int value) {
        needIcw4 = (value & 1) != 0;
        single = (value & 2) != 0;
        requests = lines & levelMask;
        inService = 0;
        mask = 0;
        specialMask = false;
        readInService = false;
        autoEoi = false;
        initStep = 2;
    }

    private void operation3(int value) {
        if ((value & 2) != 0) {
            readInService = (value & 1) != 0;
        }
        if ((value & 0x40) != 0) {
            specialMask = (value & 0x20) != 0;
        }
        poll = (value & 4) != 0;
    }

    /** EOI commands; rotation is accepted without effect on the priorities, as no guest we know uses it. */
    private void operation2(int value) {
        switch (value >> 5) {
            case 1, 5 -> inService &= inService - 1;
            case 3, 7 -> inService &= ~(1 << (value & 7));
            default -> {
                // Rotation in automatic EOI mode, set priority.
            }
        }
    }

    void save(VmState.Pic out) {
        out.lastIrr = lines;
        out.irr = requests;
        out.imr = mask;
        out.isr = inService;
        out.irqBase = vectorBase;
        out.readRegisterSelect = readInService ? 1 : 0;
        out.poll = poll ? 1 : 0;
        out.specialMask = specialMask ? 1 : 0;
        // 1 to 3: ICW2 to ICW4 comes next.
        out.initState = initStep == 0 ? 0 : initStep - 1;
        out.autoEoi = autoEoi ? 1 : 0;
        out.init4 = needIcw4 ? 1 : 0;
        out.elcr = levelMask;
    }

    void restore(VmState.Pic in) {
        lines = in.lastIrr & 0xFF;
        requests = in.irr & 0xFF;
        mask = in.imr & 0xFF;
        inService = in.isr & 0xFF;
        vectorBase = in.irqBase & 0xF8;
        readInService = in.readRegisterSelect != 0;
        poll = in.poll != 0;
        specialMask = in.specialMask != 0;
        initStep = in.initState == 0 ? 0 : (in.initState & 3) + 1;
        autoEoi = in.autoEoi != 0;
        needIcw4 = in.init4 != 0;
        levelMask = in.elcr & 0xFF;
    }
}
