package org.jvmm.cpu;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.core.cpu.DebugWatch;
import org.jvmm.core.cpu.DebuggableVcpu;
import org.jvmm.core.cpu.SavableVcpu;
import org.jvmm.core.cpu.SegmentState;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.VcpuState;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.event.PollWindow;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.irq.SoftwareIrqChip;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.time.VmClock;
import org.jvmm.cpu.exec.Engine;
import org.jvmm.cpu.fault.DebugStop;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.mmu.CpuGroup;
import org.jvmm.cpu.mmu.DirtyPages;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.state.CpuidModel;
import org.jvmm.cpu.x87.X87Exec;

/** A virtual CPU of the software engine: an {@link Engine} with a thread, sleep in HLT, and kicks. */
public final class SoftVcpu implements SavableVcpu, DebuggableVcpu {
    private static final int EFER = 0xC000_0080;
    private static final int PAGE = 4096;

    private record Written(long gpa, long length) {}

    private final int id;
    private final Engine engine;
    private final CpuInterrupts interrupts;
    private final ConcurrentLinkedQueue<Written> deviceWrites = new ConcurrentLinkedQueue<>();
    /** Pages that another CPU's decoding made code. */
    private final ConcurrentLinkedQueue<Long> newCode = new ConcurrentLinkedQueue<>();
    /** The CPUs of the machine; null when this is the only one. */
    private CpuGroup group;
    private volatile Thread thread;
    private volatile boolean kicked;
    private final WriteLog log;
    private final SoftVcpuState wholeState;
    /** Guarded by {@link #log}. */
    private boolean running;
    private PollWindow haltPoll = new PollWindow(1);
    private final BooleanSupplier attentionRequested;
    /** A debugger has a plan. */
    private boolean debugged;
    /** The log is to be looked at anew. Set with {@link #log} held. */
    private volatile boolean logChanged;

    SoftVcpu(int id, CpuidModel cpuid, GuestMemory memory, VmOps ops, SoftwareIrqChip chip, VmClock clock, long tscOrigin, WriteLog log) {
        this.id = id;
        this.log = log;
        this.interrupts = chip.attach(id, this::attention);
        this.engine = new Engine(memory, ops, interrupts, cpuid, clock, tscOrigin);
        this.attentionRequested = engine::attentionRequested;
        this.wholeState = new SoftVcpuState(this, engine, interrupts);
        engine.mmu().logWrites(log.pages());
        engine.waitForStartup(id != 0);
    }

    /** The processor itself. */
    Engine engine() {
        return engine;
    }

