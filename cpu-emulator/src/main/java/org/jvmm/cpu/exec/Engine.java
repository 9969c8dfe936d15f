package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.core.cpu.DebugWatch;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.core.time.VmClock;
import org.jvmm.cpu.decode.Decoder;
import org.jvmm.cpu.decode.Disassembler;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.mmu.CpuGroup;
import org.jvmm.cpu.mmu.DataWatch;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.Breakpoints;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.state.CpuidModel;

/**
 * One processor put together: registers, memory, interpreter, and the delivery of exceptions and interrupts between blocks. It does not sleep and knows no
 * threads; {@link org.jvmm.cpu.SoftVcpu} does.
 */
public final class Engine {
    private static final int NONE = -1;
    private static final int MOST_SHADOWS = 4;
    private static final int APIC_BASE = 0x1B;
    private static final int APIC_BASE_BSP = 1 << 8;
    private static final int PAGE = 4096;

    private final CpuState state = new CpuState();
    private final CpuInterrupts interrupts;
    private final Mmu mmu;
    private final MsrFile msrs;
    private final SlowPath slow;
    private final BlockCache blocks;
    private final Interpreter interpreter;
    private final long components;
    private int injected = NONE;
    private boolean injectedSoftware;
    private int injectedError;

    /** Calls of {@link #runSome}. */
    private long exits;
    private long delivered;
    private final GuestMemory memory;
    private DebugPoints points;
    private long exceptions;
    private boolean waiting;

    /**
     * @param memory guest RAM
     * @param devices device accesses
     * @param interrupts the CPU's local APIC
     * @param cpuid what CPUID answers
     * @param clock source of the time-stamp counter
     * @param tscOrigin clock value at which the counter is 0
     */
    public Engine(GuestMemory memory, VmOps devices, CpuInterrupts interrupts, CpuidModel cpuid, VmClock clock, long tscOrigin) {
        this.interrupts = interrupts;
        this.memory = memory;
        this.components = cpuid.stateComponents();
        this.mmu = new Mmu(state, memory, devices, new ApicPage(interrupts));
        this.msrs = new MsrFile(state, mmu, interrupts, clock, tscOrigin);
        this.slow = new SlowPath(state, mmu, devices, interrupts, msrs, cpuid);
        this.blocks = new BlockCache(state, mmu);
        this.interpreter = new Interpreter(state, mmu, slow, blocks);
    }

    /** Makes this CPU one of several; before it runs. */
    public void join(CpuGroup group, int id) {
        mmu.join(group, id);
        blocks.share(group.size());
        slow.share(blocks);
        interpreter.share();
    }

    private record ApicPage(CpuInterrupts interrupts) implements Mmu.LocalApicPage {
        @Override
        public boolean owns(long physical) {
            return (physical & ~0xFFFL) == interrupts.pageAddress() && interrupts.pageEnabled();
        }

        @Override
        public int read(int offset) {
            return interrupts.readRegister(offset);
        }

        @Override
        public void write(int offset, int value) {
            interrupts.writeRegister(offset, value);
        }
    }

    /** The registers; exact between {@link #runSome} calls. */
    public CpuState state() {
        return state;
    }

    /** Linear memory. */
    public Mmu mmu() {
        return mmu;
    }

    /** Makes {@link #runSome} return soon; any thread. */
    public void requestAttention() {
        interpreter.requestAttention();
    }

    /** Whether attention was requested since {@link #clearAttention}. */
    public boolean attentionRequested() {
        return interpreter.attentionRequested();
    }

    /** Forgets requests; what they stand for must be looked at afterwards. */
    public void clearAttention() {
        interpreter.clearAttention();
    }

    /** What other CPUs may have written unseen is decoded anew from here on. */
    public void serialise() {
        blocks.serialise();
    }

    /** Instructions retired. */
    public long retired() {
        return interpreter.retired();
    }

    /** The machine has ended and nothing runs. */
    public void end() {
        interpreter.end();
    }

    /** Adds what was counted since the start. */
    public void addCounters(VcpuCounters sum) {
        interpreter.addCounters(sum);
        blocks.addCounters(sum);
        mmu.addCounters(sum);
        sum.deviceAccesses += slow.portAccesses;
        sum.exits += exits;
        sum.interrupts += delivered;
        sum.exceptions += exceptions;
    }

    /** For tests: compiles blocks at the given number of executions, at least 1, before they go on. */
    public void compileAfter(int executions) {
        interpreter.compileAfter(executions, false);
    }

    /** For tests: the same, but code that changes is compiled later each time, as it is when tests do not ask. */
    void compileAfterWithWear(int executions) {
        interpreter.compileAfter(executions, true);
    }

