package org.jvmm.cpu.testing;

import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.cpu.exec.Engine;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.state.CpuidModel;

/** One CPU in 64-bit mode, ring 0, with code at {@link #CODE} and two pages of data at {@link #DATA}; no devices, no interrupts, no IDT. */
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
    private static final long CODE_PHYSICAL = 0x10_0000;
    private static final long DATA_PHYSICAL = 0x20_0000;
    private static final long PRESENT_WRITABLE = 3;
    private static final int HLT = 0xF4;

    /** Guest RAM. */
    public final GuestMemory memory = TestMemory.ofSize(16 << 20);
    /** The CPU. */
    public final Engine engine;

    /** Page tables, segments and control registers set up; SSE on. */
    public BareCpu() {
        FakeClock clock = new FakeClock();
        engine = new Engine(memory, new NoDevices(), new NoInterrupts(), new CpuidModel(0, 1), clock, 0);
        memory.write64(PML4, PDPT | PRESENT_WRITABLE);
        memory.write64(PDPT, PD | PRESENT_WRITABLE);
        memory.write64(PD + (DATA >>> 21 & 511) * 8, DATA_TABLE | PRESENT_WRITABLE);
        memory.write64(PD + (CODE >>> 21 & 511) * 8, CODE_TABLE | PRESENT_WRITABLE);
        memory.write64(DATA_TABLE, DATA_PHYSICAL | PRESENT_WRITABLE);
        memory.write64(DATA_TABLE + 8, DATA_PHYSICAL + 4096 | PRESENT_WRITABLE);
        memory.write64(CODE_TABLE, CODE_PHYSICAL | PRESENT_WRITABLE);
        CpuState s = engine.state();
        s.cr0 = CpuState.CR0_PG | CpuState.CR0_PE | CpuState.CR0_NE | CpuState.CR0_WP | 0x10;
        s.cr3 = PML4;
        s.cr4 = 0x620;
        s.efer = CpuState.EFER_LMA | CpuState.EFER_LME | CpuState.EFER_NXE | CpuState.EFER_SCE;
        s.segments[1].set(0x10, 0, -1, 0xA09B);
        s.segments[2].set(0x18, 0, -1, 0xC093);
        s.idtLimit = 0;
        s.updateMode();
        engine.mmu().flushAll();
        Integer compileAfter = Integer.getInteger("compile.after");
        if (compileAfter != null) {
            engine.compileAfter(compileAfter);
        }
    }

    /** Writes code, followed by HLT. */
    public void code(byte[] bytes, int length) {
        memory.write(CODE_PHYSICAL, bytes, 0, length);
        memory.write8(CODE_PHYSICAL + length, HLT);
        engine.mmu().physicalWritten(CODE_PHYSICAL, length + 1);
    }

    /** Replaces the data pages. */
    public void data(byte[] bytes) {
        memory.write(DATA_PHYSICAL, bytes, 0, DATA_SIZE);
    }

    /** Copies the data pages out. */
    public void readData(byte[] target) {
        memory.read(DATA_PHYSICAL, target, 0, DATA_SIZE);
    }

    /**
     * Runs from {@link #CODE} to the HLT.
     *
     * @return null, or the exceptions that ended it
     */
    public String run() {
        engine.state().rip = CODE;
        try {
            while (!engine.halted()) {
                engine.runSome();
            }
            engine.wake();
            return null;
        } catch (MachineStop stop) {
            return stop.getMessage();
        }
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
        public int readCr8() {
            return 0;
        }

        @Override
        public void writeCr8(int priority) {
            // Nothing there.
        }
    }
}
