package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.decode.Op;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.sse.SseState;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.x87.X87Exec;

/**
 * XSAVE, XSAVEOPT, XSAVEC, XRSTOR and XCR0 (SDM vol. 1, chapter 13). A component counts as in use unless it has its initial configuration; the modified
 * optimization is not made.
 */
final class XsaveOps {
    private static final long X87 = CpuState.XCR0_X87;
    private static final long SSE = CpuState.XCR0_SSE;
    private static final long AVX = CpuState.XCR0_AVX;
    private static final int MXCSR_AT = 24;
    private static final int HEADER = 512;
    private static final int AVX_AT = 576;
    private static final int AVX_SIZE = 256;
    private static final long COMPACTED = Long.MIN_VALUE;

    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;
    private final long supported;

    /** @param supported the bits that XCR0 may have */
    XsaveOps(Operands ops, long supported) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
        this.supported = supported;
    }

    /** #UD unless the operating system enabled XSAVE. */
    void checkEnabled() {
        if ((state.cr4 & CpuState.CR4_OSXSAVE) == 0) {
            throw state.ud();
        }
    }

    /** XGETBV: XCR0, and through index 1 the components in use. */
    void read() {
        checkEnabled();
        long value = switch ((int) state.r[X86Regs.RCX]) {
            case 0 -> state.xcr0;
            case 1 -> state.xcr0 & inUse();
            default -> throw state.gp();
        };
        state.r[X86Regs.RAX] = value & 0xFFFF_FFFFL;
        state.r[X86Regs.RDX] = value >>> 32;
    }

    /** XSETBV; the privilege was checked. */
    void write() {
        long value = requested();
        boolean avxAlone = (value & (SSE | AVX)) == AVX;
        if ((int) state.r[X86Regs.RCX] != 0 || (value & ~supported) != 0 || (value & X87) == 0 || avxAlone) {
            throw state.gp();
        }
        state.xcr0 = value;
    }

    private long requested() {
        return state.r[X86Regs.RDX] << 32 | state.r[X86Regs.RAX] & 0xFFFF_FFFFL;
    }

    /** The components not in their initial configuration (SDM vol. 1 §13.6). */
    private long inUse() {
        SseState sse = state.sse;
        return (X87Exec.isInitial(state.x87) ? 0 : X87) | (zero(sse) ? 0 : SSE) | (zero(sse.upper) ? 0 : AVX);
    }

    private static boolean zero(SseState sse) {
        long any = 0;
        for (int i = 0; i < 32; i++) {
            any |= sse.x[i];
        }
        return any == 0;
    }

    private long checkedAddress(Instruction insn) {
        checkEnabled();
        if ((state.cr0 & CpuState.CR0_TS) != 0) {
            throw state.fault(CpuException.NM, 0);
        }
        long address = ops.address(insn);
        if ((address & 63) != 0) {
            throw state.gp();
        }
        return address;
    }

    private int registers() {
        return state.mode == 8 ? 16 : 8;
    }

    /** XSAVE, XSAVEOPT, XSAVEC. */
    void save(Instruction insn) {
        long address = checkedAddress(insn);
        long wanted = requested() & state.xcr0;
        boolean compact = insn.op == Op.XSAVEC;
        mmu.checkWritable(address);
        mmu.checkWritable(address + ((wanted & AVX) != 0 ? AVX_AT + AVX_SIZE : AVX_AT) - 1);
        long used = inUse();
        if (compact && state.sse.mxcsr != SseState.MXCSR_RESET) {
            used |= SSE;
        }
        long present = wanted & used;
        // XSAVE writes initial configurations too, the others leave them out.
        long written = insn.op == Op.XSAVE ? wanted : present;
        long old = compact ? 0 : mmu.read64(address + HEADER);
        if ((written & X87) != 0) {
            X87Exec.saveX87(state.x87, address, mmu, insn.rexW);
        }
        if ((wanted & (compact ? SSE & present : SSE | AVX)) != 0) {
            mmu.write32(address + MXCSR_AT, state.sse.mxcsr);
            mmu.write32(address + MXCSR_AT + 4, SseState.MXCSR_MASK);
        }
        if ((written & SSE) != 0) {
            X87Exec.saveXmm(state.sse, address, mmu, registers());
        }
        if ((written & AVX) != 0) {
            for (int i = 0; i < 2 * registers(); i++) {
                mmu.write64(address + AVX_AT + 8 * i, state.sse.upper.x[i]);
            }
        }
        mmu.write64(address + HEADER, compact ? present : old & ~wanted | present);
        if (compact) {
            mmu.write64(address + HEADER + 8, COMPACTED | wanted);
        }
    }

    /** XRSTOR, from either format. */
    void restore(Instruction insn) {
        long address = checkedAddress(insn);
        long wanted = requested() & state.xcr0;
        mmu.read8(address);
        long present = mmu.read64(address + HEADER);
        long format = mmu.read64(address + HEADER + 8);
        boolean compact = format < 0;
        checkHeader(address, present, format, compact);
        if ((wanted & present & AVX) != 0) {
            mmu.read8(address + AVX_AT + AVX_SIZE - 1);
        }
        boolean loadsMxcsr = compact ? (wanted & present & SSE) != 0 : (wanted & (SSE | AVX)) != 0;
        long mxcsr = loadsMxcsr ? mmu.read32(address + MXCSR_AT) : SseState.MXCSR_RESET;
        if ((mxcsr & ~(long) SseState.MXCSR_MASK) != 0) {
            throw state.gp();
        }
        if ((wanted & X87) != 0) {
            if ((present & X87) != 0) {
                X87Exec.restoreX87(state.x87, address, mmu, insn.rexW);
            } else {
                X87Exec.initialize(state.x87);
            }
        }
        if ((wanted & SSE) != 0) {
            if ((present & SSE) != 0) {
                X87Exec.restoreXmm(state.sse, address, mmu, registers());
            } else {
                clear(state.sse);
            }
        }
        if ((wanted & SSE) != 0 || loadsMxcsr) {
            state.sse.mxcsr = (int) mxcsr;
        }
        if ((wanted & AVX) != 0) {
            for (int i = 0; i < 2 * registers(); i++) {
                state.sse.upper.x[i] = (present & AVX) != 0 ? mmu.read64(address + AVX_AT + 8 * i) : 0;
            }
        }
    }

    private void clear(SseState sse) {
        for (int i = 0; i < 2 * registers(); i++) {
            sse.x[i] = 0;
        }
    }

    /** The conditions of SDM vol. 1 §13.8.1. */
    private void checkHeader(long address, long present, long format, boolean compact) {
        long reserved = mmu.read64(address + HEADER + 16);
        boolean wrong;
        if (compact) {
            long components = format & ~COMPACTED;
            for (int i = 24; i < 64; i += 8) {
                reserved |= mmu.read64(address + HEADER + i);
            }
            wrong = (components & ~state.xcr0) != 0 || (present & ~components) != 0;
        } else {
            wrong = format != 0 || (present & ~state.xcr0) != 0;
        }
        if (wrong || reserved != 0) {
            throw state.gp();
        }
    }
}
