package org.jvmm.device.irqchip;

import org.jvmm.core.bus.Bus;
import org.jvmm.core.cpu.VmState;
import org.jvmm.core.irq.CpuInterruptListener;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.SoftwareIrqChip;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.device.timer.Pit8254;

/**
 * The interrupt controllers of a PC in software: two PICs, an I/O APIC, a local APIC a CPU, and the PIT that drives IRQ 0. Lines reach the controllers as
 * KVM's default routing has it: GSI n goes to PIC input n (below 16) and I/O APIC pin n, but GSI 0 to pin 2.
 *
 * <p>Locks: {@link #lock} guards all controllers and is innermost, apart from the timer queue's own; listeners are called with it held and must not call
 * back.
 */
public final class SoftIrqChip implements SoftwareIrqChip {
    private static final int SHORTHAND_NONE = 0;
    private static final int SHORTHAND_SELF = 1;
    private static final int SHORTHAND_ALL = 2;
    private static final int MODE_LOWEST = 1;
    private static final int MODE_INIT = 5;
    private static final int MODE_STARTUP = 6;
    private static final int TIMER_PIN = 2;

    /** Guards all controllers. */
    final Object lock = new Object();

    private final TimerQueue timers;
    private final long tscOrigin;
    private final LocalApic[] apics;
    private final PicPair pics;
    private final IoApic ioApic;
    private final Pit8254 pit;
    /** What a restored machine's clock is ahead of this one's. */
    private long clockOffset;
    private final Line[] lines = new Line[GuestLayout.IOAPIC_PINS];

    /**
     * @param timers where the timers run
     * @param cpus number of local APICs
     */
    public SoftIrqChip(TimerQueue timers, int cpus) {
        this.timers = timers;
        this.tscOrigin = timers.clock().nanoTime();
        this.pics = new PicPair(this);
        this.ioApic = new IoApic(this);
        this.apics = new LocalApic[cpus];
        for (int i = 0; i < cpus; i++) {
            apics[i] = new LocalApic(this, i, timers);
        }
        for (int i = 0; i < lines.length; i++) {
            lines[i] = new Line(i);
        }
        this.pit = new Pit8254(timers, lines[0]);
    }

    /** Clock value at which the guest's time-stamp counter is 0; the counter ticks once a nanosecond. */
    public long tscOrigin() {
        return tscOrigin;
    }

    /** Puts the PICs, the PIT and the I/O APIC on the buses. */
    public void attachTo(Bus pio, Bus mmio) {
        pio.insert(0x20, 2, pics.ports(false));
        pio.insert(0xA0, 2, pics.ports(true));
        pio.insert(0x4D0, 2, pics.edgeLevelControl());
        pio.insert(0x40, 4, pit.counters());
        pio.insert(0x61, 1, pit.speakerPort());
        mmio.insert(GuestLayout.IOAPIC, GuestLayout.PAGE_SIZE, ioApic);
    }

    @Override
    public CpuInterrupts attach(int cpu, CpuInterruptListener listener) {
        synchronized (lock) {
            apics[cpu].listen(listener);
            return apics[cpu];
        }
    }

    @Override
    public IrqLine line(int gsi) {
        return lines[gsi];
    }

    @Override
    public void signalMsi(long address, int data) {
        boolean logical = (address & 4) != 0;
        int destination = (int) (address >> 12) & 0xFF;
        synchronized (lock) {
            deliverTo(destination, logical, data >> 8 & 7, data & 0xFF, (data & 1 << 15) != 0);
        }
    }

    @Override
    public void saveState(VmState out) {
        synchronized (lock) {
            pics.save(out);
            ioApic.save(out);
            out.clock = now() - tscOrigin + clockOffset;
        }
        pit.save(out);
    }

    @Override
    public void restoreState(VmState in) {
        synchronized (lock) {
            pics.restore(in);
            ioApic.restore(in);
            clockOffset = in.clock - (now() - tscOrigin);
        }
        pit.restore(in);
        synchronized (lock) {
            picsChanged();
        }
    }

    PicPair pics() {
        return pics;
    }

    IoApic ioApic() {
        return ioApic;
    }

    long now() {
        return timers.clock().nanoTime();
    }

    void picsChanged() {
        apics[0].update();
    }

    /** Delivers to all APICs the destination names, or of those to one for lowest priority; false when it names none. */
    boolean deliverTo(int destination, boolean logical, int mode, int vector, boolean level) {
        boolean delivered = false;
        LocalApic lowest = null;
        for (LocalApic apic : apics) {
            if (!apic.isDestination(destination, logical)) {
                continue;
            }
            if (mode != MODE_LOWEST) {
                apic.deliver(mode, vector, level);
                delivered = true;
            } else if (lowest == null || apic.arbitrationPriority() < lowest.arbitrationPriority()) {
                lowest = apic;
            }
        }
        if (lowest != null) {
            lowest.deliver(mode, vector, level);
        }
        return delivered || lowest != null;
    }

    /** An inter-processor interrupt (SDM vol. 3 §11.6.1). No CPU can start itself by a shorthand (table 11-3). */
    void send(LocalApic sender, int shorthand, int destination, boolean logical, int mode, int vector) {
        if (shorthand == SHORTHAND_NONE) {
            deliverTo(destination, logical, mode, vector, false);
            return;
        }
        if (shorthand <= SHORTHAND_ALL && (mode == MODE_INIT || mode == MODE_STARTUP)) {
            return;
        }
        for (LocalApic apic : apics) {
            boolean self = apic == sender;
            if (shorthand == SHORTHAND_ALL || shorthand == SHORTHAND_SELF && self || shorthand > SHORTHAND_ALL && !self) {
                apic.deliver(mode, vector, false);
            }
        }
    }

    private void setLine(int gsi, boolean high) {
        if (gsi < 16) {
            pics.setLine(gsi, high);
            picsChanged();
        }
        if (gsi == 0) {
            ioApic.setPin(TIMER_PIN, high);
        } else if (gsi != TIMER_PIN) {
            ioApic.setPin(gsi, high);
        }
    }

    private final class Line implements IrqLine {
        private final int gsi;

        private Line(int gsi) {
            this.gsi = gsi;
        }

        @Override
        public void raise() {
            synchronized (lock) {
                setLine(gsi, true);
            }
        }

        @Override
        public void lower() {
            synchronized (lock) {
                setLine(gsi, false);
            }
        }

        @Override
        public void pulse() {
            synchronized (lock) {
                setLine(gsi, true);
                setLine(gsi, false);
            }
        }
    }
}
