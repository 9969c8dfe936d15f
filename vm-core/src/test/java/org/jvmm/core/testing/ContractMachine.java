package org.jvmm.core.testing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jvmm.core.bus.Bus;
import org.jvmm.core.bus.BusDevice;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.VirtualMachine;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestMemory;

/**
 * A machine of one engine for the contract suite: memory with page tables and descriptor tables, a recording device in both address spaces, vCPUs. A
 * snippet's write to {@link Snippets#DONE_PORT} makes its vCPU come back.
 */
public final class ContractMachine implements AutoCloseable {
    /** Makes the engine's machine; an engine whose interrupt controllers are devices puts them on the buses. */
    @FunctionalInterface
    public interface Engine {
        /** @param cpus number of vCPUs that will be made */
        VirtualMachine createVm(GuestMemory memory, int cpus, Bus pio, Bus mmio);
    }

    /** Where snippets are put. */
    public static final long CODE = 0x10000;
    /** Where they find data. */
    public static final long DATA = 0x30000;
    /** First address of the recording device. */
    public static final long DEVICE = 0xD000_0000L;
    /** Size of memory in bytes. */
    public static final int MEMORY = 2 << 20;

    private static final long STACK = 0x28000;
    private static final long HANDLERS = 0x18000;
    private static final long PML4 = 0x1000;
    private static final long PDPT = 0x2000;
    private static final long DIRECTORIES = 0x3000;
    private static final long ALIAS_TABLES = 0x12000;
    private static final long GDT = 0x500;
    private static final long IDT = 0x8000;
    private static final long PRESENT_WRITABLE = 3;
    private static final long LARGE = 0x80;

    /** Guest RAM. */
    public final GuestMemory memory = TestMemory.ofSize(MEMORY);
    /** The engine's machine. */
    public final VirtualMachine vm;
    /** What the guest did to the device, in order: {@code p510.1=ef} is a port write, {@code m8.4=..} a store; reads end in {@code ?}. */
    public final List<String> accesses = Collections.synchronizedList(new ArrayList<>());
    /** What reads answer, by the access without the question mark; others answer 0. */
    public final Map<String, Long> answers = new HashMap<>();
    /** Called on the vCPU's thread for writes to ports 0xF1 to 0xFF. */
    public volatile PortListener listener = (port, value) -> {
    };

