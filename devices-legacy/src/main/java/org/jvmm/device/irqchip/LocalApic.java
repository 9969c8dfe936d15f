package org.jvmm.device.irqchip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.core.cpu.VcpuState;
import org.jvmm.core.irq.ApicFault;
import org.jvmm.core.irq.CpuInterruptListener;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.time.TimerQueue;

/**
 * A local APIC (SDM vol. 3, chapter 11) in xAPIC and x2APIC mode. Its fields are guarded by the chip's lock, but for {@link #deliverable}, which the CPU reads
 * between blocks.
 */
public final class LocalApic implements CpuInterrupts {
    /** Input clock of the timer before its divider, Hz: the core crystal that CPUID leaf 0x15 announces. */
    public static final int TIMER_HZ = 25_000_000;

    private static final long NANOS_PER_TICK = 1_000_000_000L / TIMER_HZ;
    private static final int VERSION = 0x5_0014;
    private static final long BASE_ENABLE = 1 << 11;
    private static final long BASE_X2APIC = 1 << 10;
    private static final long BASE_BSP = 1 << 8;
    private static final int MSR_BASE = 0x1B;
    private static final int MSR_DEADLINE = 0x6E0;
    private static final int MSR_X2APIC = 0x800;

    private static final int LVT_TIMER = 0;
    private static final int LVT_LINT0 = 3;
    private static final int LVT_LINT1 = 4;
    private static final int LVT_ERROR = 5;
    private static final int LVT_MASKED = 1 << 16;
    private static final int MODE_FIXED = 0;
    private static final int MODE_LOWEST = 1;
    private static final int MODE_NMI = 4;
    private static final int MODE_INIT = 5;
    private static final int MODE_STARTUP = 6;
    private static final int MODE_EXTINT = 7;
    private static final int SVR_ENABLE = 1 << 8;
    private static final int SVR_NO_EOI_BROADCAST = 1 << 12;
    private static final int ERROR_SEND_ILLEGAL_VECTOR = 1 << 5;
    private static final int ERROR_ILLEGAL_VECTOR = 1 << 6;
    private static final int NOTHING = -1;
    /** Nanoseconds beyond which a deadline does not come, 73 years: far from where sums of times overflow. */
    private static final long FAR_AWAY = 1L << 61;

    private final SoftIrqChip chip;
    private final int id;
    private final TimerQueue.Timer timer;
    private CpuInterruptListener listener = () -> {
    };

    private long base;
    private final VectorSet requests = new VectorSet();
    private final VectorSet inService = new VectorSet();
    private final VectorSet levelTriggered = new VectorSet();
    private final int[] lvt = new int[6];
    private int taskPriority;
    private int spurious;
    private int logicalId;
    private int destinationFormat;
    private int errors;
    private int visibleErrors;
    private long command;
    private int initialCount;
    private int divide;
    private long countStart;
    private long deadline;
    private boolean nmi;
    private boolean init;
    private int startup = NOTHING;

    /** What {@link #pendingVector} answers; replaced under the lock. */
    private volatile int deliverable = NOTHING;
    /** NMI, INIT or start-up wait; replaced under the lock. */
    private volatile boolean special;

    LocalApic(SoftIrqChip chip, int id, TimerQueue timers) {
        this.chip = chip;
        this.id = id;
        this.timer = timers.newTimer(this::timerExpired);
        this.base = GuestLayout.LAPIC | BASE_ENABLE | (id == 0 ? BASE_BSP : 0);
        resetRegisters();
    }

    void listen(CpuInterruptListener newListener) {
        listener = newListener;
    }

    int id() {
        return id;
    }