    /** Blocks decoded. */
    public long blocksBuilt() {
        return blocks.built();
    }

    /** Whether the CPU sleeps in HLT. */
    public boolean halted() {
        return slow.halted;
    }

    /** Whether the CPU shall wait for a start-up IPI, as all but the boot processor do after reset (SDM vol. 3 §8.4.2). */
    public void waitForStartup(boolean wait) {
        waiting = wait;
    }

    /** Whether the CPU waits for a start-up IPI. */
    public boolean waitsForStartup() {
        return waiting;
    }

    /** Whether nothing can happen before attention: in HLT or before start-up. */
    public boolean sleeping() {
        return waiting || slow.halted;
    }

    /** Ends a HLT. */
    public void wake() {
        slow.halted = false;
    }

    /** Reads an MSR as the host. */
    public long readMsr(int index) {
        try {
            return msrs.read(index);
        } catch (CpuException e) {
            throw new IllegalArgumentException("No MSR 0x" + Integer.toHexString(index));
        }
    }

    /** Writes an MSR as the host. */
    public void writeMsr(int index, long value) {
        try {
            msrs.write(index, value);
        } catch (CpuException e) {
            throw new IllegalArgumentException("No MSR 0x" + Integer.toHexString(index));
        }
    }

    /** Numbers of the MSRs that a snapshot keeps, in the order in which they are to be written. */
    public static int[] savedMsrs() {
        return MsrFile.saved();
    }

    /** Whether an MSR exists and holds a value. */
    public boolean hasMsr(int index, long value) {
        try {
            return msrs.read(index) == value;
        } catch (CpuException e) {
            return false;
        }
    }

    /** The bits that XCR0 may have. */
    public long stateComponents() {
        return components;
    }

    /** Sets the time-stamp counter as the host: the guest's adjustment stays. */
    public void setTsc(long value) {
        msrs.setTsc(value);
    }

    /** Whether interrupts wait for one more instruction: 1 after MOV SS, 2 after STI, else 0. */
    public int interruptShadow() {
        return slow.interruptShadow;
    }

    /** Whether NMIs wait for IRET. */
    public boolean nmiBlocked() {
        return slow.nmiBlocked;
    }

    /** What lies between two instructions besides the registers. */
    public void setFlight(boolean halted, int shadow, boolean nmiBlocked) {
        slow.halted = halted;
        slow.interruptShadow = shadow;
        slow.nmiBlocked = nmiBlocked;
        slow.interruptWaiting = false;
        injected = NONE;
    }

    /** Has an exception or interrupt delivered before the next instruction, which another engine had begun to deliver. */
    public void inject(int vector, boolean software, int errorCode) {
        injected = vector;
        injectedSoftware = software;
        injectedError = errorCode;
    }

    /** Sets the privilege level with what follows from it. */
    public void setCpl(int cpl) {
        slow.segments().setCpl(cpl);
    }

    /** Takes an INIT and a start-up IPI (SDM vol. 3 §8.4 and §9.4). */
    public void takeStartup() {
        if (interrupts.takeInit()) {
            state.init();
            setCpl(0);
            mmu.flushAll();
            slow.halted = false;
            slow.interruptShadow = 0;
            slow.nmiBlocked = false;
            slow.interruptWaiting = false;
            // The boot processor goes to the reset vector.
            waiting = (readMsr(APIC_BASE) & APIC_BASE_BSP) == 0;
        }
        int vector = interrupts.takeStartup();
        if (vector >= 0 && waiting) {
            state.segments[X86Sregs.CS].set(vector << 8, (long) vector << 12, 0xFFFF, 0x9B);
            state.rip = 0;
            state.updateSegmentBases();
            waiting = false;
        }
    }

    /** Delivers an NMI or the highest interrupt, if the CPU takes one now; wakes it from HLT. */
    public void deliverInterrupts() {
        takeStartup();
        if (waiting) {
            return;
        }
        if (injected != NONE) {
            deliverInjected();
        }
        // Loads of SS one after the other shield once (SDM vol. 3 §6.8.3): no chain of them may hold interrupts off.
        for (int steps = 0; slow.interruptShadow != 0 && steps < MOST_SHADOWS; steps++) {
            // One more instruction first; the request stays. It may be an STI with a shadow of its own, whose HLT must not be missed.
            boolean afterStackLoad = slow.interruptShadow == SlowPath.SHADOW_STACK;
            slow.interruptShadow = 0;
            if (!slow.halted) {
                stepOver(afterStackLoad);
            }
        }
        if (!slow.nmiBlocked && interrupts.takeNmi()) {
            slow.halted = false;
            slow.nmiBlocked = true;
            interruptSafely(CpuException.NMI);
        }
        slow.interruptWaiting = false;
        if (interrupts.pendingVector() < 0) {
            return;
        }
        if ((state.systemFlags & CpuState.IF) == 0) {
            slow.interruptWaiting = true;
            return;
        }
        int vector = interrupts.acknowledge();
        if (vector >= 0) {
            slow.halted = false;
            interruptSafely(vector);
            slow.interruptWaiting = interrupts.pendingVector() >= 0;
        }
    }

