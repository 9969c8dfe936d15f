package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.SegmentState;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/** Delivery outside long mode: through the vector table of real mode (SDM vol. 3 §20.1.4), and through 16- and 32-bit gates (§6.11, §6.12). */
final class LegacyInterrupts {
    private static final int TASK_GATE = 5;
    private static final int INTERRUPT_GATE_16 = 6;
    private static final int TRAP_GATE_16 = 7;
    private static final int INTERRUPT_GATE_32 = 0xE;
    private static final int TRAP_GATE_32 = 0xF;
    private static final int BIG = 1 << 14;
    private static final long LOW32 = 0xFFFF_FFFFL;

    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;
    private final SegmentOps segments;
    /** The stack of the handler's level, until its frame is written. */
    private final SegmentState newStack = new SegmentState();

    LegacyInterrupts(Operands ops, SegmentOps segments) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
        this.segments = segments;
    }

    /** Real mode: no error codes, no privileges. */
    void deliverReal(int vector) {
        if (vector * 4 + 3 > state.idtLimit) {
            throw state.fault(CpuException.GP, vector << 3 | 2);
        }
        long entry = mmu.readSystem(state.idtBase + vector * 4 & LOW32, 4);
        long stack = state.r[X86Regs.RSP];
        try {
            ops.push(2, state.rflags());
            ops.push(2, state.segments[X86Sregs.CS].selector);
            ops.push(2, state.rip);
        } catch (CpuException e) {
            state.r[X86Regs.RSP] = stack;
            throw e;
        }
        segments.loadRealCode((int) (entry >>> 16));
        state.rip = entry & 0xFFFF;
        state.systemFlags &= ~(CpuState.IF | CpuState.TF | CpuState.RF | CpuState.AC);
    }

    /** Protected mode. */
    void deliver(int vector, boolean hasError, int errorCode, InterruptOps.Cause cause, int resumeFlag) {
        int ext = cause == InterruptOps.Cause.HARDWARE ? 1 : 0;
        int tableError = vector << 3 | 2 | ext;
        if (vector * 8 + 7 > state.idtLimit) {
            throw state.fault(CpuException.GP, tableError);
        }
        long gate = mmu.readSystem(state.idtBase + vector * 8 & LOW32, 8);
        int attributes = (int) (gate >>> 40) & 0xFF;
        int type = attributes & 0x1F;
        boolean known = type == INTERRUPT_GATE_16 || type == TRAP_GATE_16 || type == INTERRUPT_GATE_32 || type == TRAP_GATE_32
                || type == TASK_GATE;
        if (!known || cause == InterruptOps.Cause.SOFTWARE && (attributes >> 5 & 3) < state.cpl) {
            throw state.fault(CpuException.GP, tableError);
        }
        if ((attributes & 0x80) == 0) {
            throw state.fault(CpuException.NP, tableError);
        }
        if (type == TASK_GATE) {
            throw new MachineStop(false, "Task switches are not emulated: task gate of " + CpuException.name(vector));
        }
        int size = type >= INTERRUPT_GATE_32 ? 4 : 2;
        int selector = (int) (gate >>> 16) & 0xFFFF;
        long target = gate & 0xFFFF | (size == 4 ? gate >>> 32 & 0xFFFF_0000L : 0);
        long descriptor = InterruptOps.checkHandler(state, segments, selector, ext, false);
        boolean conforming = (SegmentOps.attributes(descriptor) & 4) != 0;
        int newCpl = conforming ? state.cpl : SegmentOps.dpl(SegmentOps.attributes(descriptor));
        boolean inner = newCpl < state.cpl;
        SegmentState ss = state.segments[X86Sregs.SS];
        long top = state.r[X86Regs.RSP];
        if (inner) {
            top = loadTaskStack(newCpl, ext);
            ss = newStack;
        }
        if (target > (SegmentOps.limit(descriptor) & LOW32)) {
            throw state.fault(CpuException.GP, ext);
        }
        int words = (inner ? 5 : 3) + (hasError ? 1 : 0);
        boolean big = (ss.attributes & BIG) != 0;
        long at = top - (long) words * size & (big ? LOW32 : 0xFFFF);
        if (!Operands.within(ss, at, words * size)) {
            throw state.fault(CpuException.SS, inner ? ss.selector & ~3 | ext : ext);
        }
        writeFrame(ss.base + at, size, inner, hasError, errorCode, resumeFlag, newCpl);
        segments.loadCode(selector, descriptor, newCpl);
        if (inner) {
            state.segments[X86Sregs.SS].copyFrom(ss);
            state.updateSegmentBases();
        }
        state.r[X86Regs.RSP] = big ? at : top & ~0xFFFFL | at;
        state.rip = target;
        boolean interrupt = type == INTERRUPT_GATE_16 || type == INTERRUPT_GATE_32;
        state.systemFlags &= ~(CpuState.TF | CpuState.NT | CpuState.RF | CpuState.VM | (interrupt ? CpuState.IF : 0));
    }

    private void writeFrame(long linear, int size, boolean inner, boolean hasError, int errorCode, int resumeFlag, int newCpl) {
        long at = linear;
        if (hasError) {
            write(at, size, errorCode, newCpl);
            at += size;
        }
        write(at, size, state.rip, newCpl);
        write(at + size, size, state.segments[X86Sregs.CS].selector, newCpl);
        write(at + 2 * size, size, state.rflags() | resumeFlag, newCpl);
        if (inner) {
            write(at + 3 * size, size, state.r[X86Regs.RSP], newCpl);
            write(at + 4 * size, size, state.segments[X86Sregs.SS].selector, newCpl);
        }
    }

    private void write(long linear, int size, long value, int cpl) {
        if (cpl == 3) {
            mmu.write(linear & LOW32, size, value);
        } else {
            mmu.writeSystem(linear & LOW32, size, value);
        }
    }

    /** Reads SS and the stack pointer of a level from a 16- or 32-bit TSS into {@link #newStack} (SDM vol. 3 §7.2.1, §7.6); the pointer. */
    private long loadTaskStack(int cpl, int ext) {
        boolean wide = (state.tr.attributes & 8) != 0;
        int offset = wide ? 4 + 8 * cpl : 2 + 4 * cpl;
        if (offset + (wide ? 5 : 3) > (state.tr.limit & LOW32)) {
            throw state.fault(CpuException.TS, state.tr.selector & ~3 | ext);
        }
        long pointer = mmu.readSystem(state.tr.base + offset & LOW32, wide ? 4 : 2);
        int selector = (int) mmu.readSystem(state.tr.base + offset + (wide ? 4 : 2) & LOW32, 2);
        if ((selector & ~3) == 0) {
            throw state.fault(CpuException.TS, ext);
        }
        long descriptor = segments.descriptor(selector, CpuException.TS, ext);
        int attributes = SegmentOps.attributes(descriptor);
        if ((attributes & 0x1A) != 0x12 || (selector & 3) != cpl || SegmentOps.dpl(attributes) != cpl) {
            throw state.fault(CpuException.TS, selector & ~3 | ext);
        }
        if ((attributes & 0x80) == 0) {
            throw state.fault(CpuException.SS, selector & ~3 | ext);
        }
        newStack.set(selector, SegmentOps.base(descriptor), SegmentOps.limit(descriptor), attributes);
        return pointer;
    }
}