    /** Power-up state (SDM vol. 3 §11.4.7.1), with the virtual wires a firmware would have set up on the boot processor. */
    private void resetRegisters() {
        requests.clear();
        inService.clear();
        levelTriggered.clear();
        java.util.Arrays.fill(lvt, LVT_MASKED);
        if (id == 0) {
            lvt[LVT_LINT0] = MODE_EXTINT << 8;
            lvt[LVT_LINT1] = MODE_NMI << 8;
        }
        taskPriority = 0;
        spurious = 0xFF;
        logicalId = 0;
        destinationFormat = -1;
        errors = 0;
        visibleErrors = 0;
        command = 0;
        initialCount = 0;
        divide = 0;
        deadline = 0;
        timer.cancel();
    }

    // ---- the CPU's side ---------------------------------------------------------------------------------------------------------------

    @Override
    public int pendingVector() {
        return deliverable;
    }

    @Override
    public int acknowledge() {
        synchronized (chip.lock) {
            int vector = highestRequest();
            if (vector >= 0) {
                requests.remove(vector);
                inService.add(vector);
            } else if (acceptsPic() && chip.pics().interruptRequested()) {
                vector = chip.pics().acknowledge();
            }
            update();
            return vector;
        }
    }

    @Override
    public boolean takeNmi() {
        if (!special) {
            return false;
        }
        synchronized (chip.lock) {
            boolean taken = nmi;
            nmi = false;
            updateSpecial();
            return taken;
        }
    }

    @Override
    public boolean takeInit() {
        if (!special) {
            return false;
        }
        synchronized (chip.lock) {
            boolean taken = init;
            init = false;
            if (taken) {
                // All but the base register and the id are as after reset (SDM vol. 3 §11.4.7.3 and §11.12.5.1).
                resetRegisters();
                update();
            }
            updateSpecial();
            return taken;
        }
    }

    @Override
    public int takeStartup() {
        if (!special) {
            return NOTHING;
        }
        synchronized (chip.lock) {
            int taken = startup;
            startup = NOTHING;
            updateSpecial();
            return taken;
        }
    }

    private void updateSpecial() {
        special = nmi || init || startup != NOTHING;
    }

    @Override
    public long pageAddress() {
        return base & ~0xFFFL;
    }

    @Override
    public boolean pageEnabled() {
        return (base & (BASE_ENABLE | BASE_X2APIC)) == BASE_ENABLE;
    }

    @Override
    public int readCr8() {
        return taskPriority >> 4;
    }

    @Override
    public void writeCr8(int priority) {
        synchronized (chip.lock) {
            taskPriority = priority << 4;
            update();
        }
    }

    /** Registers lie at multiples of 16; other offsets read as zero. */
    @Override
    public int readRegister(int offset) {
        synchronized (chip.lock) {
            return (offset & 3) != 0 ? 0 : (int) read(offset >> 4, false);
        }
    }

    @Override
    public void writeRegister(int offset, int value) {
        synchronized (chip.lock) {
            if ((offset & 15) == 0) {
                if (offset == 0x310) {
                    command = command & 0xFFFF_FFFFL | (long) value << 32;
                } else if (offset == 0x300) {
                    command = command & 0xFFFF_FFFF_0000_0000L | value & 0xFFFF_FFFFL;
                    sendCommand((int) (command >>> 56));
                } else {
                    write(offset >> 4, value);
                }
            }
        }
    }

    @Override
    public long readMsr(int msr) {
        synchronized (chip.lock) {
            if (msr == MSR_BASE) {
                return base;
            }
            if (msr == MSR_DEADLINE) {
                return deadlineMode() ? deadline : 0;
            }
            int register = msr - MSR_X2APIC;
            if ((base & BASE_X2APIC) == 0 || !isReadable(register)) {
                throw ApicFault.INSTANCE;
            }
            return register == 0x30 ? command : read(register, true) & 0xFFFF_FFFFL;
        }
    }

    @Override
    public void writeMsr(int msr, long value) {
        synchronized (chip.lock) {
            if (msr == MSR_BASE) {
                writeBase(value);
            } else if (msr == MSR_DEADLINE) {
                writeDeadline(value);
            } else {
                writeX2apic(msr - MSR_X2APIC, value);
            }
        }
    }