    /** Makes this CPU one of several; before it runs. */
    void join(CpuGroup newGroup) {
        group = newGroup;
        engine.join(newGroup, id);
        newGroup.join(id, new Member());
        haltPoll = new PollWindow(newGroup.size());
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public VcpuExit run() {
        thread = Thread.currentThread();
        synchronized (log) {
            running = true;
        }
        try {
            enter();
            while (true) {
                if (engine.attentionRequested() || engine.interruptWaiting()) {
                    engine.clearAttention();
                    dropOverwrittenCode();
                    if (kicked) {
                        kicked = false;
                        return VcpuExit.Interrupted.INSTANCE;
                    }
                    leave();
                    enter();
                    followLog();
                    if (debugged && engine.debuggerWaits()) {
                        engine.holdInterrupts();
                    } else if (debugged && engine.stepping()) {
                        long before = engine.interruptsDelivered();
                        engine.deliverInterrupts();
                        if (engine.interruptsDelivered() != before) {
                            return new VcpuExit.Debug(engine.state().rip, VcpuExit.Debug.Cause.INTERRUPT);
                        }
                    } else {
                        engine.deliverInterrupts();
                    }
                }
                if (engine.sleeping()) {
                    leave();
                    sleep();
                    enter();
                } else if (debugged) {
                    VcpuExit stop = runDebugged();
                    if (stop != null) {
                        return stop;
                    }
                } else {
                    engine.runSome();
                }
            }
        } catch (MachineStop stop) {
            long rip = engine.state().rip;
            String detail = stop.getMessage() + "; instruction " + engine.describeInstruction();
            return stop.isShutdown() ? new VcpuExit.Shutdown(rip, detail) : new VcpuExit.Failed(rip, detail);
        } finally {
            leave();
            synchronized (log) {
                followLog();
                running = false;
            }
        }
    }

    /** Goes inside the guest, and learns what has become code in the meantime. */
    private void enter() {
        if (group != null) {
            group.enter(id);
            long epoch = group.epoch();
            for (Long page = newCode.poll(); page != null; page = newCode.poll()) {
                engine.mmu().dropWriteTranslations(page);
            }
            group.acknowledge(id, epoch);
            engine.serialise();
        }
    }

    /** Goes outside: others need not wait for this CPU. */
    private void leave() {
        if (group != null) {
            group.leave(id);
        }
    }

    /** Executes until the debugger wants the CPU back, or, with null, until there is something else to look at. */
    private VcpuExit runDebugged() {
        boolean step = engine.stepping();
        DebugWatch hit = null;
        try {
            engine.beginDebugged();
            engine.runSome();
            hit = engine.takeWatchHit();
            if (!step && hit == null) {
                return null;
            }
        } catch (DebugStop stop) {
            // The address of the next instruction is exact.
            hit = engine.takeWatchHit();
            if (!step && hit != null) {
                hit = engine.stepWatched();
                if (hit == null) {
                    return null;
                }
            }
        }
        if (hit != null) {
            return new VcpuExit.Debug(engine.state().rip, VcpuExit.Debug.Cause.WATCHPOINT, hit);
        }
        return new VcpuExit.Debug(engine.state().rip, step ? VcpuExit.Debug.Cause.STEP : VcpuExit.Debug.Cause.BREAKPOINT);
    }

    /** The machine has ended. */
    void end() {
        engine.end();
    }

    @Override
    public int maxBreakpoints() {
        return Integer.MAX_VALUE;
    }

    @Override
    public boolean stopsInRanges() {
        return true;
    }

    @Override
    public boolean watchesData() {
        return true;
    }

    @Override
    public void debug(DebugPlan plan) {
        debugged = plan != DebugPlan.NONE;
        engine.debug(debugged ? plan : null);
    }

    /** Writes go to this log from now on, which was just cleaned; {@link #log} is held. */
    void logWrites(DirtyPages pages) {
        if (running && Thread.currentThread() != thread) {
            logChanged = true;
            attention();
        } else {
            engine.mmu().logWrites(pages);
        }
    }

    /** Whether it has not seen the last {@link #logWrites} yet; {@link #log} is held. */
    boolean owesLogging() {
        return logChanged;
    }

    private void followLog() {
        if (logChanged) {
            synchronized (log) {
                engine.mmu().forgetWrites(true);
                engine.mmu().logWrites(log.pages());
                logChanged = false;
                log.notifyAll();
            }
        }
    }

    /** Parks until there is attention; a request that came before is seen. */
    private void sleep() {
        if (haltPoll.poll(attentionRequested)) {
            return;
        }
        while (!engine.attentionRequested()) {
            LockSupport.park(this);
        }
        haltPoll.slept();
    }

    @Override
    public void kick() {
        kicked = true;
        attention();
    }

    private void attention() {
        Engine running = engine;
        if (running != null) {
            running.requestAttention();
        }
        LockSupport.unpark(thread);
    }

    /** What the other CPUs of the machine tell this one, on their threads. */
    private final class Member implements CpuGroup.Member {
        @Override
        public void attention() {
            SoftVcpu.this.attention();
        }

        @Override
        public void codeWritten(long physical, long length) {
            deviceWrites.add(new Written(physical, length));
            attention();
        }

        @Override
        public void becameCode(long page) {
            newCode.add(page);
        }
    }

    /** A device wrote to guest memory; on the device's thread. */
    void deviceWrote(long gpa, long length) {
        long end = gpa + length;
        for (long page = gpa & -PAGE; page < end; page += PAGE) {
            if (engine.mmu().code().mayHold(page)) {
                deviceWrites.add(new Written(gpa, length));
                attention();
                return;
            }
        }
    }

    private void dropOverwrittenCode() {
        for (Written written = deviceWrites.poll(); written != null; written = deviceWrites.poll()) {
            engine.mmu().code().writtenByOthers(written.gpa, written.length);
        }
    }

    @Override
    public void getRegs(X86Regs out) {
        System.arraycopy(engine.state().r, 0, out.gpr, 0, 16);
        out.rip = engine.state().rip;
        out.rflags = engine.state().rflags() & 0xFFFF_FFFFL;
    }

    @Override
    public void setRegs(X86Regs in) {
        System.arraycopy(in.gpr, 0, engine.state().r, 0, 16);
        engine.state().rip = in.rip;
        engine.state().setRflags(in.rflags);
    }

    @Override
    public void getSregs(X86Sregs out) {
        CpuState s = engine.state();
        for (int i = 0; i < 6; i++) {
            out.segments[i].copyFrom(s.segments[i]);
        }
        out.tr.copyFrom(s.tr);
        out.ldt.copyFrom(s.ldt);
        out.gdtBase = s.gdtBase;
        out.gdtLimit = s.gdtLimit;
        out.idtBase = s.idtBase;
        out.idtLimit = s.idtLimit;
        out.cr0 = s.cr0;
        out.cr2 = s.cr2;
        out.cr3 = s.cr3;
        out.cr4 = s.cr4;
        out.cr8 = interrupts.readCr8();
        out.efer = s.efer;
        out.apicBase = engine.readMsr(0x1B);
    }

    @Override
    public void setSregs(X86Sregs in) {
        CpuState s = engine.state();
        for (int i = 0; i < 6; i++) {
            s.segments[i].copyFrom(in.segments[i]);
        }
        s.tr.copyFrom(in.tr);
        s.ldt.copyFrom(in.ldt);
        s.gdtBase = in.gdtBase;
        s.gdtLimit = in.gdtLimit;
        s.idtBase = in.idtBase;
        s.idtLimit = in.idtLimit;
        s.cr0 = in.cr0;
        s.cr2 = in.cr2;
        s.cr3 = in.cr3;
        s.cr4 = in.cr4;
        s.efer = in.efer;
        interrupts.writeCr8((int) in.cr8 & 15);
        SegmentState ss = s.segments[X86Sregs.SS];
        engine.setCpl(s.protectedMode() ? ss.attributes >> 5 & 3 : 0);
        s.updateMode();
        if (s.paePaging()) {
            engine.mmu().loadDirectoryPointers(s.cr3);
        }
        engine.mmu().flushAll();
    }

    @Override
    public long getMsr(int index) {
        return engine.readMsr(index);
    }

    @Override
    public void setMsr(int index, long value) {
        if (index == EFER) {
            engine.state().efer = value;
            engine.mmu().flushAll();
        } else {
            engine.writeMsr(index, value);
        }
    }

    @Override
    public void getFpu(byte[] fxsave) {
        X87Exec.fxsave(engine.state().x87, engine.state().sse, 0, new ArrayMemory(fxsave), true, 16);
    }

    @Override
    public void setFpu(byte[] fxsave) {
        if (!X87Exec.fxrstor(engine.state().x87, engine.state().sse, 0, new ArrayMemory(fxsave), true, 16)) {
            throw new IllegalArgumentException("Reserved MXCSR bits are set");
        }
    }

    @Override
    public long instructionsRetired() {
        return engine.retired();
    }

    @Override
    public void addCounters(VcpuCounters sum) {
        engine.addCounters(sum);
    }

    @Override
    public void saveState(VcpuState out) {
        wholeState.save(out);
    }

    @Override
    public void restoreState(VcpuState in) {
        wholeState.restore(in);
        attention();
    }
}
