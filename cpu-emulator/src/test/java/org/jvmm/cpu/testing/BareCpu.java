package org.jvmm.cpu.testing;

import org.jvmm.core.cpu.VcpuState;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.cpu.exec.Engine;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.state.CpuidModel;
import org.jvmm.cpu.x87.X87State;

/**
 * One CPU that executes a case as a user program: privilege 3, 64-bit or compatibility mode, code at {@link #CODE}, two pages of data at {@link #DATA}.
 * Every exception has a handler, a HLT of its own, so that its vector and what was pushed can be read. No devices, no interrupts.
 */
public final class BareCpu {
    /** Linear address of the code page. */
    public static final long CODE = 0x2000_0000L;
    /** Linear address of the data pages. */
    public static final long DATA = 0x1000_0000L;
    /** Bytes of data. */
    public static final int DATA_SIZE = 8192;

    private static final long PML4 = 0x1000;
    private static final long PDPT = 0x2000;
    private static final long PD = 0x3000;
    private static final long DATA_TABLE = 0x4000;
    private static final long CODE_TABLE = 0x5000;
    private static final long KERNEL_TABLE = 0x6000;
    private static final long KERNEL_PDPT = 0x7000;
    private static final long KERNEL_PD = 0xD000;
    /** Linear address of the kernel's physical address 0. */
    private static final long KERNEL = 0xFFFF_FFFF_FFE0_0000L;
    private static final long GDT = 0x8000;
    private static final long TSS = 0x8800;
    private static final long IDT = 0x9000;
    private static final long HANDLERS = 0xA000;
    private static final long KERNEL_STACK = 0xC000;
    private static final long CODE_PHYSICAL = 0x10_0000;
    private static final long DATA_PHYSICAL = 0x20_0000;
    private static final long PRESENT_WRITABLE = 3;
    private static final long USER = 4;
    private static final int BREAKPOINT = 0xCC;
    private static final int HLT = 0xF4;

    /** Guest RAM. */
    public final GuestMemory memory = TestMemory.ofSize(16 << 20);
    /** The CPU. */
    public final Engine engine;

    private int length;

    /** Page tables, descriptor tables and control registers set up; SSE and AVX on. */
    public BareCpu() {
        FakeClock clock = new FakeClock();
        engine = engine(memory, clock, new CpuidModel(0, 1, CpuModel.V3));
        long all = PRESENT_WRITABLE | USER;
        memory.write64(PML4, PDPT | all);
        memory.write64(PDPT, PD | all);
        memory.write64(PML4 + 511 * 8, KERNEL_PDPT | PRESENT_WRITABLE);
        memory.write64(KERNEL_PDPT + 511 * 8, KERNEL_PD | PRESENT_WRITABLE);
        memory.write64(KERNEL_PD + 511 * 8, KERNEL_TABLE | PRESENT_WRITABLE);
        for (int i = 8; i < 12; i++) {
            memory.write64(KERNEL_TABLE + 8 * i, 4096L * i | PRESENT_WRITABLE);
        }
        memory.write64(PD + (DATA >>> 21 & 511) * 8, DATA_TABLE | all);
        memory.write64(PD + (CODE >>> 21 & 511) * 8, CODE_TABLE | all);
        memory.write64(DATA_TABLE, DATA_PHYSICAL | all);
        memory.write64(DATA_TABLE + 8, DATA_PHYSICAL + 4096 | all);
        memory.write64(CODE_TABLE, CODE_PHYSICAL | all);
        // The descriptors Linux has: 0x10 kernel code, 0x18 kernel data, 0x20 user 32-bit code, 0x28 user data, 0x30 user 64-bit code.
        memory.write64(GDT + 0x10, 0x00AF_9B00_0000_FFFFL);
        memory.write64(GDT + 0x18, 0x00CF_9300_0000_FFFFL);
        memory.write64(GDT + 0x20, 0x00CF_FB00_0000_FFFFL);
        memory.write64(GDT + 0x28, 0x00CF_F300_0000_FFFFL);
        memory.write64(GDT + 0x30, 0x00AF_FB00_0000_FFFFL);
        for (int vector = 0; vector < 256; vector++) {
            long handler = KERNEL + HANDLERS + vector;
            memory.write8(HANDLERS + vector, HLT);
            // An interrupt gate; only INT3 and INTO may call theirs.
            long privilege = vector == CpuException.BP || vector == CpuException.OF ? 0xEE : 0x8E;
            memory.write64(IDT + 16 * vector, handler & 0xFFFF | 0x10L << 16 | privilege << 40 | (handler & 0xFFFF_0000L) << 32);
            memory.write64(IDT + 16 * vector + 8, handler >>> 32);
        }
        memory.write64(TSS + 4, KERNEL + KERNEL_STACK);
        // No I/O permission map.
        memory.write16(TSS + 0x66, 0x68);
        CpuState s = engine.state();
        s.cr0 = CpuState.CR0_PG | CpuState.CR0_PE | CpuState.CR0_NE | CpuState.CR0_WP | CpuState.CR0_MP | 0x10;
        s.cr3 = PML4;
        s.cr4 = 0x620 | CpuState.CR4_FSGSBASE | CpuState.CR4_OSXSAVE;
        s.xcr0 = 7;
        s.efer = CpuState.EFER_LMA | CpuState.EFER_LME | CpuState.EFER_NXE | CpuState.EFER_SCE;
        s.gdtBase = KERNEL + GDT;
        s.gdtLimit = 0x3F;
        s.idtBase = KERNEL + IDT;
        s.idtLimit = 0xFFF;
        s.tr.set(0x38, KERNEL + TSS, 0x67, 0x8B);
        engine.mmu().flushAll();
    }