    private void deliverInjected() {
        int vector = injected;
        injected = NONE;
        if (injectedSoftware) {
            slow.interrupts().deliverSoftware(vector);
        } else {
            slow.interrupts().deliverException(vector, injectedError);
        }
    }

    /** Whether an interrupt waits for IF. */
    public boolean interruptWaiting() {
        return slow.interruptWaiting;
    }

    private void interruptSafely(int vector) {
        delivered++;
        try {
            slow.interrupts().deliver(vector, false, 0, InterruptOps.Cause.HARDWARE);
        } catch (CpuException e) {
            slow.interrupts().deliverException(e.vector, e.errorCode);
        }
    }

    /**
     * Executes until attention is wanted, the CPU halts, or an exception was delivered.
     *
     * @throws MachineStop when the CPU cannot go on
     */
    public void runSome() {
        exits++;
        if (slow.mustStep()) {
            boolean afterStackLoad = slow.interruptShadow == SlowPath.SHADOW_STACK;
            slow.interruptShadow = 0;
            stepOver(afterStackLoad);
            return;
        }
        // It shields one instruction, and without breakpoints there is nothing to shield it from.
        state.systemFlags &= ~CpuState.RF;
        mmu.watchData(false);
        mmu.checkAlignment(state.checksAlignment());
        DataWatch watch = points == null ? null : points.watch();
        if (watch != null) {
            runWatched(watch);
            return;
        }
        try {
            interpreter.run();
        } catch (CpuException e) {
            raise(e);
        }
    }

    /** The same with data that is watched: what an exception's delivery accesses is noted, for it cannot begin anew. */
    private void runWatched(DataWatch watch) {
        CpuException exception = null;
        watch.stops(!points.stepping());
        try {
            interpreter.run();
        } catch (CpuException e) {
            exception = e;
        } finally {
            watch.stops(false);
        }
        if (exception != null) {
            raise(exception);
        }
    }

    private void raise(CpuException e) {
        exceptions++;
        int vector = e.vector;
        int errorCode = e.errorCode;
        if (e.nonCanonical && throughStack()) {
            vector = CpuException.SS;
        }
        slow.interrupts().deliverFault(vector, errorCode);
    }

    /** Whether the instruction that faulted reached for memory through the stack segment. */
    private boolean throughStack() {
        Instruction insn;
        try {
            insn = blocks.decodeOne();
        } catch (CpuException e) {
            return false;
        }
        if (insn.hasMemory() && insn.segment == X86Sregs.SS) {
            return true;
        }
        long stack = state.r[X86Regs.RSP];
        return switch (insn.op) {
            case PUSH, POP, PUSHF, POPF, CALL, RET, LEAVE, ENTER, PUSHSEG, POPSEG, CALLF, RETF, IRET ->
                !insn.hasMemory() || stack << 16 >> 16 != stack;
            default -> false;
        };
    }

    /**
     * Executes one instruction, or one repetition of a string instruction, with all that debugging asks for: instruction breakpoints before it, afterwards
     * a trap for what it touched and for TF, if that was set before it (SDM vol. 3 §17.3.1).
     *
     * @param afterStackLoad the instruction before loaded SS: no breakpoint on this one (SDM vol. 3 §6.8.3)
     */
    private void stepOver(boolean afterStackLoad) {
        int before = state.systemFlags;
        int pended = afterStackLoad ? state.debugHits : 0;
        if (!afterStackLoad && (before & CpuState.RF) == 0 && Breakpoints.any(state.dr)) {
            int hits = Breakpoints.instruction(state.dr, blocks.linear(state.rip));
            if (hits != 0) {
                state.dr[6] |= hits;
                slow.interrupts().deliverException(CpuException.DB, 0);
                return;
            }
        }
        mmu.watchData(Breakpoints.watchData(state.dr));
        mmu.checkAlignment(state.checksAlignment());
        state.debugHits = 0;
        Instruction insn;
        long next;
        try {
            insn = blocks.decodeOne();
            next = state.rip + insn.length;
            state.systemFlags &= ~CpuState.RF;
            slow.oneRepetition(true);
            interpreter.step(insn);
        } catch (CpuException e) {
            raise(e);
            return;
        } finally {
            slow.oneRepetition(false);
        }
        state.debugHits |= pended;
        boolean trap = (before & CpuState.TF) != 0 && !clearsTrap(insn) && !(msrs.branchTrapsOnly() && state.rip == next);
        if (slow.interruptShadow == SlowPath.SHADOW_STACK) {
            // Both wait for the instruction after this one.
            return;
        }
        if (trap || state.debugHits != 0) {
            state.dr[6] |= state.debugHits | (trap ? Breakpoints.DR6_BS : 0);
            state.debugHits = 0;
            slow.halted = false;
            msrs.clearBranchTraps();
            slow.interrupts().deliverException(CpuException.DB, 0);
        }
    }

