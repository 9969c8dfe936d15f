package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.Breakpoints;
import org.jvmm.cpu.state.CpuState;

/** Delivery of exceptions and interrupts, through a 64-bit IDT here (SDM vol. 3 §6.14), and the way back with IRET. */
final class InterruptOps {
    private static final int INTERRUPT_GATE = 0xE;
    private static final int TRAP_GATE = 0xF;

    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;
    private final SegmentOps segments;
    private final LegacyInterrupts legacy;
    /** RF in the flags' image of the delivery under way. */
    private int resumeFlag;

    InterruptOps(Operands ops, SegmentOps segments) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
        this.segments = segments;
        this.legacy = new LegacyInterrupts(ops, segments);
    }

    /** What causes a delivery: an exception or external interrupt, or an INT instruction, whose gate must have the caller's privilege. */
    enum Cause {
        HARDWARE, SOFTWARE
    }

    /** Delivers a fault: the flags' image has RF set, so that the instruction is not shielded from its own breakpoint for ever (SDM vol. 3 §17.3.1.1). */
    void deliverFault(int vector, int errorCode) {
        // A debug exception that comes this way is general detect, not an instruction breakpoint.
        resumeFlag = CpuState.RF;
        try {
            deliverException(vector, errorCode);
        } finally {
            resumeFlag = 0;
        }
    }

    /**
     * Delivers an exception that an instruction raised; faults on the way become double and triple faults (SDM vol. 3, table 6-5).
     *
     * @throws MachineStop on a triple fault
     */
    void deliverException(int vector, int errorCode) {
        int first = vector;
        int code = errorCode;
        StringBuilder chain = null;
        while (true) {
            try {
                deliver(first, CpuException.hasErrorCode(first), code, Cause.HARDWARE);
                return;
            } catch (CpuException second) {
                if (chain == null) {
                    chain = new StringBuilder(describe(first, code));
                }
                chain.append(", then ").append(describe(second.vector, second.errorCode));
                if (first == CpuException.DF) {
                    throw new MachineStop(true, "Triple fault: " + chain);
                }
                boolean doubleFault = contributory(first) && contributory(second.vector)
                        || first == CpuException.PF && (contributory(second.vector) || second.vector == CpuException.PF);
                code = doubleFault ? 0 : second.errorCode;
                first = doubleFault ? CpuException.DF : second.vector;
            }
        }
    }

    /** Delivers what an INT instruction began; it faults as that would. */
    void deliverSoftware(int vector) {
        try {
            deliver(vector, false, 0, Cause.SOFTWARE);
        } catch (CpuException e) {
            deliverException(e.vector, e.errorCode);
        }
    }

    private String describe(int vector, int code) {
        String text = CpuException.name(vector);
        if (CpuException.hasErrorCode(vector)) {
            text += "(0x" + Integer.toHexString(code) + ")";
        }
        return vector == CpuException.PF ? text + " at 0x" + Long.toHexString(state.cr2) : text;
    }

    private static boolean contributory(int vector) {
        return vector == CpuException.DE || vector >= CpuException.TS && vector <= CpuException.GP;
    }

    /** Delivers one vector; throws what goes wrong. {@link CpuState#rip} is the address to return to. */
    void deliver(int vector, boolean hasError, int errorCode, Cause cause) {
        if (!state.protectedMode()) {
            legacy.deliverReal(vector);
        } else if (state.longMode()) {
            deliverLong(vector, hasError, errorCode, cause);
        } else {
            legacy.deliver(vector, hasError, errorCode, cause, resumeFlag);
        }
        if (vector == CpuException.DB) {
            // So that the handler can use the debug registers (SDM vol. 3 §17.2.4).
            state.dr[7] &= ~(long) Breakpoints.DR7_GD;
        }
    }

    private void deliverLong(int vector, boolean hasError, int errorCode, Cause cause) {
        // The error code of a fault in delivery names the IDT entry; EXT (bit 0) says that no INT caused it (SDM vol. 3 §6.13).
        int ext = cause == Cause.HARDWARE ? 1 : 0;
        int tableError = vector << 3 | 2 | ext;
        if (vector * 16 + 15 > state.idtLimit) {
            throw state.fault(CpuException.GP, tableError);
        }
        long gate = state.idtBase + vector * 16L;
        long low = mmu.readSystem(gate, 8);
        long high = mmu.readSystem(gate + 8, 8);
        int attributes = (int) (low >>> 40) & 0xFF;
        int type = attributes & 0x1F;
        if (type != INTERRUPT_GATE && type != TRAP_GATE || cause == Cause.SOFTWARE && (attributes >> 5 & 3) < state.cpl) {
            throw state.fault(CpuException.GP, tableError);
        }
        if ((attributes & 0x80) == 0) {
            throw state.fault(CpuException.NP, tableError);
        }
        int selector = (int) (low >>> 16) & 0xFFFF;
        long target = low & 0xFFFF | low >>> 32 & 0xFFFF_0000L | high << 32;
        int stackIndex = (int) (low >>> 32) & 7;
        long descriptor = checkHandler(state, segments, selector, ext, true);
        if (!CpuState.isCanonical(target)) {
            throw state.fault(CpuException.GP, ext);
        }
        enter(selector, descriptor, target, stackIndex, type == INTERRUPT_GATE, hasError, errorCode, ext);
    }

    /** Checks a handler's code segment (SDM vol. 3 §6.12.1); its descriptor. */
    static long checkHandler(CpuState state, SegmentOps segments, int selector, int ext, boolean code64) {
        if ((selector & ~3) == 0) {
            throw state.fault(CpuException.GP, ext);
        }
        int error = selector & ~3 | ext;
        long descriptor = segments.descriptor(selector, CpuException.GP, ext);
        int attributes = SegmentOps.attributes(descriptor);
        boolean wrongSize = code64 && (attributes & 0x6000) != 0x2000;
        if ((attributes & 0x18) != 0x18 || SegmentOps.dpl(attributes) > state.cpl || wrongSize) {
            throw state.fault(CpuException.GP, error);
        }
        if ((attributes & 0x80) == 0) {
            throw state.fault(CpuException.NP, error);
        }
        return descriptor;
    }

    private void enter(int selector, long descriptor, long target, int stackIndex, boolean clearInterrupts, boolean hasError, int errorCode,
            int ext) {
        int attributes = SegmentOps.attributes(descriptor);
        int newCpl = (attributes & 4) != 0 ? state.cpl : SegmentOps.dpl(attributes);
        long oldStack = state.r[X86Regs.RSP];
        long stack;
        if (stackIndex != 0) {
            stack = taskStack(0x24 + 8 * (stackIndex - 1), ext);
        } else if (newCpl < state.cpl) {
            stack = taskStack(4 + 8 * newCpl, ext);
        } else {
            stack = oldStack;
        }
        // The frame is aligned to 16 bytes (SDM vol. 3 §6.14.2).
        stack &= ~15L;
        if (!CpuState.isCanonical(stack - 1) || !CpuState.isCanonical(stack - 48)) {
            throw state.fault(CpuException.SS, ext);
        }
        stack = pushFrame(stack, oldStack, hasError, errorCode, newCpl);
        boolean changed = newCpl < state.cpl;
        segments.loadCode(selector, descriptor, newCpl);
        if (changed) {
            state.segments[X86Sregs.SS].set(newCpl, 0, 0, 0);
        }
        state.r[X86Regs.RSP] = stack;
        state.rip = target;
        int cleared = CpuState.TF | CpuState.NT | CpuState.RF | (clearInterrupts ? CpuState.IF : 0);
        state.systemFlags &= ~cleared;
    }

    /** A stack pointer from the 64-bit TSS (SDM vol. 3 §7.7). */
    private long taskStack(int offset, int ext) {
        if (offset + 7 > (state.tr.limit & 0xFFFF_FFFFL)) {
            throw state.fault(CpuException.TS, state.tr.selector & ~3 | ext);
        }
        return mmu.readSystem(state.tr.base + offset, 8);
    }

    private long pushFrame(long top, long oldStack, boolean hasError, int errorCode, int newCpl) {
        long at = top - 8;
        writeStack(at, state.segments[X86Sregs.SS].selector, newCpl);
        writeStack(at - 8, oldStack, newCpl);
        writeStack(at - 16, state.rflags() | resumeFlag, newCpl);
        writeStack(at - 24, state.segments[X86Sregs.CS].selector, newCpl);
        writeStack(at - 32, state.rip, newCpl);
        if (hasError) {
            writeStack(at - 40, errorCode, newCpl);
            return at - 40;
        }
        return at - 32;
    }

    private void writeStack(long address, long value, int cpl) {
        if (cpl == 3) {
            mmu.write64(address, value);
        } else {
            mmu.writeSystem(address, 8, value);
        }
    }

    /** IRET, IRETD and IRETQ in protected and long mode. */
    void returnFromInterrupt(int size) {
        if ((state.systemFlags & CpuState.NT) != 0) {
            throw state.gp();
        }
        boolean from64 = state.mode == 8;
        long rip = mmu.read(ops.stackAddress(0), size);
        int cs = (int) mmu.read(ops.stackAddress(size), size) & 0xFFFF;
        long flags = mmu.read(ops.stackAddress(2L * size), size);
        if (size == 4 && (flags & CpuState.VM) != 0 && state.cpl == 0 && !state.longMode()) {
            throw new MachineStop(false, "Virtual-8086 mode is not emulated");
        }
        int newCpl = cs & 3;
        if (newCpl < state.cpl) {
            throw state.fault(CpuException.GP, cs & ~3);
        }
        long descriptor = segments.checkCode(cs, newCpl, CpuException.GP);
        boolean to64 = (SegmentOps.attributes(descriptor) & 1 << 13) != 0;
        boolean outer = newCpl > state.cpl;
        segments.checkTarget(descriptor, Operands.cutRip(rip, size));
        long oldFlags = state.rflags();
        if (from64 || outer) {
            long sp = mmu.read(ops.stackAddress(3L * size), size);
            int ss = (int) mmu.read(ops.stackAddress(4L * size), size) & 0xFFFF;
            segments.loadStack(ss, newCpl, to64);
            int oldCpl = state.cpl;
            segments.loadCode(cs, descriptor, newCpl);
            ops.setRegister(X86Regs.RSP, to64 ? 8 : ops.stackSize(), sp);
            if (!to64 && size == 8) {
                state.r[X86Regs.RSP] = sp & 0xFFFF_FFFFL;
            }
            restoreFlags(flags, oldFlags, oldCpl, size);
            if (outer) {
                segments.dropPrivilegedData();
            }
        } else {
            ops.addToStack(3L * size);
            int oldCpl = state.cpl;
            segments.loadCode(cs, descriptor, newCpl);
            restoreFlags(flags, oldFlags, oldCpl, size);
        }
        state.updateSegmentBases();
        state.rip = Operands.cutRip(rip, to64 ? 8 : 4);
    }

    /** IOPL changes in ring 0 only, IF when the privilege is within IOPL (SDM vol. 2, IRET). */
    void restoreFlags(long flags, long oldFlags, int oldCpl, int size) {
        long mask = CpuState.ARITHMETIC | CpuState.TF | CpuState.DF | CpuState.NT;
        if (size > 2) {
            mask |= CpuState.RF | CpuState.AC | CpuState.ID;
        }
        if (oldCpl == 0) {
            mask |= CpuState.IOPL;
        }
        if (oldCpl <= (oldFlags & CpuState.IOPL) >> 12) {
            mask |= CpuState.IF;
        }
        state.setRflags(oldFlags & ~mask | flags & mask);
    }

    /** IRET in real mode. */
    void returnReal(int size) {
        long rip = mmu.read(ops.stackAddress(0), size);
        int cs = (int) mmu.read(ops.stackAddress(size), size) & 0xFFFF;
        long flags = mmu.read(ops.stackAddress(2L * size), size);
        if (rip > 0xFFFF) {
            throw state.gp();
        }
        ops.addToStack(3L * size);
        segments.loadRealCode(cs);
        restoreFlags(flags, state.rflags(), 0, size);
        state.rip = rip;
    }
}
