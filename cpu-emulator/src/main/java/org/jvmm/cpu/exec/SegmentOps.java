package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.SegmentState;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/** Descriptors and the loading of segment registers (SDM vol. 3 §3.4, §5). */
final class SegmentOps {
    private static final int PRESENT = 0x80;
    private static final int CODE_OR_DATA = 0x10;
    private static final int CODE = 8;
    private static final int CONFORMING = 4;
    private static final int WRITABLE = 2;
    private static final int ACCESSED = 1;
    private static final int LONG = 1 << 13;
    private static final int BIG = 1 << 14;

    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;

    SegmentOps(Operands ops) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
    }

    static int dpl(int attributes) {
        return attributes >> 5 & 3;
    }

    private long descriptorAddress(int selector, int vector) {
        return descriptorAddress(selector, vector, 0);
    }

    /** Linear address of a selector's descriptor; {@code vector} is raised when it lies behind the table. */
    private long descriptorAddress(int selector, int vector, int ext) {
        boolean local = (selector & 4) != 0;
        long base = local ? state.ldt.base : state.gdtBase;
        int limit = local ? state.ldt.limit : state.gdtLimit;
        if ((selector | 7) > (limit & 0xFFFF_FFFFL) || local && (state.ldt.attributes & PRESENT) == 0) {
            throw state.fault(vector, selector & ~3 | ext);
        }
        return base + (selector & ~7);
    }

    /** Reads a descriptor's eight bytes; {@code ext} is bit 0 of the error code. */
    long descriptor(int selector, int vector, int ext) {
        return mmu.readSystem(descriptorAddress(selector, vector, ext), 8);
    }

    /** #GP unless an offset can be executed in a code segment: canonical in 64-bit code, within the limit else. */
    void checkTarget(long codeDescriptor, long offset) {
        boolean to64 = state.longMode() && (attributes(codeDescriptor) & LONG) != 0;
        if (to64 ? !CpuState.isCanonical(offset) : offset > (limit(codeDescriptor) & 0xFFFF_FFFFL)) {
            throw state.gp();
        }
    }

    /** Reads a descriptor's eight bytes. */
    long descriptor(int selector, int vector) {
        return mmu.readSystem(descriptorAddress(selector, vector), 8);
    }

    /** Access rights in the form of {@link SegmentState#attributes}. */
    static int attributes(long descriptor) {
        return (int) (descriptor >>> 40) & 0xF0FF;
    }

    static long base(long descriptor) {
        return descriptor >>> 16 & 0xFF_FFFFL | descriptor >>> 32 & 0xFF00_0000L;
    }

    static int limit(long descriptor) {
        int limit = (int) (descriptor & 0xFFFF | descriptor >>> 32 & 0xF_0000);
        return (descriptor & 1L << 55) != 0 ? limit << 12 | 0xFFF : limit;
    }

    private static void fill(SegmentState segment, int selector, long descriptor) {
        segment.set(selector, base(descriptor), limit(descriptor), attributes(descriptor));
    }

    private void markAccessed(int selector, long descriptor) {
        if ((descriptor >>> 40 & ACCESSED) == 0) {
            mmu.writeSystem(descriptorAddress(selector, CpuException.GP) + 5, 1, descriptor >>> 40 & 0xFF | ACCESSED);
        }
    }

    /** Loads a data segment register: MOV, POP, LSS and the like. CS goes other ways. */
    void load(int segment, int selector) {
        SegmentState target = state.segments[segment];
        if (!state.protectedMode()) {
            target.selector = selector;
            target.base = (long) selector << 4;
            state.updateSegmentBases();
            return;
        }
        if ((selector & ~3) == 0) {
            loadNull(segment, selector);
            return;
        }
        long descriptor = descriptor(selector, CpuException.GP);
        int attributes = attributes(descriptor);
        if (segment == X86Sregs.SS) {
            checkStack(selector, attributes, state.cpl, CpuException.GP);
        } else {
            checkData(selector, attributes);
        }
        markAccessed(selector, descriptor);
        fill(target, selector, descriptor);
        state.updateSegmentBases();
    }

    private void loadNull(int segment, int selector) {
        if (segment == X86Sregs.SS && (state.mode != 8 || state.cpl == 3 || (selector & 3) != state.cpl)) {
            throw state.gp();
        }
        state.segments[segment].set(selector, 0, 0, 0);
        state.updateSegmentBases();
    }

    private void checkData(int selector, int attributes) {
        boolean code = (attributes & CODE) != 0;
        boolean readable = !code || (attributes & WRITABLE) != 0;
        boolean conforming = code && (attributes & CONFORMING) != 0;
        int rpl = selector & 3;
        if ((attributes & CODE_OR_DATA) == 0 || !readable || !conforming && dpl(attributes) < Math.max(rpl, state.cpl)) {
            throw state.fault(CpuException.GP, selector & ~3);
        }
        if ((attributes & PRESENT) == 0) {
            throw state.fault(CpuException.NP, selector & ~3);
        }
    }

    private void checkStack(int selector, int attributes, int cpl, int vector) {
        boolean writableData = (attributes & (CODE_OR_DATA | CODE | WRITABLE)) == (CODE_OR_DATA | WRITABLE);
        if (!writableData || (selector & 3) != cpl || dpl(attributes) != cpl) {
            throw state.fault(vector, selector & ~3);
        }
        if ((attributes & PRESENT) == 0) {
            throw state.fault(CpuException.SS, selector & ~3);
        }
    }

    /**
     * Checks and loads SS for a return to, or a switch to, privilege {@code cpl}; a null selector is fine in 64-bit mode below ring 3.
     */
    void loadStack(int selector, int cpl, boolean to64) {
        SegmentState target = state.segments[X86Sregs.SS];
        if ((selector & ~3) == 0) {
            if (!to64 || cpl == 3) {
                throw state.gp();
            }
            target.set(selector, 0, 0, 0);
            return;
        }
        long descriptor = descriptor(selector, CpuException.GP);
        checkStack(selector, attributes(descriptor), cpl, CpuException.GP);
        markAccessed(selector, descriptor);
        fill(target, selector, descriptor);
    }

    /**
     * Checks a code segment for a transfer of control.
     *
     * @param cpl privilege after the transfer, or -1 when it is a jump or call that keeps the current one
     * @return the descriptor
     */
    long checkCode(int selector, int cpl, int vector) {
        if ((selector & ~3) == 0) {
            throw state.fault(vector, 0);
        }
        long descriptor = descriptor(selector, vector);
        int attributes = attributes(descriptor);
        if ((attributes & (CODE_OR_DATA | CODE)) != (CODE_OR_DATA | CODE)) {
            throw state.fault(vector, selector & ~3);
        }
        // L and D together are reserved in long mode (SDM vol. 3 §3.4.5).
        if (state.longMode() && (attributes & LONG) != 0 && (attributes & BIG) != 0) {
            throw state.fault(vector, selector & ~3);
        }
        boolean conforming = (attributes & CONFORMING) != 0;
        int dpl = dpl(attributes);
        boolean allowed;
        if (cpl < 0) {
            allowed = conforming ? dpl <= state.cpl : (selector & 3) <= state.cpl && dpl == state.cpl;
        } else {
            allowed = conforming ? dpl <= cpl : dpl == cpl;
        }
        if (!allowed) {
            throw state.fault(vector, selector & ~3);
        }
        if ((attributes & PRESENT) == 0) {
            throw state.fault(CpuException.NP, selector & ~3);
        }
        return descriptor;
    }

    /** Loads CS from a checked descriptor; the mode follows. */
    void loadCode(int selector, long descriptor, int cpl) {
        markAccessed(selector, descriptor);
        fill(state.segments[X86Sregs.CS], selector & ~3 | cpl, descriptor);
        setCpl(cpl);
        state.updateMode();
    }

    /** Loads CS in real mode. */
    void loadRealCode(int selector) {
        SegmentState cs = state.segments[X86Sregs.CS];
        cs.selector = selector;
        cs.base = (long) selector << 4;
        state.updateMode();
    }

    /** Sets a flat CS and SS, as SYSCALL and SYSRET do (SDM vol. 3 §5.8.8). */
    void loadFlat(int csSelector, int ssSelector, int cpl, boolean code64) {
        state.segments[X86Sregs.CS].set(csSelector, 0, 0xFFFF_FFFF, 0x809B | cpl << 5 | (code64 ? LONG : BIG));
        state.segments[X86Sregs.SS].set(ssSelector, 0, 0xFFFF_FFFF, 0xC093 | cpl << 5);
        setCpl(cpl);
        state.updateMode();
    }

    /** Changes the privilege level. */
    void setCpl(int cpl) {
        state.cpl = cpl;
        mmu.setUser(cpl == 3);
    }

    /** After a return to an outer level, data segments that it may not use become null (SDM vol. 3 §5.8.6). */
    void dropPrivilegedData() {
        for (int i = 0; i < 6; i++) {
            SegmentState segment = state.segments[i];
            boolean data = i == X86Sregs.ES || i == X86Sregs.DS || i == X86Sregs.FS || i == X86Sregs.GS;
            boolean conforming = (segment.attributes & (CODE | CONFORMING)) == (CODE | CONFORMING);
            if (data && segment.attributes != 0 && !conforming && dpl(segment.attributes) < state.cpl) {
                // The base stays: in 64-bit mode FS and GS are used with it whatever the selector.
                segment.selector = 0;
                segment.attributes = 0;
            }
        }
    }

    /** LTR. */
    void loadTask(int selector) {
        long address = descriptorAddress(selector, CpuException.GP);
        long descriptor = mmu.readSystem(address, 8);
        int type = attributes(descriptor) & 0x1F;
        // An available 64-bit TSS, outside long mode a 32- or 16-bit one.
        if ((selector & 4) != 0 || (selector & ~3) == 0 || type != 9 && (state.longMode() || type != 1)) {
            throw state.fault(CpuException.GP, selector & ~3);
        }
        if ((attributes(descriptor) & PRESENT) == 0) {
            throw state.fault(CpuException.NP, selector & ~3);
        }
        loadSystem(state.tr, selector, address, descriptor);
        state.tr.attributes |= 2;
        mmu.writeSystem(address + 5, 1, descriptor >>> 40 & 0xFF | 2);
    }

    /** LLDT. */
    void loadLocalTable(int selector) {
        if ((selector & ~3) == 0) {
            state.ldt.set(selector, 0, 0, 0);
            return;
        }
        long address = descriptorAddress(selector, CpuException.GP);
        long descriptor = mmu.readSystem(address, 8);
        if ((selector & 4) != 0 || (attributes(descriptor) & 0x1F) != 2) {
            throw state.fault(CpuException.GP, selector & ~3);
        }
        if ((attributes(descriptor) & PRESENT) == 0) {
            throw state.fault(CpuException.NP, selector & ~3);
        }
        loadSystem(state.ldt, selector, address, descriptor);
    }

    /** System descriptors have 16 bytes in long mode (SDM vol. 3 §7.2.3). */
    private void loadSystem(SegmentState target, int selector, long address, long descriptor) {
        long base = base(descriptor);
        if (state.longMode()) {
            base |= mmu.readSystem(address + 8, 4) << 32;
            if (!CpuState.isCanonical(base)) {
                throw state.fault(CpuException.GP, selector & ~3);
            }
        }
        target.set(selector, base, limit(descriptor), attributes(descriptor));
    }

    /** LAR (rights) and LSL (limit): ZF tells whether the selector may be looked at. */
    void inspect(Instruction insn, boolean limit) {
        int selector = (int) ops.read1(insn) & 0xFFFF;
        long descriptor = visibleDescriptor(selector);
        int flags = state.rflags() & ~CpuState.ZF;
        if (descriptor != 0) {
            long value = limit ? limit(descriptor) & 0xFFFF_FFFFL : descriptor >>> 32 & 0xFFFF00;
            ops.setRegister(insn.reg0, insn.size, value);
            flags |= CpuState.ZF;
        }
        state.setArithmeticFlags(flags);
    }

    /** VERR and VERW. */
    void verify(Instruction insn, boolean write) {
        int selector = (int) ops.read0(insn) & 0xFFFF;
        long descriptor = visibleDescriptor(selector);
        int attributes = attributes(descriptor);
        boolean code = (attributes & CODE) != 0;
        boolean ok = descriptor != 0 && (attributes & CODE_OR_DATA) != 0
                && (write ? !code && (attributes & WRITABLE) != 0 : !code || (attributes & WRITABLE) != 0);
        state.setArithmeticFlags(state.rflags() & ~CpuState.ZF | (ok ? CpuState.ZF : 0));
    }

    /** The descriptor when it exists and is visible at the current privilege, else 0. */
    private long visibleDescriptor(int selector) {
        boolean local = (selector & 4) != 0;
        int limit = local ? state.ldt.limit : state.gdtLimit;
        if ((selector & ~3) == 0 || (selector | 7) > (limit & 0xFFFF_FFFFL) || local && (state.ldt.attributes & PRESENT) == 0) {
            return 0;
        }
        long descriptor = mmu.readSystem((local ? state.ldt.base : state.gdtBase) + (selector & ~7), 8);
        int attributes = attributes(descriptor);
        boolean conforming = (attributes & (CODE_OR_DATA | CODE | CONFORMING)) == (CODE_OR_DATA | CODE | CONFORMING);
        return conforming || dpl(attributes) >= Math.max(state.cpl, selector & 3) ? descriptor : 0;
    }
}
