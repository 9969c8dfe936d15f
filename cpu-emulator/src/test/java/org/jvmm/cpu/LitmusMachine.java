package org.jvmm.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.VmState;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.irq.CpuInterruptListener;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.SoftwareIrqChip;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.TestMemory;

/**
 * Several software CPUs in 64-bit mode on identity-mapped memory, each with a thread and a loop around a test's body.
 *
 * <p>Registers of a body: RCX the iteration, RSI and RDI locations that advance by {@link #STEP} an iteration, RBX results that advance by
 * {@link #RESULT_STEP}, R14 and R15 what the test sets. RBP, RDX, R12 and R13 are the loop's. CPUs meet every 32 iterations.
 */
final class LitmusMachine {
    /** Bytes that RSI and RDI advance. */
    static final int STEP = 64;
    /** Bytes that RBX advances. */
    static final int RESULT_STEP = 16;
    /** First array of locations. */
    static final long X = 0x40_0000;
    /** Second array of locations. */
    static final long Y = 0x60_0000;
    /** Results; a megabyte for each CPU. */
    static final long RESULTS = 0x80_0000;
    /** Memory for what the test sets itself. */
    static final long FREE = 0x20_0000;
    /** Linear address of a page of its own, physically {@link #FREE} + 0x10000. */
    static final long MAPPED = 0x4000_0000L;
    /** Its page-table entry. */
    static final long MAPPED_ENTRY = 0x6000;

    /** CPU 0's stack pointer. */
    static final long STACK = 0xC000;

    private static final int MEMORY = 16 << 20;
    private static final long CODE = 0x1_0000;
    private static final long BARRIER = 0x8000;
    private static final int DONE_PORT = 0xF0;

    /**
     * <pre>{@code
     * xor ecx, ecx
     * xor edx, edx
     * 1: test cl, 31
     * jnz 3f
     * add rdx, r13
     * lock inc qword ptr [rbp]
     * 2: pause
     * cmp [rbp], rdx
     * jb 2b
     * 3: nop
     * }</pre>
     */
    private static final byte[] PROLOGUE = hex("31c931d2f6c11f75104c01eaf048ff4500f3904839550072f890");
    /** Offset of label 1 above. */
    private static final int AGAIN = 4;
    /**
     * <pre>{@code
     * add rsi, 64
     * add rdi, 64
     * add rbx, 16
     * inc rcx
     * cmp rcx, r12
     * jb (the prologue's 1)
     * out 0xF0, al
     * 1: jmp 1b
     * }</pre>
     */
    private static final byte[] EPILOGUE = hex("4883c6404883c7404883c31048ffc14c39e10f8200000000e6f0ebfe");
    /** Offset in it of the jump's displacement. */
    private static final int DISPLACEMENT = 20;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /** Guest RAM. */
    final GuestMemory memory = TestMemory.ofSize(MEMORY);
    /** The CPUs. */
    final List<SoftVcpu> cpus = new ArrayList<>();

    /**
     * @param count number of CPUs
     * @param compiled whether every block is compiled before it executes
     */
    LitmusMachine(int count, boolean compiled) {
        FakeClock clock = new FakeClock();
        tables();
        SoftVm vm = (SoftVm) new SoftHypervisor(new NoChip(), clock, 0, CpuModel.V2, count).createVm(memory);
        for (int i = 0; i < count; i++) {
            int cpu = i;
            SoftVcpu vcpu = (SoftVcpu) vm.createVcpu(i, new DonePort(() -> cpus.get(cpu).kick()));
            vcpu.engine().waitForStartup(false);
            if (compiled) {
                vcpu.engine().compileAfter(1);
            }
            X86Sregs s = new X86Sregs();
            vcpu.getSregs(s);
            for (int segment = 0; segment < 6; segment++) {
                s.segments[segment].set(0x10, 0, -1, segment == X86Sregs.CS ? 0xA09B : 0xC093);
            }
            s.cr0 = 0x8000_0011L;
            s.cr3 = 0x1000;
            s.cr4 = 0x620;
            s.efer = 0x501;
            vcpu.setSregs(s);
            cpus.add(vcpu);
        }
    }

