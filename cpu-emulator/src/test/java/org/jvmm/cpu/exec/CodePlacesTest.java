package org.jvmm.cpu.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.cpu.testing.BareCpu;
import org.jvmm.cpu.testing.MachineState;

/** Where blocks are kept, and what they remember of each other across pages: never more than is still so. */
class CodePlacesTest {
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RBX = 3;
    private static final int RSP = 4;
    /** The page table of the code. */
    private static final long TABLE = 0x5000;
    private static final long FIRST = 0x30_0000;
    private static final long USER_WRITABLE = 7;

    private final BareCpu cpu = new BareCpu();
    private final MachineState in = new MachineState();
    private final MachineState out = new MachineState();

    private void map(int page, long physical) {
        cpu.memory.write64(TABLE + 8L * page, physical | USER_WRITABLE);
        cpu.engine.mmu().flushPage(BareCpu.CODE + 4096L * page);
    }

    private void place(long physical, String code) {
        byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
        cpu.memory.write(physical, bytes, 0, bytes.length);
    }

    /** Ten rounds of what page 2 begins at an offset; the page that {@link BareCpu} writes anew only leads there. */
    private void run(int offset) {
        in.rflags = 0x202;
        in.gpr[RCX] = 10;
        in.gpr[RSP] = BareCpu.DATA + 4096;
        byte[] jump = HexFormat.of().parseHex("e9" + HexFormat.of().toHexDigits(Integer.reverseBytes(0x2000 + offset - 5)));
        cpu.run(jump, jump.length, 8, in, out);
        assertThat(out.gpr[RCX]).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = { 3, 1_000_000 })
    void aCallGoesWhereItsTargetIsMappedNow(int compileAfter) {
        cpu.engine.compileAfter(compileAfter);
        // add rax, 1; ret, and another with 100
        place(FIRST, "4883c001 c3");
        place(FIRST + 0x1000, "4883c064 c3");
        // again: call page 1; dec rcx; jnz again; int3
        place(FIRST + 0x2000, "e8fbefffff 48ffc9 75f6 cc");
        map(2, FIRST + 0x2000);
        for (int round = 0; round < 3; round++) {
            map(1, FIRST);
            run(0);
            assertThat(out.gpr[RAX]).isEqualTo(10);
            map(1, FIRST + 0x1000);
            run(0);
            assertThat(out.gpr[RAX]).isEqualTo(1000);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 3, 1_000_000 })
    void aReturnGoesWhereItsTargetIsMappedNow(int compileAfter) {
        cpu.engine.compileAfter(compileAfter);
        // add rax, 1; ret
        place(FIRST, "4883c001 c3");
        // call page 1, up to the end of the page
        place(FIRST + 0x2FFB, "e800e0ffff");
        // add rbx, 1; dec rcx; jnz to the call; int3, and another with 100
        place(FIRST + 0x3000, "4883c301 48ffc9 75f2 cc");
        place(FIRST + 0x4000, "4883c364 48ffc9 75f2 cc");
        map(1, FIRST);
        map(2, FIRST + 0x2000);
        for (int round = 0; round < 3; round++) {
            map(3, FIRST + 0x3000);
            run(0xFFB);
            assertThat(out.gpr[RBX]).isEqualTo(10);
            map(3, FIRST + 0x4000);
            run(0xFFB);
            assertThat(out.gpr[RBX]).isEqualTo(1000);
        }
    }

    @Test
    void returnsThatAreNoCallsEndGoWhereTheyGo() {
        // again: lea rdx, [rip+1]; push rdx; ret (over a nop that no call precedes); dec rcx; jnz again; int3
        place(FIRST + 0x2000, "488d1503000000 52 c3 90 48ffc9 75f1 cc");
        map(2, FIRST + 0x2000);
        run(0);
        // Deeper than the returns that are remembered: page 1 calls itself rcx times, then returns as often.
        // dec rcx; jz out; call page 1; out: add rax, 1; ret
        place(FIRST, "48ffc9 7405 e8f6ffffff 4883c001 c3");
        map(1, FIRST);
        // mov ecx, 100; call page 1; xor ecx, ecx; int3
        place(FIRST + 0x2100, "b964000000 e8f6eeffff 31c9 cc");
        for (int i = 0; i < 5; i++) {
            run(0x100);
            assertThat(out.gpr[RAX]).isEqualTo(100);
        }
    }

    @Test
    void theArrayOfBlocksGrowsUntilItIsFull() {
        CodeArena arena = new CodeArena();
        int words = fill(arena);
        assertThat(words).isLessThanOrEqualTo(8 << 20);
        arena.clear();
        arena.share(1_000_000);
        assertThat(fill(arena)).as("one of many CPUs").isEqualTo((1 << 16) / 1000 * 1000);
        assertThat(words).isGreaterThan(1 << 16);
    }

    /** Words of blocks of 1,000 words each. */
    private static int fill(CodeArena arena) {
        int record = 1000;
        int words = 0;
        int before = 0;
        while (arena.hasRoom(record - CodeArena.UOPS)) {
            int at = arena.place(record - CodeArena.UOPS);
            assertThat(at - before).isGreaterThanOrEqualTo(words == 0 ? 1 : record);
            assertThat(arena.words.length).isGreaterThanOrEqualTo(at + record);
            assertThat(arena.at(at)).isNull();
            before = at;
            words += record;
        }
        return words;
    }
}
