package org.jvmm.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.api.Test;
import org.jvmm.core.cpu.X86Regs;

/**
 * What CPUs may see of each other's accesses (SDM vol. 3 §8.2.3), and that locked operations are atomic: interpreted, and compiled before the first
 * execution. Each body is executed a fixed number of times, every time on locations of its own.
 */
@ParameterizedClass(name = "compiled {0}")
@ValueSource(booleans = { false, true })
@Timeout(600)
class LitmusTest {
    private static final int TIMES = 20_000;
    private static final int COUNTS = 4_000;

    /** {@code mov qword ptr [rsi], 1}. */
    private static final String STORE_X = "48c70601000000";
    /** {@code mov rax, [rdi]; mov [rbx], rax}. */
    private static final String LOAD_Y = "488b07488903";
    /** {@code mov [rbx], rax; mov [rbx + 8], r8}. */
    private static final String TELL_BOTH = "4889034c894308";

    private final boolean compiled;

    LitmusTest(boolean compiled) {
        this.compiled = compiled;
    }

    private LitmusMachine machine(int cpus) {
        return new LitmusMachine(cpus, compiled);
    }

    /** More often when compiled: only then the JVM's compiler has compiled the programs too. */
    private int rounds() {
        return compiled ? 6 : 2;
    }

    /** Runs programs on locations that are 0. */
    private void rounds(LitmusMachine m, Runnable check, X86Regs... programs) {
        for (int round = 0; round < rounds(); round++) {
            m.clear();
            m.run(programs);
            check.run();
        }
    }

    /** A program with RSI and RDI exchanged and its result behind the first CPU's. */
    private static X86Regs mirrored(X86Regs regs) {
        regs.gpr[X86Regs.RSI] = LitmusMachine.Y;
        regs.gpr[X86Regs.RDI] = LitmusMachine.X;
        regs.gpr[X86Regs.RBX] = LitmusMachine.results(0) + 8;
        return regs;
    }

    /** How often results were this pair, of iterations whose results lie at {@code at}. */
    private static int count(LitmusMachine m, long at, long first, long second) {
        int count = 0;
        for (int i = 0; i < TIMES; i++) {
            long a = m.memory.read64(at + (long) i * LitmusMachine.RESULT_STEP);
            long b = m.memory.read64(at + (long) i * LitmusMachine.RESULT_STEP + 8);
            if (a == first && b == second) {
                count++;
            }
        }
        return count;
    }

    @Test
    void storesMayPassLaterLoadsAndNothingElseHappens() {
        LitmusMachine m = machine(2);
        long at = LitmusMachine.results(0);
        rounds(m, () -> assertThat(count(m, at, 0, 0) + count(m, at, 0, 1) + count(m, at, 1, 0) + count(m, at, 1, 1)).isEqualTo(TIMES),
                m.program(0, TIMES, STORE_X + LOAD_Y), mirrored(m.program(1, TIMES, STORE_X + LOAD_Y)));
    }

    /**
     * MFENCE; XCHG instead of the store; a LOCK CMPXCHG that fails; LOCK ADD to the stack; CPUID. None lets both loads see 0.
     *
     * <pre>{@code
     * mov qword ptr [rsi], 1; mfence
     * mov eax, 1; xchg [rsi], rax
     * mov qword ptr [rsi], 1; xor eax, eax; lock cmpxchg [rsi], r8
     * mov qword ptr [rsi], 1; lock add dword ptr [rsp], 0
     * mov qword ptr [rsi], 1; mov r8, rbx; mov r9, rcx; mov r10, rdx; xor eax, eax; cpuid; mov rdx, r10; mov rcx, r9; mov rbx, r8
     * }</pre>
     */
    @ParameterizedTest
    @ValueSource(strings = { "48c70601000000 0faef0", "b801000000 488706", "48c70601000000 31c0 f04c0fb106", "48c70601000000 f083042400",
        "48c70601000000 4989d8 4989c9 4989d2 31c0 0fa2 4c89d2 4c89c9 4c89c3" })
    void fencesAndLockedInstructionsHoldStoresBeforeLoads(String fencedStore) {
        LitmusMachine m = machine(2);
        rounds(m, () -> assertThat(count(m, LitmusMachine.results(0), 0, 0)).isZero(), m.program(0, TIMES, fencedStore + LOAD_Y),
                mirrored(m.program(1, TIMES, fencedStore + LOAD_Y)));
    }