    /** The transitions of SDM vol. 3 §11.12.5; all others are #GP. */
    private void writeBase(long value) {
        boolean wasX2 = (base & BASE_X2APIC) != 0;
        boolean enabled = (value & BASE_ENABLE) != 0;
        boolean x2 = (value & BASE_X2APIC) != 0;
        boolean wasEnabled = (base & BASE_ENABLE) != 0;
        boolean reserved = (value & 0xFFFF_C000_0000_02FFL) != 0;
        if (reserved || x2 && !enabled || wasX2 && enabled && !x2 || !wasEnabled && x2) {
            throw ApicFault.INSTANCE;
        }
        base = value & ~BASE_BSP | base & BASE_BSP;
        if (!enabled) {
            resetRegisters();
        }
        update();
    }

    private static boolean isReadable(int register) {
        return switch (register) {
            case 0x02, 0x03, 0x08, 0x0A, 0x0D, 0x0F, 0x28, 0x30, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3E -> true;
            default -> register >= 0x10 && register < 0x28;
        };
    }

    private void writeX2apic(int register, long value) {
        if ((base & BASE_X2APIC) == 0) {
            throw ApicFault.INSTANCE;
        }
        switch (register) {
            case 0x30 -> {
                command = value;
                sendCommand((int) (value >>> 32));
            }
            case 0x3F -> request((int) value & 0xFF, false);
            // EOI and ESR take zero alone (SDM vol. 3 §11.12.1.2).
            case 0x0B, 0x28 -> {
                if (value != 0) {
                    throw ApicFault.INSTANCE;
                }
                write(register, 0);
            }
            case 0x08, 0x0F, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x3E -> {
                if (value >>> 32 != 0) {
                    throw ApicFault.INSTANCE;
                }
                write(register, (int) value);
            }
            default -> throw ApicFault.INSTANCE;
        }
    }

    /** Reads a register by its number (offset / 16, table 11-1). */
    private long read(int register, boolean x2) {
        return switch (register) {
            case 0x02 -> x2 ? id : (long) id << 24;
            case 0x03 -> VERSION;
            case 0x08 -> taskPriority;
            case 0x0A -> processorPriority();
            case 0x0D -> x2 ? (id >> 4 << 16) | 1 << (id & 15) : logicalId;
            case 0x0E -> destinationFormat;
            case 0x0F -> spurious;
            case 0x28 -> visibleErrors;
            case 0x30 -> (int) command;
            case 0x31 -> command >>> 32;
            case 0x32, 0x33, 0x34, 0x35, 0x36, 0x37 -> lvt[register - 0x32];
            case 0x38 -> initialCount;
            case 0x39 -> currentCount();
            case 0x3E -> divide;
            default -> {
                if (register >= 0x10 && register < 0x28) {
                    VectorSet set = register < 0x18 ? inService : register < 0x20 ? levelTriggered : requests;
                    yield set.word(register & 7);
                }
                yield 0;
            }
        };
    }

    private void write(int register, int value) {
        switch (register) {
            case 0x08 -> taskPriority = value & 0xFF;
            case 0x0B -> endOfInterrupt();
            case 0x0D -> logicalId = value & 0xFF00_0000;
            case 0x0E -> destinationFormat = value | 0x0FFF_FFFF;
            case 0x0F -> {
                spurious = value & 0x13FF;
                if ((spurious & SVR_ENABLE) == 0) {
                    // Software disable masks all local vectors (SDM vol. 3 §11.4.7.2).
                    for (int i = 0; i < lvt.length; i++) {
                        lvt[i] |= LVT_MASKED;
                    }
                }
            }
            case 0x28 -> {
                visibleErrors = errors;
                errors = 0;
            }
            case 0x32 -> writeTimerVector(value);
            case 0x33, 0x34, 0x35, 0x36, 0x37 -> lvt[register - 0x32] = maskedIfDisabled(value & 0x1A7FF);
            case 0x38 -> {
                // Ignored in TSC-deadline mode (SDM vol. 3 §11.5.4.1).
                if (!deadlineMode()) {
                    initialCount = value;
                    startTimer();
                }
            }
            case 0x3E -> {
                // The count goes on from where it is, at the new rate.
                long left = currentCount() & 0xFFFF_FFFFL;
                divide = value & 0xB;
                restoreCount(left);
            }
            default -> {
                // Read-only and reserved registers ignore writes.
            }
        }
        update();
    }

