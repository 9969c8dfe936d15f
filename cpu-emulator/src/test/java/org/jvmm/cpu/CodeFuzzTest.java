package org.jvmm.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.cpu.exec.Engine;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.state.CpuidModel;
import org.jvmm.cpu.testing.BareCpu;

/**
 * Random bytes as code, in every mode and at both privileges, and random page tables of every kind under it, with random protections and breakpoints: the
 * CPU raises the architecture's exceptions, or stops the machine with a {@link MachineStop}; nothing else leaves it, it always comes to the next block, and
 * the pages around its memory keep their pattern. {@code -Dseed=} tries others, {@code -Dfuzz.seconds=600} divides ten minutes among the settings.
 */
class CodeFuzzTest {
    private static final int RAM = 4 << 20;
    private static final long PML4 = 0x1000;
    private static final long PDPT = 0x2000;
    private static final long PD = 0x3000;
    private static final long GDT = 0x8000;
    private static final long TSS = 0x8800;
    private static final long IDT = 0x9000;
    private static final long HANDLERS = 0xA000;
    private static final long CODE = 0x10_0000;
    private static final int CODE_SIZE = 8192;
    private static final long LOW32 = 0xFFFF_FFFFL;
    /** UMIP, PCIDE, SMEP, SMAP, PGE, DE. */
    private static final long PROTECTIONS = CpuState.CR4_UMIP | CpuState.CR4_PCIDE | CpuState.CR4_SMEP | CpuState.CR4_SMAP
            | CpuState.CR4_PGE
            | CpuState.CR4_DE;
    /** All pages here are the user's: with these the supervisor does not get far. */
    private static final long KEEP_OUT = CpuState.CR4_SMEP | CpuState.CR4_SMAP;
    private static final int BLOCKS = 60;
    private static final int PROGRAMS = 600;

    private final long seed = Long.getLong("seed", 20261125);
    private final long seconds = Long.getLong("fuzz.seconds", 0);
    /** Pattern before and behind guest RAM. */
    private static final int GUARD = 1 << 16;
    private static final byte CANARY = (byte) 0xA5;
    private static final int SETTINGS = 14;
    private static final int KICKS = 300;

    private final MemorySegment host = Arena.global().allocate(RAM + 2L * GUARD, 4096);
    private final GuestMemory memory = new GuestMemory(List.of(new GuestRegion(0, host.asSlice(GUARD, RAM))));
    private final byte[] code = new byte[CODE_SIZE];
    private Engine engine;
    private long faults;
    private long stops;
    private long instructions;
    private final Map<String, Integer> reasons = new TreeMap<>();

    /** Kind of paging. */
    private enum Paging {
        NONE, TWO_LEVEL, PAE, LONG
    }

    /** What runs: code size in bytes (2 is real mode) and privilege, and what is under it. */
    private record Setting(int mode, int cpl, Paging paging, boolean wildTables, boolean debug) {
        Setting(int mode, int cpl, boolean wildTables) {
            this(mode, cpl, mode == 2 || mode == 4 && cpl == 0 ? Paging.NONE : Paging.LONG, wildTables, false);
        }
    }

    @Test
    void randomCodeAsAUser() {
        fuzz(new Setting(8, 3, false), 1);
    }

    @Test
    void randomCodeAsAKernel() {
        fuzz(new Setting(8, 0, false), 2);
    }

    @Test
    void randomCodeInCompatibilityMode() {
        fuzz(new Setting(4, 3, false), 3);
    }

    @Test
    void randomCodeInProtectedMode() {
        fuzz(new Setting(4, 0, false), 4);
    }

    @Test
    void randomCodeInRealMode() {
        fuzz(new Setting(2, 0, false), 5);
    }

    @Test
    void randomPageTables() {
        fuzz(new Setting(8, 3, true), 6);
        fuzz(new Setting(8, 0, true), 7);
    }

    @Test
    void randomTablesOf32BitPaging() {
        fuzz(new Setting(4, 0, Paging.TWO_LEVEL, false, false), 8);
        fuzz(new Setting(4, 3, Paging.TWO_LEVEL, true, false), 9);
        fuzz(new Setting(4, 0, Paging.PAE, false, false), 10);
        fuzz(new Setting(4, 3, Paging.PAE, true, false), 11);
    }

    @Test
    void randomCodeUnderBreakpoints() {
        fuzz(new Setting(8, 0, Paging.LONG, false, true), 12);
        fuzz(new Setting(8, 3, Paging.LONG, false, true), 13);
        fuzz(new Setting(2, 0, Paging.NONE, false, true), 14);
    }