    /** Software interrupts, and SYSCALL by its mask, clear TF before the trap would come. */
    private boolean clearsTrap(Instruction insn) {
        return switch (insn.op) {
            case INT, INT1, INT3, INTO, SYSCALL -> (state.systemFlags & CpuState.TF) == 0;
            default -> false;
        };
    }

    // ---- for a debugger outside the guest ---------------------------------------------------------------------------------------------

    /** Replaces where {@link #runSome} throws {@link org.jvmm.cpu.fault.DebugStop}; null for nowhere. Code that is cut differently now is decoded anew. */
    public void debug(DebugPlan plan) {
        DebugPoints wanted = plan == null ? null : new DebugPoints(plan, points);
        if (wanted != null) {
            for (int offset = 0; offset < PAGE; offset++) {
                if (wanted.cutsMoreThan(points, offset)) {
                    dropCode(offset);
                }
            }
        }
        DataWatch before = points == null ? null : points.watch();
        DataWatch watch = wanted == null ? null : wanted.watch();
        points = wanted;
        blocks.debugPoints(wanted);
        if (before != null || watch != null) {
            mmu.watch(watch);
        }
    }

    private void dropCode(int offset) {
        for (GuestRegion region : memory.regions()) {
            for (long page = region.gpa(); page < region.gpa() + region.size(); page += PAGE) {
                mmu.code().writtenByOthers(page + offset, 1);
            }
        }
    }

    /** Before {@link #runSome} with a plan: throws if that must not begin, and lets it execute one instruction where the plan is to step. */
    public void beginDebugged() {
        points.begin(blocks.linear(state.rip));
    }

    /** What was accessed of the data that is watched since this was asked last, or null. */
    public DebugWatch takeWatchHit() {
        DataWatch watch = points.watch();
        DebugWatch hit = watch == null ? null : watch.hit();
        if (hit != null) {
            watch.forget();
        }
        return hit;
    }

    /**
     * Executes the instruction that was stopped before its access to data that is watched.
     *
     * @return what it accessed of them; null when it raised an exception instead
     */
    public DebugWatch stepWatched() {
        long before = exceptions;
        boolean afterStackLoad = slow.interruptShadow == SlowPath.SHADOW_STACK;
        slow.interruptShadow = 0;
        stepOver(afterStackLoad);
        DebugWatch hit = takeWatchHit();
        return exceptions == before ? hit : null;
    }

    /** Whether the plan is to step. */
    public boolean stepping() {
        return points.stepping();
    }

    /** Whether the debugger wants the next instruction or the place before it; if so, no interrupt may come first. */
    public boolean debuggerWaits() {
        return !slow.halted && (points.stepping() ? points.holdsInterrupts() : points.stopsAt(blocks.linear(state.rip)));
    }

    /** Interrupts and NMIs delivered so far. */
    public long interruptsDelivered() {
        return delivered;
    }

    /** An interrupt that may be there waits until the debugger lets the guest go on. */
    public void holdInterrupts() {
        slow.interruptWaiting = true;
    }

    /** The instruction at {@link CpuState#rip} as text with its bytes, for reports. */
    public String describeInstruction() {
        StringBuilder text = new StringBuilder();
        byte[] bytes = new byte[15];
        int count = 0;
        long linear = state.mode == 8 ? state.rip : state.segments[1].base + state.rip;
        for (int value = mmu.peekCode(linear); value >= 0 && count < bytes.length; value = mmu.peekCode(linear + count)) {
            bytes[count++] = (byte) value;
        }
        for (int i = 0; i < count; i++) {
            text.append(Character.forDigit(bytes[i] >> 4 & 15, 16)).append(Character.forDigit(bytes[i] & 15, 16)).append(' ');
        }
        Instruction insn = new Decoder().decode(bytes, 0, count, state.mode);
        return text.append('(').append(insn == null ? "?" : Disassembler.text(insn, state.rip)).append(')').toString();
    }
}