    private int maskedIfDisabled(int value) {
        return (spurious & SVR_ENABLE) == 0 ? value | LVT_MASKED : value;
    }

    // ---- snapshots ------------------------------------------------------------------------------------------------------------------------

    @Override
    public void saveState(VcpuState out) {
        ByteBuffer page = ByteBuffer.wrap(out.lapic).order(ByteOrder.LITTLE_ENDIAN);
        synchronized (chip.lock) {
            for (int register = 0; register < out.lapic.length >> 4; register++) {
                page.putInt(register << 4, (int) read(register, false));
            }
            // The page has one error register: errors that the guest has not latched yet are shown at once.
            page.putInt(0x280, visibleErrors | errors);
            out.sregs.apicBase = base;
            out.events.nmiPending = nmi ? 1 : 0;
        }
    }

    @Override
    public void restoreState(VcpuState in) {
        ByteBuffer page = ByteBuffer.wrap(in.lapic).order(ByteOrder.LITTLE_ENDIAN);
        synchronized (chip.lock) {
            base = in.sregs.apicBase;
            taskPriority = page.getInt(0x80) & 0xFF;
            logicalId = page.getInt(0xD0) & 0xFF00_0000;
            destinationFormat = page.getInt(0xE0) | 0x0FFF_FFFF;
            spurious = page.getInt(0xF0) & 0x13FF;
            for (int i = 0; i < 8; i++) {
                inService.setWord(i, page.getInt(0x100 + 16 * i));
                levelTriggered.setWord(i, page.getInt(0x180 + 16 * i));
                requests.setWord(i, page.getInt(0x200 + 16 * i));
            }
            visibleErrors = page.getInt(0x280);
            errors = 0;
            command = page.getInt(0x300) & 0xFFFF_FFFFL | (long) page.getInt(0x310) << 32;
            for (int i = 0; i < lvt.length; i++) {
                lvt[i] = page.getInt(0x320 + 16 * i) & (i == LVT_TIMER ? 0x710FF : 0x1A7FF);
            }
            restoreTimer(page.getInt(0x380), page.getInt(0x390) & 0xFFFF_FFFFL, page.getInt(0x3E0) & 0xB);
            nmi = in.events.nmiPending != 0;
            init = false;
            startup = NOTHING;
            updateSpecial();
            update();
            listener.attention();
        }
    }

    private void restoreTimer(int initial, long current, int newDivide) {
        timer.cancel();
        deadline = 0;
        initialCount = initial;
        divide = newDivide;
        restoreCount(current);
    }

    /** Goes on counting from {@code current}; a one-shot count that has ended stays so. Nothing in TSC-deadline mode. */
    private void restoreCount(long current) {
        if (deadlineMode()) {
            return;
        }
        timer.cancel();
        long count = initialCount & 0xFFFF_FFFFL;
        boolean periodic = (lvt[LVT_TIMER] >> 17 & 3) == 1;
        if (count == 0 || current == 0 && !periodic) {
            countStart = chip.now() - count * tick();
            return;
        }
        countStart = chip.now() - (count - Math.min(current, count)) * tick();
        timer.arm(countStart + count * tick());
    }

    // ---- timer ------------------------------------------------------------------------------------------------------------------------

    private boolean deadlineMode() {
        return (lvt[LVT_TIMER] >> 17 & 3) == 2;
    }