    /** How long a CPU that executes random code goes on after a kick. Printed, not asserted: the host's scheduler has its part in it. */
    @Test
    void kicksComeSoon() throws InterruptedException {
        long[] nanos = new long[KICKS];
        long[] busy = new long[KICKS];
        AtomicLong kickedAt = new AtomicLong();
        AtomicLong busyAt = new AtomicLong();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().threadId();
        for (int i = 0; i < KICKS; i++) {
            Random random = new Random(seed + 1000 + i);
            engine = engine();
            Setting setting = new Setting(i % 3 == 0 ? 2 : 8, i % 3 == 1 ? 3 : 0, false);
            prepare(setting, random);
            CountDownLatch running = new CountDownLatch(1);
            Thread kicker = new Thread(() -> {
                try {
                    running.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                LockSupport.parkNanos(200_000);
                busyAt.set(threads.getThreadCpuTime(self));
                kickedAt.set(System.nanoTime());
                engine.requestAttention();
            });
            engine.clearAttention();
            kicker.start();
            running.countDown();
            while (!engine.attentionRequested()) {
                try {
                    engine.runSome();
                } catch (MachineStop stop) {
                    engine.wake();
                    resume(setting, random);
                }
                if (engine.halted()) {
                    engine.wake();
                    resume(setting, random);
                }
            }
            nanos[i] = System.nanoTime() - kickedAt.get();
            busy[i] = threads.getThreadCpuTime(self) - busyAt.get();
            kicker.join();
        }
        Arrays.sort(nanos);
        Arrays.sort(busy);
        System.out.println(
                "CodeFuzz: " + KICKS + " kicks seen after " + nanos[KICKS / 2] / 1000 + " us (median), " + nanos[KICKS * 99 / 100] / 1000
                        + " us (99 of 100), " + nanos[KICKS - 1] / 1000 + " us (worst); processor time of the vCPU after the kick "
                        + busy[KICKS / 2] / 1000 + " us (median), " + busy[KICKS - 1] / 1000
                        + " us (worst)");
        assertThat(engine.attentionRequested()).isTrue();
    }

    @Test
    void aKickEndsAnEndlessLoop() throws InterruptedException {
        engine = engine();
        // jmp to itself; and a REP that nearly never ends.
        for (byte[] loop : new byte[][] { { (byte) 0xEB, (byte) 0xFE }, { (byte) 0xF3, (byte) 0xAC, (byte) 0xEB, (byte) 0xFE } }) {
            prepare(new Setting(8, 3, false), new Random(1));
            memory.write(CODE, loop, 0, loop.length);
            engine.mmu().code().writtenByOthers(CODE, loop.length);
            engine.state().rip = CODE;
            engine.state().r[1] = Long.MAX_VALUE;
            engine.state().r[6] = CODE;
            Thread kicker = new Thread(engine::requestAttention);
            engine.clearAttention();
            kicker.start();
            while (!engine.attentionRequested()) {
                engine.runSome();
            }
            kicker.join();
            assertThat(engine.attentionRequested()).isTrue();
        }
    }

    private void fuzz(Setting setting, int number) {
        Random random = new Random(seed + number);
        long end = System.nanoTime() + seconds * 1_000_000_000L / SETTINGS;
        host.asSlice(0, GUARD).fill(CANARY);
        host.asSlice(GUARD + RAM, GUARD).fill(CANARY);
        reasons.clear();
        long programs = 0;
        faults = 0;
        stops = 0;
        instructions = 0;
        while (seconds == 0 ? programs < PROGRAMS : System.nanoTime() - end < 0) {
            if (programs % 32 == 0) {
                engine = engine();
            }
            long before = engine.retired();
            long programSeed = random.nextLong();
            try {
                run(setting, new Random(programSeed));
            } catch (RuntimeException | Error e) {
                throw new AssertionError(setting + ", program seed " + programSeed + ": " + e + " at " + engine.describeInstruction(), e);
            }
            if (programs % 32 == 31) {
                checkGuards(setting, programSeed);
            }
            programs++;
            instructions += engine.retired() - before;
        }
        System.out.println("CodeFuzz: " + setting + ": " + programs + " programs, " + instructions + " instructions, " + faults
                + " exceptions, " + stops + " stopped the machine " + reasons);
        checkGuards(setting, 0);
        assertThat(faults + stops).isGreaterThan(programs / 4);
    }

    private void checkGuards(Setting setting, long programSeed) {
        for (long at : new long[] { 0, GUARD + RAM }) {
            MemorySegment guard = host.asSlice(at, GUARD);
            for (long i = 0; i < GUARD; i += 8) {
                if (guard.get(ValueLayout.JAVA_LONG, i) != 0xA5A5_A5A5_A5A5_A5A5L) {
                    throw new AssertionError(setting + ": memory outside the guest's was written before program seed " + programSeed);
                }
            }
        }
    }

    private Engine engine() {
        return BareCpu.engine(memory, new FakeClock(), new CpuidModel(0, 1, CpuModel.V3));
    }

    private void run(Setting setting, Random random) {
        prepare(setting, random);
        try {
            for (int i = 0; i < BLOCKS; i++) {
                // Back after every block, so that no program runs for ever.
                engine.requestAttention();
                engine.runSome();
                if (engine.halted()) {
                    faults++;
                    engine.wake();
                    resume(setting, random);
                }
            }
        } catch (MachineStop stop) {
            stops++;
            String reason = stop.getMessage();
            int end = reason.indexOf(stop.isShutdown() ? ':' : ' ', stop.isShutdown() ? 0 : 12);
            reasons.merge(end < 0 ? reason : reason.substring(0, end), 1, Integer::sum);
        }
        engine.clearAttention();
        engine.wake();
    }

    /** After an exception: goes on elsewhere in the program with what the registers hold. */
    private void resume(Setting setting, Random random) {
        CpuState s = engine.state();
        segments(setting, s);
        engine.setCpl(setting.cpl);
        s.updateMode();
        s.r[random.nextInt(16)] = random.nextInt(RAM);
        s.r[4] = random.nextInt(RAM) & ~7;
        s.rip = start(setting, random);
    }

    private static long start(Setting setting, Random random) {
        return setting.mode == 2 ? random.nextInt(0x1000) : CODE + random.nextInt(CODE_SIZE / 2);
    }

    private void prepare(Setting setting, Random random) {
        boolean paged = setting.paging != Paging.NONE;
        boolean longMode = setting.paging == Paging.LONG;
        tables(setting, random);
        random.nextBytes(code);
        if (random.nextBoolean()) {
            mix(random);
        }
        memory.write(CODE, code, 0, CODE_SIZE);
        engine.mmu().code().writtenByOthers(0, RAM);
        CpuState s = engine.state();
        for (int i = 0; i < 16; i++) {
            s.r[i] = switch (random.nextInt(4)) {
                case 0 -> random.nextLong();
                case 1 -> random.nextInt(256) - 128;
                default -> random.nextInt(RAM);
            };
        }
        s.cr0 = (paged ? CpuState.CR0_PG : 0) | (setting.mode == 2 ? 0 : CpuState.CR0_PE) | CpuState.CR0_NE | CpuState.CR0_MP | 0x10;
        s.cr3 = PML4;
        s.cr4 = 0x600 | CpuState.CR4_FSGSBASE | CpuState.CR4_OSXSAVE
                | random.nextInt(0x40_0000) & (random.nextInt(4) == 0 ? PROTECTIONS : PROTECTIONS & ~KEEP_OUT)
                | (longMode || setting.paging == Paging.PAE ? CpuState.CR4_PAE : setting.paging == Paging.TWO_LEVEL ? CpuState.CR4_PSE : 0);
        if (!longMode) {
            s.cr4 &= ~CpuState.CR4_PCIDE;
        }
        s.xcr0 = 7;
        s.efer = longMode
                ? CpuState.EFER_LMA | CpuState.EFER_LME | CpuState.EFER_NXE | CpuState.EFER_SCE
                : random.nextBoolean() ? CpuState.EFER_NXE : 0;
        for (int i = 0; i < 4; i++) {
            s.dr[i] = random.nextBoolean() ? CODE + random.nextInt(CODE_SIZE) : random.nextInt(RAM);
        }
        s.dr[6] = 0xFFFF_0FF0L;
        s.dr[7] = setting.debug ? 0x400 | random.nextInt() & 0xFFFF_23FFL : 0x400;
        s.gdtBase = GDT;
        s.gdtLimit = 0x3F;
        s.idtBase = IDT;
        s.idtLimit = 0xFFF;
        s.tr.set(0x38, TSS, 0x67, 0x8B);
        s.ldt.set(0, 0, 0, 0);
        s.sse.mxcsr = random.nextBoolean() ? 0x1F80 : random.nextInt(0x10000);
        s.x87.setControlWord(random.nextBoolean() ? 0x37F : random.nextInt());
        int system = setting.debug ? CpuState.TF | CpuState.AC | CpuState.RF : CpuState.AC;
        s.setRflags(2 | random.nextInt(0x1000) & ~0x300 | random.nextInt() & system);
        segments(setting, s);
        engine.setCpl(setting.cpl);
        s.updateMode();
        if (s.paePaging()) {
            engine.mmu().loadDirectoryPointers(s.cr3);
        }
        engine.mmu().flushAll();
        s.rip = start(setting, random);
    }

    private static void segments(Setting setting, CpuState s) {
        for (int i = 0; i < 6; i++) {
            boolean isCode = i == X86Sregs.CS;
            if (setting.mode == 2) {
                // 16-bit code at the program.
                s.segments[i].set((int) (CODE >> 4), CODE, 0xFFFF, isCode ? 0x9B : 0x93);
            } else if (isCode) {
                s.segments[i].set(setting.cpl == 3 ? 0x33 : 0x10, 0, -1, (setting.mode == 8 ? 0xA09B : 0xC09B) | setting.cpl << 5);
            } else {
                s.segments[i].set(setting.cpl == 3 ? 0x2B : 0x18, 0, -1, 0xC093 | setting.cpl << 5);
            }
        }
    }

    /** Prefixes and escapes more often than chance has them, so that the later maps get their share. */
    private void mix(Random random) {
        byte[] frequent = { 0x0F, 0x0F, 0x66, (byte) 0xF2, (byte) 0xF3, 0x48, (byte) 0xC4, (byte) 0xC5, (byte) 0xD9, (byte) 0xDF,
            (byte) 0xF0, 0x67 };
        for (int i = 0; i < CODE_SIZE; i += 1 + random.nextInt(6)) {
            code[i] = frequent[random.nextInt(frequent.length)];
            if (code[i] == 0x0F && i + 1 < CODE_SIZE && random.nextInt(3) == 0) {
                code[i + 1] = (byte) (random.nextBoolean() ? 0x38 : 0x3A);
            }
        }
    }

    private void tables(Setting setting, Random random) {
        if (setting.paging == Paging.TWO_LEVEL) {
            // One large page, and tables behind it.
            memory.write32(PML4, 0x87);
            memory.write32(PML4 + 4, (int) PDPT | 7);
        } else {
            memory.write64(PML4, setting.paging == Paging.PAE ? PD | 1 : PDPT | 7);
            for (int i = 1; i < 4; i++) {
                memory.write64(PML4 + 8 * i, setting.paging == Paging.PAE && random.nextBoolean() ? PD | 1 : 0);
            }
        }
        memory.write64(PDPT, PD | 7);
        for (int i = 0; i < 2; i++) {
            // The two large pages of RAM.
            memory.write64(PD + 8 * i, (long) i << 21 | 0x87);
        }
        memory.write64(GDT + 0x10, 0x00AF_9B00_0000_FFFFL);
        memory.write64(GDT + 0x18, 0x00CF_9300_0000_FFFFL);
        memory.write64(GDT + 0x20, 0x00CF_FB00_0000_FFFFL);
        memory.write64(GDT + 0x28, 0x00CF_F300_0000_FFFFL);
        memory.write64(GDT + 0x30, 0x00AF_FB00_0000_FFFFL);
        memory.write64(TSS + 4, 0xC000);
        for (int vector = 0; vector < 256; vector++) {
            memory.write8(HANDLERS + vector, 0xF4);
            if (setting.mode == 2) {
                memory.write32(IDT + 4 * vector, (int) HANDLERS + vector);
                continue;
            }
            int size = setting.paging == Paging.LONG ? 16 : 8;
            memory.write64(IDT + size * vector, HANDLERS + vector | 0x10L << 16 | 0x8EL << 40);
            if (size == 16) {
                memory.write64(IDT + size * vector + 8, 0);
            }
        }
        if (setting.paging != Paging.LONG) {
            // Flat 32-bit code for the handlers, and the inner stack of a 32-bit TSS.
            memory.write64(GDT + 0x10, 0x00CF_9B00_0000_FFFFL);
            memory.write32(TSS + 8, 0x18);
        }
        if (setting.wildTables) {
            // Anything in the tables: mostly present, mostly pointing into RAM, so that walks go deep.
            for (int i = 0; i < 512; i++) {
                for (long table = PML4; table <= PD; table += 4096) {
                    if (random.nextInt(3) == 0 && !(i < 1 && random.nextInt(4) != 0)) {
                        memory.write64(table + 8 * i, wildEntry(random));
                    }
                }
            }
        }
    }

    private static long wildEntry(Random random) {
        long entry = random.nextLong();
        return switch (random.nextInt(4)) {
            case 0 -> entry;
            case 1 -> entry & LOW32 | 1;
            default -> entry & (RAM - 1) | 7;
        };
    }
}
