package org.jvmm.bench.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.VirtualMachine;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.time.TimerThread;
import org.jvmm.core.time.VmClock;
import org.jvmm.cpu.SoftHypervisor;
import org.jvmm.device.irqchip.SoftIrqChip;
import org.jvmm.kvm.sys.FfmSyscalls;
import org.jvmm.kvm.sys.GuestRam;

/**
 * A machine of the software engine without kernel or devices: one CPU in 64-bit mode over identity-mapped 4 KiB pages that user mode may use too.
 * Reached through the engine contract alone, so that what is measured is what a guest gets.
 */
public final class BareMachine implements AutoCloseable {
    /** Where code lies. */
    public static final long CODE = 1 << 20;
    /** Where RSI points: 16 MiB of data. */
    public static final long SOURCE = 8 << 20;
    /** Where RDI points. */
    public static final long TARGET = 24 << 20;

    private static final long RAM = 32 << 20;
    private static final long STACK = 0x8_0000;
    private static final long PML4 = 0x1000;
    private static final long PDPT = 0x2000;
    private static final long DIRECTORY = 0x3000;
    private static final long TABLES = 0x1_0000;
    /** Present, writable, user. */
    private static final long PAGE = 7;
    private static final int PAGE_SIZE = 4096;

    private static final int CODE_64 = 0xA09B;
    private static final int DATA_32 = 0xC093;
    /** Protection, numeric errors, write protection, paging; without write-protect an engine could skip work that every kernel asks of it. */
    private static final long CR0 = 0x8001_0031L;
    /** PAE, OSFXSR, OSXMMEXCPT. */
    private static final long CR4 = 0x620;
    /** LME, LMA, SCE. */
    private static final long EFER = 0x501;
    private static final int STAR = 0xC000_0081;
    private static final int LSTAR = 0xC000_0082;
    private static final int SFMASK = 0xC000_0084;
    /** SYSCALL loads CS 0x08 and SS 0x10, SYSRET CS 0x2B and SS 0x23 (SDM vol. 2, SYSCALL, SYSRET). */
    private static final long SELECTORS = 0x001B_0008L << 32;
    /** I/O privilege level 3: the way out works in user mode too. */
    private static final long FLAGS = 0x3002;
    private static final int FPU_IMAGE = 512;

    private final GuestRam ram = GuestRam.allocate(new FfmSyscalls(), RAM);
    private final TimerThread timers = new TimerThread(VmClock.SYSTEM);
    private final VirtualMachine vm;
    private final Vcpu vcpu;

    /** Memory, page tables, CPU. */
    public BareMachine() {
        SoftIrqChip chip = new SoftIrqChip(timers, 1);
        vm = new SoftHypervisor(chip, timers.clock(), chip.tscOrigin()).createVm(ram.memory());
        vcpu = vm.createVcpu(0, new WayOut());
        pageTables(ram.memory());
        X86Sregs sregs = new X86Sregs();
        vcpu.getSregs(sregs);
        for (int i = 0; i < sregs.segments.length; i++) {
            boolean code = i == X86Sregs.CS;
            sregs.segments[i].set(code ? 0x08 : 0x10, 0, -1, code ? CODE_64 : DATA_32);
        }
        sregs.cr0 = CR0;
        sregs.cr3 = PML4;
        sregs.cr4 = CR4;
        sregs.efer = EFER;
        vcpu.setSregs(sregs);
        vcpu.setMsr(STAR, SELECTORS);
        vcpu.setMsr(SFMASK, 0);
    }

    private static void pageTables(GuestMemory memory) {
        memory.write64(PML4, PDPT | PAGE);
        memory.write64(PDPT, DIRECTORY | PAGE);
        for (long page = 0; page < RAM / PAGE_SIZE; page++) {
            long table = TABLES + page / 512 * PAGE_SIZE;
            memory.write64(DIRECTORY + page / 512 * 8, table | PAGE);
            memory.write64(table + page % 512 * 8, page * PAGE_SIZE | PAGE);
        }
    }

    /** Puts code at {@link #CODE}, as a device would: what the engine has made of the former code there is dropped. */
    public void load(byte[] code) {
        ram.memory().write(CODE, code);
        ram.memory().markWritten(CODE, code.length);
    }

    /** Puts a loop at {@link #CODE}. */
    public void load(GuestLoop loop) {
        load(loop.code());
        vcpu.setMsr(LSTAR, CODE + loop.handler());
    }

    /**
     * Runs from {@link #CODE} until the way out.
     *
     * @param iterations in RCX and RBX
     * @return RAX at the end
     */
    public long run(long iterations) {
        X86Regs regs = new X86Regs();
        regs.rip = CODE;
        regs.rflags = FLAGS;
        regs.gpr[X86Regs.RCX] = iterations;
        regs.gpr[X86Regs.RBX] = iterations;
        regs.gpr[X86Regs.RDX] = 1L << 40;
        regs.gpr[X86Regs.RSI] = SOURCE;
        regs.gpr[X86Regs.RDI] = TARGET;
        regs.gpr[X86Regs.RSP] = STACK;
        vcpu.setRegs(regs);
        vcpu.setFpu(fpu());
        VcpuExit exit = vcpu.run();
        if (!(exit instanceof VcpuExit.Interrupted)) {
            throw new IllegalStateException("The guest ended: " + exit);
        }
        vcpu.getRegs(regs);
        return regs.gpr[X86Regs.RAX];
    }

    /** XMM0 = 1.0, XMM1 = 2^-30; everything else as after FNINIT (SDM vol. 1 §10.5.1). */
    private static byte[] fpu() {
        ByteBuffer image = ByteBuffer.allocate(FPU_IMAGE).order(ByteOrder.LITTLE_ENDIAN);
        image.putShort(0, (short) 0x37F);
        image.putInt(24, 0x1F80);
        image.putDouble(160, 1.0);
        image.putDouble(176, 0x1p-30);
        return image.array();
    }

    /** Guest instructions retired so far. */
    public long instructionsRetired() {
        return vcpu.instructionsRetired();
    }

    /** Guest RAM. */
    public GuestMemory memory() {
        return ram.memory();
    }

    @Override
    public void close() {
        vm.close();
        timers.stop();
        ram.close();
    }

    /** There are no devices; a write to any port is the way out. */
    private final class WayOut implements VmOps {
        @Override
        public long mmioRead(long gpa, int size) {
            throw new IllegalStateException("No device at 0x" + Long.toHexString(gpa));
        }

        @Override
        public void mmioWrite(long gpa, int size, long value) {
            throw new IllegalStateException("No device at 0x" + Long.toHexString(gpa));
        }

        @Override
        public long pioRead(int port, int size) {
            throw new IllegalStateException("No port 0x" + Integer.toHexString(port));
        }

        @Override
        public void pioWrite(int port, int size, long value) {
            vcpu.kick();
        }
    }
}