    /**
     * A CPU that is alone shares its memory with devices' threads, and tells and asks them by a store and a load (virtio 1.3 §2.7.7, §2.7.10): as above, and
     * XCHG of two bytes, LOCK ADD to a byte, over eight bytes, and on the page the program lies in.
     *
     * <pre>{@code
     * mov eax, 1; xchg [rsi], ax
     * mov qword ptr [rsi], 1; lock add byte ptr [rsp], 0
     * mov qword ptr [rsi], 1; lock add dword ptr [rsp + 6], 0
     * mov qword ptr [rsi], 1; lock add dword ptr [r14], 0
     * mov qword ptr [rsi], 1; (registers as a pair that differs); lock cmpxchg16b [rsp]
     * }</pre>
     */
    @ParameterizedTest
    @ValueSource(strings = { "48c70601000000 0faef0", "b801000000 488706", "48c70601000000 31c0 f04c0fb106", "48c70601000000 f083042400",
        "b801000000 668706", "48c70601000000 f080042400", "48c70601000000 f08344240600", "48c70601000000 f041830600",
        "48c70601000000 4989d0 31c0 31d2 f0480fc70c24 4c89c2" })
    void oneCpuAndADeviceDoNotMissEachOther(String fencedStore) {
        LitmusMachine m = machine(1);
        m.memory.write64(LitmusMachine.STACK, 5);
        X86Regs program = m.program(0, TIMES, fencedStore + LOAD_Y);
        program.gpr[14] = program.rip + 0x800;
        for (int round = 0; round < rounds(); round++) {
            m.clear();
            m.runWithDevice(program, TIMES);
            assertThat(count(m, LitmusMachine.results(0), 0, 0)).isZero();
        }
    }

    /**
     * The writer stores to X, then to Y; the reader loads Y, then X.
     *
     * <pre>{@code
     * mov qword ptr [rsi], 1; mov qword ptr [rdi], 1 | mov rax, [rdi]; mov r8, [rsi]
     * mov byte ptr [rsi], 1; mov dword ptr [rdi], 1  | movzx eax, byte ptr [rdi]; mov r8d, [rsi]
     * mov qword ptr [rsi], 1; mov qword ptr [rdi], 1 | movzx eax, word ptr [rdi]; movq xmm0, [rsi]; movq r8, xmm0
     * mov qword ptr [rsi], 1; lock inc qword ptr [rdi] | mov rax, [rdi]; mov r8, [rsi]
     * }</pre>
     */
    @ParameterizedTest
    @CsvSource({ "48c70601000000 48c70701000000, 488b07 4c8b06", "c60601 c70701000000, 0fb607 448b06",
        "48c70601000000 48c70701000000, 0fb707 f30f7e06 66490f7ec0", "48c70601000000 f048ff07, 488b07 4c8b06" })
    void messagesArriveInOrder(String write, String read) {
        LitmusMachine m = machine(2);
        rounds(m, () -> assertThat(count(m, LitmusMachine.results(1), 1, 0)).isZero(), m.program(0, TIMES, write),
                m.program(1, TIMES, read + TELL_BOTH));
    }

    @Test
    void loadsAreNotBufferedBehindStores() {
        LitmusMachine m = machine(2);
        // mov rax, [rsi]; mov qword ptr [rdi], 1; mov [rbx], rax
        String body = "488b06 48c70701000000 488903";
        rounds(m, () -> assertThat(count(m, LitmusMachine.results(0), 1, 1)).isZero(), m.program(0, TIMES, body),
                mirrored(m.program(1, TIMES, body)));
    }