    private void tables() {
        memory.write64(0x1000, 0x2003);
        memory.write64(0x2000, 0x3003);
        for (long i = 0; i < MEMORY >> 21; i++) {
            memory.write64(0x3000 + 8 * i, i << 21 | 0x83);
        }
        memory.write64(0x2008, 0x5003);
        memory.write64(0x5000, 0x6003);
        memory.write64(MAPPED_ENTRY, FREE + 0x1_0000 | 3);
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    /** Results of a CPU begin here. */
    static long results(int cpu) {
        return RESULTS + ((long) cpu << 20);
    }

    /** Puts a body in front of a CPU; its registers are set by what is returned, in {@link #run}. */
    X86Regs program(int cpu, int iterations, String body) {
        byte[] middle = hex(body);
        byte[] end = EPILOGUE.clone();
        int length = PROLOGUE.length + middle.length;
        int displacement = AGAIN - (length + DISPLACEMENT + 4);
        for (int i = 0; i < 4; i++) {
            end[DISPLACEMENT + i] = (byte) (displacement >> 8 * i);
        }
        long at = CODE + 0x1000L * cpu;
        memory.write(at, PROLOGUE);
        memory.write(at + PROLOGUE.length, middle);
        memory.write(at + length, end);
        X86Regs regs = new X86Regs();
        regs.rip = at;
        regs.gpr[X86Regs.RSP] = STACK + 0x800L * cpu;
        regs.gpr[X86Regs.RBP] = BARRIER;
        regs.gpr[X86Regs.RSI] = X;
        regs.gpr[X86Regs.RDI] = Y;
        regs.gpr[X86Regs.RBX] = results(cpu);
        regs.gpr[12] = iterations;
        regs.gpr[13] = cpus.size();
        return regs;
    }

    /**
     * Runs the CPU, and beside it a device that stores to Y and then loads from X, as often. Its results lie behind the CPU's of the same iteration.
     *
     * @param program of the only CPU
     */
    void runWithDevice(X86Regs program, int iterations) {
        program.gpr[13] = 2;
        MemorySegment ram = memory.slice(0, MEMORY);
        Thread device = new Thread(() -> {
            for (int i = 0; i < iterations; i++) {
                if ((i & 31) == 0) {
                    meet(ram, i / 32 + 1);
                }
                LONG.setOpaque(ram, Y + (long) i * STEP, 1L);
                VarHandle.fullFence();
                LONG.set(ram, RESULTS + (long) i * RESULT_STEP + 8, (long) LONG.getOpaque(ram, X + (long) i * STEP));
            }
        }, "litmus device");
        memory.write64(BARRIER, 0);
        device.start();
        execute(List.of(device), program);
    }

    /** The prologue's meeting point, from the device's side. */
    private static void meet(MemorySegment ram, long time) {
        LONG.getAndAdd(ram, BARRIER, 1L);
        while ((long) LONG.getVolatile(ram, BARRIER) < 2 * time) {
            Thread.yield();
        }
    }

    /** Zeroes the locations and results, and the first pages of {@link #FREE}. */
    void clear() {
        memory.write(X, new byte[(int) (RESULTS - X) + (cpus.size() << 20)]);
        memory.write(FREE, new byte[0x4000]);
    }

    /** Runs the CPUs to their ends. */
    void run(X86Regs... programs) {
        memory.write64(BARRIER, 0);
        execute(List.of(), programs);
    }

    private void execute(List<Thread> others, X86Regs... programs) {
        List<Thread> threads = new ArrayList<>(others);
        for (int i = 0; i < programs.length; i++) {
            SoftVcpu vcpu = cpus.get(i);
            vcpu.setRegs(programs[i]);
            Thread thread = new Thread(vcpu::run, "litmus " + i);
            thread.start();
            threads.add(thread);
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            for (SoftVcpu vcpu : cpus) {
                vcpu.kick();
            }
            throw new AssertionError("Litmus test did not end", e);
        }
    }

    private record DonePort(Runnable done) implements VmOps {
        @Override
        public long mmioRead(long gpa, int size) {
            return 0;
        }

        @Override
        public void mmioWrite(long gpa, int size, long value) {
            throw new AssertionError("Store to 0x" + Long.toHexString(gpa));
        }

        @Override
        public long pioRead(int port, int size) {
            return 0;
        }

        @Override
        public void pioWrite(int port, int size, long value) {
            if (port == DONE_PORT) {
                done.run();
            }
        }
    }

    /** No interrupts. */
    private static final class NoChip implements SoftwareIrqChip {
        @Override
        public CpuInterrupts attach(int cpu, CpuInterruptListener listener) {
            return org.jvmm.cpu.testing.BareCpu.noInterrupts();
        }

        @Override
        public IrqLine line(int gsi) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void signalMsi(long address, int data) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void saveState(VmState out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void restoreState(VmState in) {
            throw new UnsupportedOperationException();
        }
    }
}