    private void writeTimerVector(int value) {
        boolean wasDeadline = deadlineMode();
        boolean wasPeriodic = (lvt[LVT_TIMER] >> 17 & 3) == 1;
        long left = currentCount() & 0xFFFF_FFFFL;
        lvt[LVT_TIMER] = maskedIfDisabled(value & 0x710FF);
        boolean periodic = (value >> 17 & 3) == 1;
        if (wasDeadline != deadlineMode()) {
            // To and from TSC-deadline mode disarms (SDM vol. 3 §11.5.4.1).
            timer.cancel();
            deadline = 0;
            initialCount = 0;
        } else if (wasPeriodic != periodic) {
            restoreCount(left);
        }
    }

    private void writeDeadline(long value) {
        if (!deadlineMode()) {
            return;
        }
        deadline = value;
        if (value == 0) {
            timer.cancel();
        } else {
            // The counter is unsigned: a value with the top bit set is centuries away, not past.
            long now = chip.now();
            long left = value - (now - chip.tscOrigin());
            boolean past = Long.compareUnsigned(value, now - chip.tscOrigin()) <= 0;
            timer.arm(past ? now : now + (left < 0 ? FAR_AWAY : Math.min(left, FAR_AWAY)));
        }
    }

    /** Nanoseconds of one count: the divide register's bits 0, 1 and 3 give 2, 4 ... 128, 1. */
    private long tick() {
        int shift = (divide & 3 | divide >> 1 & 4) + 1 & 7;
        return NANOS_PER_TICK << shift;
    }

    private void startTimer() {
        if (deadlineMode()) {
            return;
        }
        if (initialCount == 0) {
            timer.cancel();
            return;
        }
        countStart = chip.now();
        timer.arm(countStart + (initialCount & 0xFFFF_FFFFL) * tick());
    }

    private int currentCount() {
        if (initialCount == 0 || deadlineMode()) {
            return 0;
        }
        long elapsed = (chip.now() - countStart) / tick();
        long count = initialCount & 0xFFFF_FFFFL;
        if (elapsed >= count && (lvt[LVT_TIMER] >> 17 & 3) == 0) {
            return 0;
        }
        return (int) (count - elapsed % count);
    }

    private void timerExpired() {
        synchronized (chip.lock) {
            if ((lvt[LVT_TIMER] >> 17 & 3) == 1) {
                if (initialCount == 0) {
                    // Stopped while this call waited for the lock.
                    return;
                }
                // A late host must not bring a burst of ticks, which would also hold up the other timers: those that are past are lost.
                long period = (initialCount & 0xFFFF_FFFFL) * tick();
                countStart += Math.max(1, (chip.now() - countStart) / period) * period;
                timer.arm(countStart + period);
            }
            deadline = 0;
            if ((lvt[LVT_TIMER] & LVT_MASKED) == 0) {
                request(lvt[LVT_TIMER] & 0xFF, false);
            }
        }
    }

    // ---- interrupts; the caller holds the lock ------------------------------------------------------------------------------------------

    /** Whether it takes fixed interrupts. */
    private boolean enabled() {
        return (spurious & SVR_ENABLE) != 0 && (base & BASE_ENABLE) != 0;
    }

    /** Adds a fixed interrupt. */
    void request(int vector, boolean level) {
        if (!enabled()) {
            return;
        }
        if (vector < 16) {
            error(ERROR_ILLEGAL_VECTOR);
            return;
        }
        requests.add(vector);
        if (level) {
            levelTriggered.add(vector);
        } else {
            levelTriggered.remove(vector);
        }
        update();
    }

    /** SDM vol. 3 §11.5.3. */
    private void error(int bit) {
        errors |= bit;
        if ((lvt[LVT_ERROR] & LVT_MASKED) == 0 && (lvt[LVT_ERROR] & 0xFF) >= 16) {
            request(lvt[LVT_ERROR] & 0xFF, false);
        }
    }