    @Test
    void allCpusSeeIndependentStoresInOneOrder() {
        LitmusMachine m = machine(4);
        // mov rax, [rsi]; mov r8, [rdi]
        String read = "488b06 4c8b07" + TELL_BOTH;
        X86Regs second = m.program(3, TIMES, read);
        second.gpr[X86Regs.RSI] = LitmusMachine.Y;
        second.gpr[X86Regs.RDI] = LitmusMachine.X;
        X86Regs writer = m.program(1, TIMES, STORE_X);
        writer.gpr[X86Regs.RSI] = LitmusMachine.Y;
        rounds(m, () -> assertThat(differentOrders(m)).isZero(), m.program(0, TIMES, STORE_X), writer, m.program(2, TIMES, read), second);
    }

    /** How often CPU 2 saw the first store alone and CPU 3 the second. */
    private static int differentOrders(LitmusMachine m) {
        int wrong = 0;
        for (long i = 0; i < TIMES; i++) {
            long a = LitmusMachine.results(2) + i * LitmusMachine.RESULT_STEP;
            long b = LitmusMachine.results(3) + i * LitmusMachine.RESULT_STEP;
            if (m.memory.read64(a) == 1 && m.memory.read64(a + 8) == 0 && m.memory.read64(b) == 1 && m.memory.read64(b + 8) == 0) {
                wrong++;
            }
        }
        return wrong;
    }

    @Test
    void aLocationNeverGoesBack() {
        LitmusMachine m = machine(2);
        // mov qword ptr [rsi], 1; mov qword ptr [rsi], 2 | mov rax, [rsi]; mov r8, [rsi]
        long at = LitmusMachine.results(1);
        rounds(m, () -> {
            assertThat(count(m, at, 1, 0) + count(m, at, 2, 0) + count(m, at, 2, 1)).isZero();
            for (long i = 0; i < TIMES; i++) {
                assertThat(m.memory.read64(LitmusMachine.X + i * LitmusMachine.STEP)).isEqualTo(2);
            }
        }, m.program(0, TIMES, STORE_X + "48c70602000000"), m.program(1, TIMES, "488b06 4c8b06" + TELL_BOTH));
    }

    /** mov eax, 1; lock xadd [r14], rax / eax / ax / al: aligned, inside eight bytes, over eight bytes, over a line, over a page. */
    @ParameterizedTest
    @CsvSource({ "8, 0", "4, 4", "4, 2", "2, 2", "2, 5", "1, 3", "8, 4", "4, 6", "2, 7", "8, 60", "4, 62", "2, 63", "8, 4092", "2, 4095" })
    void lockedAdditionsAreNotLost(int size, int offset) {
        String instruction = switch (size) {
            case 8 -> "f0490fc106";
            case 4 -> "f0410fc106";
            case 2 -> "66f0410fc106";
            default -> "f0410fc006";
        };
        LitmusMachine m = machine(4);
        long at = LitmusMachine.FREE + 0x1000 + offset;
        int times = size == 1 ? 60 : COUNTS;
        X86Regs[] programs = new X86Regs[4];
        for (int i = 0; i < 4; i++) {
            programs[i] = m.program(i, times, "b801000000" + instruction);
            programs[i].gpr[14] = at;
        }
        rounds(m, () -> {
            assertThat(m.memory.read64(at)).isEqualTo(4L * times);
            // What stands around it stays.
            assertThat(m.memory.read64(at - 8)).isZero();
        }, programs);
    }

    @Test
    void aNarrowLockedOperationLeavesItsNeighboursStoresAlone() {
        LitmusMachine m = machine(3);
        X86Regs[] programs = new X86Regs[3];
        for (int i = 0; i < 2; i++) {
            // lock inc byte ptr [r14]
            programs[i] = m.program(i, TIMES, "f041fe06");
            programs[i].gpr[14] = LitmusMachine.FREE + i;
        }
        // mov [r14], cl; cmp [r14], cl; je 1f; inc qword ptr [rbx]; 1:
        programs[2] = m.program(2, TIMES, "41880e 41380e 7403 48ff03");
        programs[2].gpr[14] = LitmusMachine.FREE + 2;
        rounds(m, () -> {
            assertThat(m.memory.read8(LitmusMachine.FREE)).isEqualTo(TIMES & 0xFF);
            assertThat(m.memory.read8(LitmusMachine.FREE + 1)).isEqualTo(TIMES & 0xFF);
            assertThat(count(m, LitmusMachine.results(2), 0, 0)).isEqualTo(TIMES);
        }, programs);
    }