    /** A CPU without devices and interrupts. */
    public static Engine engine(GuestMemory memory, FakeClock clock, CpuidModel cpuid) {
        return new Engine(memory, new NoDevices(), new NoInterrupts(), cpuid, clock, 0);
    }

    /** A local APIC that never has anything. */
    public static CpuInterrupts noInterrupts() {
        return new NoInterrupts();
    }

    /**
     * Executes a case.
     *
     * @param mode 8 for 64-bit, 4 for compatibility mode
     * @param in state before
     * @param out receives the state after
     */
    public void run(byte[] code, int codeLength, int mode, MachineState in, MachineState out) {
        start(code, codeLength, mode, in);
        finish(out);
    }

    /** Executes a case of 64-bit mode at another linear address, which the page of {@link #CODE} is mapped at. */
    public void runAt(long linear, byte[] code, MachineState in, MachineState out) {
        start(code, code.length, 8, in);
        engine.state().rip = linear;
        finish(out);
    }

    private void finish(MachineState out) {
        try {
            while (!engine.halted()) {
                engine.runSome();
            }
            engine.wake();
        } catch (MachineStop stop) {
            throw new AssertionError(stop.getMessage() + " at " + engine.describeInstruction(), stop);
        }
        store(out);
        out.fsBase = engine.state().segments[X86Sregs.FS].base;
        out.gsBase = engine.state().segments[X86Sregs.GS].base;
    }

    /** Prepares a case; {@link #engine} then executes it. */
    public void start(byte[] code, int codeLength, int mode, MachineState in) {
        length = codeLength;
        memory.write(CODE_PHYSICAL, code, 0, length);
        memory.write8(CODE_PHYSICAL + length, BREAKPOINT);
        engine.mmu().code().writtenByOthers(CODE_PHYSICAL, length + 1);
        memory.write(DATA_PHYSICAL + MachineState.WINDOW_AT, in.window, 0, MachineState.WINDOW);
        load(mode, in);
    }

    private void load(int mode, MachineState in) {
        CpuState s = engine.state();
        System.arraycopy(in.gpr, 0, s.r, 0, 16);
        s.rip = CODE;
        s.setRflags(in.rflags);
        s.segments[X86Sregs.CS].set(mode == 8 ? 0x33 : 0x23, 0, -1, mode == 8 ? 0xA0FB : 0xC0FB);
        s.segments[X86Sregs.SS].set(0x2B, 0, -1, 0xC0F3);
        s.segments[X86Sregs.DS].set(0x2B, 0, -1, 0xC0F3);
        s.segments[X86Sregs.ES].set(0x2B, 0, -1, 0xC0F3);
        s.segments[X86Sregs.FS].set(0, in.fsBase, 0, 0);
        s.segments[X86Sregs.GS].set(0, in.gsBase, 0, 0);
        engine.setCpl(3);
        s.updateMode();
        X87State f = s.x87;
        f.control = in.control();
        f.setStatusWord(in.status());
        f.used = in.tags();
        f.lastOpcode = in.xsave.getShort(6) & 0x7FF;
        f.instructionPointer = in.xsave.getLong(8);
        f.dataPointer = in.xsave.getLong(16);
        for (int i = 0; i < 8; i++) {
            f.significand[f.top + i & 7] = in.significand(i);
            f.signExponent[f.top + i & 7] = in.signExponent(i);
        }
        s.sse.mxcsr = in.mxcsr();
        for (int i = 0; i < 16; i++) {
            s.sse.x[2 * i] = in.vector(i, 0);
            s.sse.x[2 * i + 1] = in.vector(i, 1);
            s.sse.upper.x[2 * i] = in.vector(i, 2);
            s.sse.upper.x[2 * i + 1] = in.vector(i, 3);
        }
    }