    private static final int PATIENCE_SECONDS = 20;
    private static final ScheduledExecutorService WATCHDOG = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "contract-watchdog");
        thread.setDaemon(true);
        return thread;
    });

    private final Bus pio = new Bus("pio");
    private final Bus mmio = new Bus("mmio");
    private final List<Vcpu> vcpus = new ArrayList<>();
    private volatile boolean stopped;

    /** Told of a port write. */
    @FunctionalInterface
    public interface PortListener {
        /** @param value zero-extended */
        void written(int port, long value);
    }

    /** Makes a machine with {@code cpus} vCPUs. */
    public ContractMachine(Engine engine, int cpus) {
        pio.insert(0xF0, 0x10, new Recorder("p", 0xF0));
        pio.insert(0x500, 0x100, new Recorder("p", 0x500));
        mmio.insert(DEVICE, 0x1000, new Recorder("m", 0));
        tables();
        vm = engine.createVm(memory, cpus, pio, mmio);
        for (int id = 0; id < cpus; id++) {
            vcpus.add(vm.createVcpu(id, new Ops(id)));
        }
    }

    /** vCPU {@code id}. */
    public Vcpu vcpu(int id) {
        return vcpus.get(id);
    }

    /** The first vCPU. */
    public Vcpu vcpu() {
        return vcpus.get(0);
    }

    private void tables() {
        memory.write64(PML4, PDPT | PRESENT_WRITABLE);
        for (int gigabyte = 0; gigabyte < 4; gigabyte++) {
            long directory = DIRECTORIES + gigabyte * 0x1000L;
            memory.write64(PDPT + gigabyte * 8L, directory | PRESENT_WRITABLE);
            for (long i = 0; i < 512; i++) {
                memory.write64(directory + i * 8, (long) gigabyte << 30 | i << 21 | LARGE | PRESENT_WRITABLE);
            }
        }
        // An alias of the data page at 0x80_0000_1000.
        memory.write64(PML4 + 8, ALIAS_TABLES | PRESENT_WRITABLE);
        memory.write64(ALIAS_TABLES, ALIAS_TABLES + 0x1000 | PRESENT_WRITABLE);
        memory.write64(ALIAS_TABLES + 0x1000, ALIAS_TABLES + 0x2000 | PRESENT_WRITABLE);
        memory.write64(ALIAS_TABLES + 0x2008, DATA | PRESENT_WRITABLE);
        memory.write64(GDT + 0x08, 0x00AF9B000000FFFFL);
        memory.write64(GDT + 0x10, 0x00CF93000000FFFFL);
        memory.write64(GDT + 0x18, 0x00CF9B000000FFFFL);
    }

    /** Puts an interrupt handler in the 64-bit IDT. */
    public void handler(int vector, byte[] code) {
        long at = HANDLERS + vector * 64L;
        memory.write(at, code);
        memory.write64(IDT + vector * 16L, at & 0xFFFF | 8L << 16 | 0x8E00L << 32 | at >>> 16 << 48);
        memory.write64(IDT + vector * 16L + 8, 0);
    }

    /** Puts code at {@link #CODE} and vCPU 0 in 64-bit mode in front of it. */
    public X86Regs longMode(byte[]... parts) {
        load(parts);
        X86Sregs s = new X86Sregs();
        vcpu().getSregs(s);
        flat(s, 8, 0xA09B);
        s.cr0 = 0x80000011L;
        s.cr3 = PML4;
        s.cr4 = 0x620;
        s.efer = 0x501;
        s.gdtBase = GDT;
        s.gdtLimit = 0x1F;
        s.idtBase = IDT;
        s.idtLimit = 0xFFF;
        vcpu().setSregs(s);
        return start();
    }

    /** Puts code at {@link #CODE} and vCPU 0 in 32-bit protected mode without paging in front of it. */
    public X86Regs protectedMode(byte[] code) {
        load(code);
        X86Sregs s = new X86Sregs();
        vcpu().getSregs(s);
        flat(s, 0x18, 0xC09B);
        s.cr0 = 0x11;
        s.gdtBase = GDT;
        s.gdtLimit = 0x1F;
        vcpu().setSregs(s);
        return start();
    }

    /** Puts code at {@link #CODE} and vCPU 0 in real mode in front of it. */
    public X86Regs realMode(byte[] code) {
        load(code);
        X86Sregs s = new X86Sregs();
        vcpu().getSregs(s);
        for (int i = 0; i < 6; i++) {
            int selector = (int) (i == X86Sregs.CS ? CODE >> 4 : DATA >> 4);
            s.segments[i].set(selector, (long) selector << 4, 0xFFFF, i == X86Sregs.CS ? 0x9B : 0x93);
        }
        s.cr0 = 0x10;
        vcpu().setSregs(s);
        X86Regs regs = start();
        regs.rip = 0;
        regs.gpr[X86Regs.RSP] = 0x8000;
        return regs;
    }

    private static void flat(X86Sregs s, int code, int codeAttributes) {
        for (int i = 0; i < 6; i++) {
            s.segments[i].set(i == X86Sregs.CS ? code : 0x10, 0, -1, i == X86Sregs.CS ? codeAttributes : 0xC093);
        }
        s.tr.set(0, 0, 0xFFFF, 0x8B);
    }

    private void load(byte[]... parts) {
        long at = CODE;
        for (byte[] part : parts) {
            memory.write(at, part);
            at += part.length;
        }
    }

    private X86Regs start() {
        X86Regs regs = new X86Regs();
        regs.rip = CODE;
        regs.gpr[X86Regs.RSP] = STACK;
        return regs;
    }

    /** Runs vCPU 0 from {@code regs} until it comes back; a guest that does not end is kicked after {@link #PATIENCE_SECONDS}. */
    public VcpuExit run(X86Regs regs) {
        vcpu().setRegs(regs);
        return resume();
    }

    /** Runs vCPU 0 on from where it is. */
    public VcpuExit resume() {
        ScheduledFuture<?> watchdog = WATCHDOG.schedule(() -> vcpu().kick(), PATIENCE_SECONDS, TimeUnit.SECONDS);
        try {
            return vcpu().run();
        } finally {
            watchdog.cancel(false);
        }
    }

    /** Ends the run of vCPU 0 where it is, as the end of a snippet does. On its thread. */
    public void stop() {
        stopped = true;
        vcpu().kick();
    }

    /** Runs vCPU 0 from {@code regs} to the end of its snippet; its registers then. */
    public X86Regs finish(X86Regs regs) {
        stopped = false;
        VcpuExit exit = run(regs);
        if (!(exit instanceof VcpuExit.Interrupted) || !stopped) {
            throw new AssertionError("Snippet did not end: " + exit + " at 0x" + Long.toHexString(registers().rip) + " after " + accesses);
        }
        return registers();
    }

    /** The registers of vCPU 0. */
    public X86Regs registers() {
        X86Regs regs = new X86Regs();
        vcpu().getRegs(regs);
        return regs;
    }

    @Override
    public void close() {
        vm.close();
    }

    private final class Ops implements VmOps {
        private final int id;

        Ops(int id) {
            this.id = id;
        }

        @Override
        public long mmioRead(long gpa, int size) {
            return mmio.read(gpa, size);
        }

        @Override
        public void mmioWrite(long gpa, int size, long value) {
            mmio.write(gpa, size, value);
        }

        @Override
        public long pioRead(int port, int size) {
            return pio.read(port, size);
        }

        @Override
        public void pioWrite(int port, int size, long value) {
            if (port == Snippets.DONE_PORT) {
                stopped = true;
                vcpu(id).kick();
            } else {
                pio.write(port, size, value);
            }
        }
    }

    private final class Recorder implements BusDevice {
        private final String prefix;
        private final long base;

        Recorder(String prefix, long base) {
            this.prefix = prefix;
            this.base = base;
        }

        @Override
        public long read(long offset, int size) {
            String access = prefix + Long.toHexString(base + offset) + "." + size;
            accesses.add(access + "?");
            return answers.getOrDefault(access, 0L);
        }

        @Override
        public void write(long offset, int size, long value) {
            accesses.add(prefix + Long.toHexString(base + offset) + "." + size + "=" + Long.toHexString(value));
            if (base == 0xF0) {
                listener.written((int) (base + offset), value);
            }
        }
    }
}