    /**
     * Two halves that only change together, read by a CPU in either order: what is read later is not older.
     *
     * <pre>{@code
     * mov r8, rbx; mov r9, rcx; mov r10, rdx
     * mov rax, [r14]; mov rdx, [r14 + 8]
     * 1: mov rbx, rax; mov rcx, rdx
     * inc rbx; add rcx, 3
     * lock cmpxchg16b [r14]
     * jnz 1b
     * mov rbx, r8; mov rcx, r9; mov rdx, r10
     * }</pre>
     */
    @ParameterizedTest
    @ValueSource(strings = { "498b4608 4d8b06", "4d8b06 498b4608" })
    void pairsOf16BytesChangeTogether(String read) {
        LitmusMachine m = machine(3);
        String body = "4989d8 4989c9 4989d2 498b06 498b5608 4889c3 4889d1 48ffc3 4883c103 f0490fc70e 75ec 4c89c3 4c89c9 4c89d2";
        X86Regs[] programs = { m.program(0, COUNTS, body), m.program(1, COUNTS, body), m.program(2, COUNTS, read + TELL_BOTH) };
        for (X86Regs program : programs) {
            program.gpr[14] = LitmusMachine.FREE;
        }
        boolean lowLast = read.endsWith("4d8b06");
        rounds(m, () -> {
            assertThat(m.memory.read64(LitmusMachine.FREE)).isEqualTo(2 * COUNTS);
            assertThat(m.memory.read64(LitmusMachine.FREE + 8)).isEqualTo(6 * COUNTS);
            for (long i = 0; i < COUNTS; i++) {
                long high = m.memory.read64(LitmusMachine.results(2) + i * LitmusMachine.RESULT_STEP) / 3;
                long low = m.memory.read64(LitmusMachine.results(2) + i * LitmusMachine.RESULT_STEP + 8);
                assertThat(lowLast ? high <= low : low <= high).as("high %d, low %d", high, low).isTrue();
            }
        }, programs);
    }

    /** As above with CMPXCHG8B, aligned and over a line. */
    @ParameterizedTest
    @ValueSource(ints = { 0, 60 })
    void pairsOf8BytesChangeTogether(int offset) {
        LitmusMachine m = machine(3);
        String body = "4989d8 4989c9 4989d2 418b06 418b5604 89c3 89d1 ffc3 83c103 f0410fc70e 75f0 4c89c3 4c89c9 4c89d2";
        X86Regs[] programs = new X86Regs[3];
        for (int i = 0; i < 3; i++) {
            programs[i] = m.program(i, COUNTS, body);
            programs[i].gpr[14] = LitmusMachine.FREE + offset;
        }
        rounds(m, () -> assertThat(m.memory.read64(LitmusMachine.FREE + offset)).isEqualTo(3L * COUNTS | 9L * COUNTS << 32), programs);
    }

    /**
     * A lock taken by XCHG and given back by a plain store, and one of LOCK BTS and LOCK BTR, around plain additions.
     *
     * <pre>{@code
     * 1: mov eax, 1; xchg [r14], eax; test eax, eax; jz 3f
     * 2: pause; cmp dword ptr [r14], 0; jnz 2b; jmp 1b
     * 3: inc qword ptr [r14 + 64]; mov rax, [r14 + 128]; inc rax; mov [r14 + 128], rax; mov dword ptr [r14], 0
     *
     * 1: lock bts dword ptr [r14], 5; jnc 3f; pause; jmp 1b
     * 3: inc qword ptr [r14 + 64]; mov rax, [r14 + 128]; inc rax; mov [r14 + 128], rax; lock btr dword ptr [r14], 5
     * }</pre>
     */
    @ParameterizedTest
    @ValueSource(strings = {
        "b801000000 418706 85c0 740a f390 41833e00 75f8 ebea 49ff4640 498b8680000000 48ffc0 49898680000000 41c70600000000",
        "f0410fba2e05 7304 f390 ebf4 49ff4640 498b8680000000 48ffc0 49898680000000 f0410fba3605" })
    void locksExclude(String body) {
        LitmusMachine m = machine(3);
        X86Regs[] programs = new X86Regs[3];
        for (int i = 0; i < 3; i++) {
            programs[i] = m.program(i, COUNTS, body);
            programs[i].gpr[14] = LitmusMachine.FREE;
        }
        rounds(m, () -> {
            assertThat(m.memory.read64(LitmusMachine.FREE + 64)).isEqualTo(3 * COUNTS);
            assertThat(m.memory.read64(LitmusMachine.FREE + 128)).isEqualTo(3 * COUNTS);
        }, programs);
    }

