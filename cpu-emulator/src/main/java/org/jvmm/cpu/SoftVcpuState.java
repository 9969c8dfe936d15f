package org.jvmm.cpu;

import org.jvmm.core.cpu.VcpuEvents;
import org.jvmm.core.cpu.VcpuState;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.cpu.exec.Engine;
import org.jvmm.cpu.sse.SseState;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.x87.X87Exec;

/**
 * Saves and restores all of a vCPU. The order of restoring matters: registers, extended state, then the local APIC before the MSRs (the TSC deadline needs
 * the timer's mode), and what is in flight last.
 */
final class SoftVcpuState {
    private static final int HEADER = 512;
    private static final int LEGACY = 576;
    private static final int AVX_SIZE = 256;
    private static final int TSC_KHZ = 1_000_000;
    private static final int TSC = 0x10;
    /** Hold MSRs that the segments, the control registers and the APIC have brought: the FS and GS bases, EFER, IA32_APIC_BASE. */
    private static final int[] ELSEWHERE = { 0xC000_0100, 0xC000_0101, 0xC000_0080, 0x1B };

    private final SoftVcpu vcpu;
    private final Engine engine;
    private final CpuInterrupts interrupts;

    SoftVcpuState(SoftVcpu vcpu, Engine engine, CpuInterrupts interrupts) {
        this.vcpu = vcpu;
        this.engine = engine;
        this.interrupts = interrupts;
    }

    void save(VcpuState out) {
        // So that neither INIT nor a start-up IPI waits.
        engine.takeStartup();
        vcpu.getRegs(out.regs);
        vcpu.getSregs(out.sregs);
        saveExtended(out);
        saveDebug(out);
        interrupts.saveState(out);
        int[] indices = Engine.savedMsrs();
        out.msrIndices = indices;
        out.msrValues = new long[indices.length];
        for (int i = 0; i < indices.length; i++) {
            out.msrValues[i] = engine.readMsr(indices[i]);
        }
        out.runState = engine.waitsForStartup() ? VcpuState.INIT_RECEIVED : engine.halted() ? VcpuState.HALTED : VcpuState.RUNNABLE;
        out.tscKhz = TSC_KHZ;
        VcpuEvents events = out.events;
        // Deliveries are never half done here.
        events.exceptionInjected = false;
        events.exceptionPending = false;
        events.interruptInjected = false;
        events.nmiInjected = false;
        events.interruptShadow = engine.interruptShadow();
        events.nmiMasked = engine.nmiBlocked();
    }

    void restore(VcpuState in) {
        vcpu.setSregs(in.sregs);
        vcpu.setRegs(in.regs);
        restoreExtended(in);
        restoreDebug(in);
        interrupts.restoreState(in);
        restoreMsrs(in);
        VcpuEvents events = in.events;
        engine.waitForStartup(in.runState == VcpuState.INIT_RECEIVED || in.runState == VcpuState.UNINITIALIZED);
        engine.setFlight(in.runState == VcpuState.HALTED, events.interruptShadow & 3, events.nmiMasked);
        if (events.exceptionInjected || events.exceptionPending) {
            engine.inject(events.exceptionVector, false, events.exceptionHasError ? events.exceptionError : 0);
        } else if (events.interruptInjected) {
            engine.inject(events.interruptVector, events.interruptSoft, 0);
        } else if (events.nmiInjected) {
            engine.inject(2, false, 0);
        }
    }

    /** XSAVE's standard format: the legacy region, the header, the upper halves of YMM (SDM vol. 1 §13.4). */
    private void saveExtended(VcpuState out) {
        CpuState s = engine.state();
        long components = engine.stateComponents();
        boolean avx = (components & CpuState.XCR0_AVX) != 0;
        out.xcr0 = s.xcr0;
        out.xsave = new byte[avx ? LEGACY + AVX_SIZE : LEGACY];
        ArrayMemory memory = new ArrayMemory(out.xsave);
        X87Exec.fxsave(s.x87, s.sse, 0, memory, true, 16);
        memory.store(HEADER, 8, components);
        if (avx) {
            for (int i = 0; i < 32; i++) {
                memory.store(LEGACY + 8 * i, 8, s.sse.upper.x[i]);
            }
        }
    }

    private void restoreExtended(VcpuState in) {
        CpuState s = engine.state();
        long components = engine.stateComponents();
        ArrayMemory memory = new ArrayMemory(in.xsave);
        long present = memory.load(HEADER, 8);
        if ((in.xcr0 & ~components) != 0) {
            throw new IllegalArgumentException("XCR0 0x" + Long.toHexString(in.xcr0) + " has components that this CPU model lacks");
        }
        s.xcr0 = in.xcr0;
        long mxcsr = memory.load(24, 4);
        if ((mxcsr & ~(long) SseState.MXCSR_MASK) != 0) {
            throw new IllegalArgumentException("Reserved MXCSR bits are set: 0x" + Long.toHexString(mxcsr));
        }
        if ((present & CpuState.XCR0_X87) != 0) {
            X87Exec.restoreX87(s.x87, 0, memory, true);
        } else {
            X87Exec.initialize(s.x87);
        }
        if ((present & CpuState.XCR0_SSE) != 0) {
            X87Exec.restoreXmm(s.sse, 0, memory, 16);
        } else {
            java.util.Arrays.fill(s.sse.x, 0);
        }
        s.sse.mxcsr = (present & (CpuState.XCR0_SSE | CpuState.XCR0_AVX)) != 0 ? (int) mxcsr : SseState.MXCSR_RESET;
        boolean avx = (present & components & CpuState.XCR0_AVX) != 0 && in.xsave.length >= LEGACY + AVX_SIZE;
        for (int i = 0; i < 32; i++) {
            s.sse.upper.x[i] = avx ? memory.load(LEGACY + 8 * i, 8) : 0;
        }
    }

    private void saveDebug(VcpuState out) {
        long[] dr = engine.state().dr;
        System.arraycopy(dr, 0, out.debugRegisters, 0, 4);
        out.debugRegisters[4] = dr[6];
        out.debugRegisters[5] = dr[7];
    }

    private void restoreDebug(VcpuState in) {
        long[] dr = engine.state().dr;
        System.arraycopy(in.debugRegisters, 0, dr, 0, 4);
        dr[6] = in.debugRegisters[4];
        dr[7] = in.debugRegisters[5];
    }

    /** An MSR that this CPU lacks, or that refuses a value, is an error only when the value is not the one that is there anyway. */
    private void restoreMsrs(VcpuState in) {
        // The adjustment first: it moves the counter, which is then set.
        for (int index : Engine.savedMsrs()) {
            for (int i = 0; i < in.msrIndices.length; i++) {
                if (in.msrIndices[i] == index) {
                    restoreMsr(index, in.msrValues[i]);
                }
            }
        }
        for (int i = 0; i < in.msrIndices.length; i++) {
            int index = in.msrIndices[i];
            if (in.msrValues[i] != 0 && !contains(Engine.savedMsrs(), index) && !contains(ELSEWHERE, index)
                    && !engine.hasMsr(index, in.msrValues[i])) {
                throw new IllegalArgumentException("The software CPU has no MSR 0x" + Integer.toHexString(index) + ", which holds 0x"
                        + Long.toHexString(in.msrValues[i]));
            }
        }
    }

    private void restoreMsr(int index, long value) {
        if (index == TSC) {
            engine.setTsc(value);
        } else if (engine.readMsr(index) != value) {
            engine.writeMsr(index, value);
        }
    }

    private static boolean contains(int[] array, int value) {
        for (int one : array) {
            if (one == value) {
                return true;
            }
        }
        return false;
    }
}