    /** Delivers by mode, as the ICR, the IOAPIC and MSIs name it. */
    void deliver(int mode, int vector, boolean level) {
        switch (mode) {
            case MODE_FIXED, MODE_LOWEST -> request(vector, level);
            case MODE_NMI -> {
                nmi = true;
                updateSpecial();
                listener.attention();
            }
            case MODE_INIT -> {
                init = true;
                startup = NOTHING;
                updateSpecial();
                listener.attention();
            }
            case MODE_STARTUP -> {
                startup = vector;
                updateSpecial();
                listener.attention();
            }
            default -> {
                // SMI has no handler here; ExtINT comes by LINT0.
            }
        }
    }

    private void sendCommand(int destination) {
        int low = (int) command;
        int mode = low >> 8 & 7;
        boolean level = (low & 1 << 15) != 0;
        boolean assert_ = (low & 1 << 14) != 0;
        if (mode == MODE_INIT && level && !assert_) {
            // INIT level de-assert does nothing on these processors (SDM vol. 3 §11.6.1).
            return;
        }
        if (mode == MODE_FIXED && (low & 0xFF) < 16) {
            error(ERROR_SEND_ILLEGAL_VECTOR);
            return;
        }
        boolean logical = (low & 1 << 11) != 0;
        chip.send(this, low >> 18 & 3, destination, logical, mode, low & 0xFF);
    }

    /** Whether an interrupt's destination names this APIC (SDM vol. 3 §11.6.2). */
    boolean isDestination(int destination, boolean logical) {
        boolean x2 = (base & BASE_X2APIC) != 0;
        if (!logical) {
            return destination == id || destination == (x2 ? -1 : 0xFF) || destination == 0xFF;
        }
        if (x2) {
            return destination >>> 16 == id >> 4 && (destination & 1 << (id & 15)) != 0;
        }
        int own = logicalId >>> 24;
        if (destinationFormat >>> 28 == 0xF) {
            return (own & destination) != 0;
        }
        // Cluster model: high nibble names the cluster, low nibble is a mask.
        return (own >> 4 == (destination >> 4 & 15) || (destination >> 4 & 15) == 15) && (own & destination & 15) != 0;
    }

    private void endOfInterrupt() {
        int vector = inService.highest();
        if (vector < 0) {
            return;
        }
        inService.remove(vector);
        if (levelTriggered.contains(vector) && (spurious & SVR_NO_EOI_BROADCAST) == 0) {
            chip.ioApic().endOfInterrupt(vector);
        }
    }

    /** Class of the priority that competes for a lowest-priority interrupt (SDM vol. 3 §11.6.2.4); above all classes when it takes none. */
    int arbitrationPriority() {
        return enabled() ? processorPriority() >> 4 : 16;
    }

    private int processorPriority() {
        int service = Math.max(0, inService.highest());
        return (taskPriority & 0xF0) >= (service & 0xF0) ? taskPriority : service & 0xF0;
    }

    /** Highest request above the processor priority, or -1. */
    private int highestRequest() {
        int vector = requests.highest();
        return vector >= 0 && (vector & 0xF0) > (processorPriority() & 0xF0) ? vector : NOTHING;
    }

    private boolean acceptsPic() {
        boolean wire = (lvt[LVT_LINT0] & LVT_MASKED) == 0 && (lvt[LVT_LINT0] >> 8 & 7) == MODE_EXTINT;
        return id == 0 && (wire || (base & BASE_ENABLE) == 0);
    }

    /** Recomputes {@link #deliverable}; called after every change, also of the PICs. */
    void update() {
        int vector = highestRequest();
        if (vector < 0 && acceptsPic() && chip.pics().interruptRequested()) {
            vector = chip.pics().peekVector();
        }
        deliverable = vector;
        if (vector >= 0) {
            listener.attention();
        }
    }
}