    /**
     * One CPU rewrites {@code mov eax, imm32; ret} and tells the other, which executes CPUID and then the code (SDM vol. 3 §8.1.3); at one place, and at a
     * new one every time. The sum of wrong immediates is [R14].
     *
     * <pre>{@code
     * 1: pause; mov eax, [rdi]; cmp eax, ecx; jbe 1b
     * mov r8, rbx; mov r9, rcx; mov r10, rdx; xor eax, eax; cpuid; mov rdx, r10; mov rcx, r9; mov rbx, r8
     * call r15; sub eax, ecx; dec eax; or [r14], eax; (add r15, 512)
     * lea eax, [rcx + 1]; mov [rdi + 8], eax
     *
     * lea eax, [rcx + 1]; (mov byte ptr [r15], 0xB8); mov [r15 + 1], eax; (mov byte ptr [r15 + 5], 0xC3; add r15, 512)
     * mov [rdi], eax
     * 1: pause; cmp [rdi + 8], eax; jne 1b
     * }</pre>
     */
    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void codeOfAnotherCpuIsSeenAfterASerialisingInstruction(boolean moving) {
        LitmusMachine m = machine(2);
        String step = moving ? "4981c700020000" : "";
        String execute = "f390 8b07 39c8 76f8 4989d8 4989c9 4989d2 31c0 0fa2 4c89d2 4c89c9 4c89c3 41ffd7 29c8 ffc8 410906" + step
                + "8d4101 894708";
        String patch = "8d4101" + (moving ? "41c607b8" : "") + "41894701" + (moving ? "41c64705c3" : "") + step + "8907 f390 394708 75f9";
        // Every time is a decoding and, compiled, a class.
        int times = 1500;
        // The immediate is aligned.
        long place = LitmusMachine.FREE + 0x1003;
        m.memory.write8(place, 0xB8);
        m.memory.write8(place + 5, 0xC3);
        X86Regs[] programs = { m.program(0, times, execute), m.program(1, times, patch) };
        for (X86Regs program : programs) {
            program.gpr[14] = LitmusMachine.FREE;
            program.gpr[15] = place;
        }
        m.run(programs);
        assertThat(m.memory.read64(LitmusMachine.FREE)).isZero();
    }

    /**
     * The walker's accessed and dirty bits against locked changes of the same entry by software.
     *
     * <pre>{@code
     * lock btc qword ptr [r14], 9
     *
     * lock and dword ptr [r14], ~0x60; invlpg [r15]; mov byte ptr [r15], 1
     * mov rax, [r14]; and eax, 0x60; cmp eax, 0x60; je 1f; inc qword ptr [rbx]; 1:
     * }</pre>
     */
    @Test
    void accessedAndDirtyBitsAreSetAtomically() {
        LitmusMachine m = machine(2);
        int times = TIMES + 1;
        X86Regs[] programs = { m.program(0, times, "f0490fba3e09"),
            m.program(1, times, "f04183269f 410f013f 41c60701 498b06 83e060 83f860 7403 48ff03") };
        for (X86Regs program : programs) {
            program.gpr[14] = LitmusMachine.MAPPED_ENTRY;
            program.gpr[15] = LitmusMachine.MAPPED;
        }
        m.run(programs);
        assertThat(count(m, LitmusMachine.results(1), 0, 0)).isEqualTo(TIMES);
        assertThat(m.memory.read64(LitmusMachine.MAPPED_ENTRY)).isEqualTo(LitmusMachine.FREE + 0x1_0000 | 0x200 | 0x63);
    }
}