    private void store(MachineState out) {
        CpuState s = engine.state();
        System.arraycopy(s.r, 0, out.gpr, 0, 16);
        int vector = (int) (s.rip - KERNEL - HANDLERS - 1);
        int error = CpuException.hasErrorCode(vector) ? 8 : 0;
        long frame = s.r[X86Regs.RSP] & 0xFFF | KERNEL_STACK - 4096;
        out.errorCode = error == 0 ? 0 : (int) stacked(frame);
        out.rip = stacked(frame + error);
        out.rflags = stacked(frame + error + 16);
        out.gpr[X86Regs.RSP] = stacked(frame + error + 24);
        out.vector = vector == CpuException.BP && out.rip == CODE + length + 1 ? MachineState.NO_FAULT : vector;
        X87State f = s.x87;
        out.x87(f.control, f.status(), f.used);
        out.xsave.putShort(6, (short) f.lastOpcode);
        out.xsave.putLong(8, f.instructionPointer);
        out.xsave.putLong(16, f.dataPointer);
        for (int i = 0; i < 8; i++) {
            out.st(i, f.signExponent[f.top + i & 7], f.significand[f.top + i & 7]);
        }
        out.mxcsr(s.sse.mxcsr);
        for (int i = 0; i < 16; i++) {
            out.vector(i, 0, s.sse.x[2 * i]);
            out.vector(i, 1, s.sse.x[2 * i + 1]);
            out.vector(i, 2, s.sse.upper.x[2 * i]);
            out.vector(i, 3, s.sse.upper.x[2 * i + 1]);
        }
        memory.read(DATA_PHYSICAL + MachineState.WINDOW_AT, out.window, 0, MachineState.WINDOW);
        for (int i = 0; i < DATA_SIZE; i += 8) {
            boolean outside = i < MachineState.WINDOW_AT || i >= MachineState.WINDOW_AT + MachineState.WINDOW;
            if (outside && memory.read64(DATA_PHYSICAL + i) != 0) {
                out.vector = MachineState.STRAY;
                memory.write64(DATA_PHYSICAL + i, 0);
            }
        }
    }

    private long stacked(long address) {
        return memory.read64(address);
    }

    private static final class NoDevices implements VmOps {
        @Override
        public long mmioRead(long gpa, int size) {
            return -1L >>> 64 - 8 * size;
        }

        @Override
        public void mmioWrite(long gpa, int size, long value) {
            // Nothing there.
        }

        @Override
        public long pioRead(int port, int size) {
            return -1L >>> 64 - 8 * size;
        }

        @Override
        public void pioWrite(int port, int size, long value) {
            // Nothing there.
        }
    }

    private static final class NoInterrupts implements CpuInterrupts {
        @Override
        public int pendingVector() {
            return -1;
        }

        @Override
        public int acknowledge() {
            return -1;
        }

        @Override
        public boolean takeNmi() {
            return false;
        }

        @Override
        public boolean takeInit() {
            return false;
        }

        @Override
        public int takeStartup() {
            return -1;
        }

        @Override
        public int readRegister(int offset) {
            return 0;
        }

        @Override
        public void writeRegister(int offset, int value) {
            // Nothing there.
        }

        @Override
        public long pageAddress() {
            return 0xFEE0_0000L;
        }

        @Override
        public boolean pageEnabled() {
            return false;
        }

        @Override
        public long readMsr(int msr) {
            return 0;
        }

        @Override
        public void writeMsr(int msr, long value) {
            // Nothing there.
        }

        @Override
        public void saveState(VcpuState out) {
            // Nothing there.
        }

        @Override
        public void restoreState(VcpuState in) {
            // Nothing there.
        }

        @Override
        public int readCr8() {
            return 0;
        }

        @Override
        public void writeCr8(int priority) {
            // Nothing there.
        }
    }
}
