package org.jvmm.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.FakeClock;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.cpu.exec.Engine;
import org.jvmm.cpu.fault.MachineStop;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.state.CpuidModel;
import org.jvmm.cpu.testing.BareCpu;

/**
 * Random bytes as code, in every mode and at both privileges, and random page tables under it: the CPU raises the architecture's exceptions, or stops
 * the machine with a {@link MachineStop}; nothing else leaves it, and it always comes to the next block. {@code -Dseed=} and {@code -Dfuzz.seconds=}
 * make a longer run.
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
    private static final int BLOCKS = 60;
    private static final int PROGRAMS = 600;

    private final long seed = Long.getLong("seed", 20261125);
    private final long seconds = Long.getLong("fuzz.seconds", 0);
    private final GuestMemory memory = TestMemory.ofSize(RAM);
    private final byte[] code = new byte[CODE_SIZE];
    private Engine engine;
    private long faults;
    private long stops;
    private long instructions;

    /** What runs: code size in bytes (2 is real mode) and privilege. */
    private record Setting(int mode, int cpl, boolean wildTables) {}

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
    void aKickEndsAnEndlessLoop() throws InterruptedException {
        engine = engine();
        // jmp to itself; and a REP that nearly never ends.
        for (byte[] loop : new byte[][] { { (byte) 0xEB, (byte) 0xFE }, { (byte) 0xF3, (byte) 0xAC, (byte) 0xEB, (byte) 0xFE } }) {
            prepare(new Setting(8, 3, false), new Random(1));
            memory.write(CODE, loop, 0, loop.length);
            engine.mmu().physicalWritten(CODE, loop.length);
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
        long end = System.nanoTime() + seconds * 1_000_000_000L / 7;
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
            programs++;
            instructions += engine.retired() - before;
        }
        System.out.println("CodeFuzz: " + setting + ": " + programs + " programs, " + instructions + " instructions, " + faults
                + " exceptions, " + stops + " stopped the machine");
        assertThat(faults + stops).isGreaterThan(programs / 4);
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
        boolean paged = setting.mode != 2 && !(setting.mode == 4 && setting.cpl == 0);
        tables(setting, random);
        random.nextBytes(code);
        if (random.nextBoolean()) {
            mix(random);
        }
        memory.write(CODE, code, 0, CODE_SIZE);
        engine.mmu().physicalWritten(0, RAM);
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
        s.cr4 = 0x620 | CpuState.CR4_FSGSBASE | CpuState.CR4_OSXSAVE;
        s.xcr0 = 7;
        s.efer = paged ? CpuState.EFER_LMA | CpuState.EFER_LME | CpuState.EFER_NXE | CpuState.EFER_SCE : 0;
        s.gdtBase = GDT;
        s.gdtLimit = 0x3F;
        s.idtBase = IDT;
        s.idtLimit = 0xFFF;
        s.tr.set(0x38, TSS, 0x67, 0x8B);
        s.ldt.set(0, 0, 0, 0);
        s.sse.mxcsr = random.nextBoolean() ? 0x1F80 : random.nextInt(0x10000);
        s.x87.setControlWord(random.nextBoolean() ? 0x37F : random.nextInt());
        s.setRflags(2 | random.nextInt(0x1000) & ~0x300);
        segments(setting, s);
        engine.setCpl(setting.cpl);
        s.updateMode();
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
        memory.write64(PML4, PDPT | 7);
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
            memory.write64(IDT + 16 * vector, HANDLERS + vector | 0x10L << 16 | 0x8EL << 40);
            memory.write64(IDT + 16 * vector + 8, 0);
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
