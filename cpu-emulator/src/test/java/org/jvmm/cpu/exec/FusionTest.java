package org.jvmm.cpu.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.jvmm.cpu.state.CpuState;

/** What becomes one uop, and what must not. */
class FusionTest {
    private static final int EAX = 0;
    private static final int ECX = 1;
    private static final int EDX = 2;
    private static final int ESI = 6;
    private static final int ZERO = CpuState.ZERO;

    private final long[] code = new long[40];
    private final int[] first = new int[20];
    private int words;

    private FusionTest uop(int uop, int d, int s, long more, long operand) {
        code[words++] = Uop.pack(uop, d, s) | more;
        code[words++] = operand;
        return this;
    }

    /** As {@link Lowering} makes a register form. */
    private FusionTest on(int uop, int d, int s) {
        return uop(uop, d, s, (long) d << Uop.A_SHIFT, 0);
    }

    private void becomes(int... uops) {
        words = Fusion.join(code, words, first);
        assertThat(IntStream.range(0, words / 2).map(i -> (int) code[2 * i] & 0xFF).toArray()).containsExactly(uops);
    }

    private void firsts(int... wanted) {
        assertThat(Arrays.copyOf(first, words / 2)).containsExactly(wanted);
    }

    @Test
    void aMoveIsPartOfWhatChangesIt() {
        on(Uop.MOV32, EAX, ECX).on(Uop.ROR32, EAX, ZERO).on(Uop.FALL, 0, 0).becomes(Uop.ROR32, Uop.FALL);
        assertThat(Uop.d(code[0])).isEqualTo(EAX);
        assertThat(Uop.a(code[0])).isEqualTo(ECX);
        firsts(0, 2);
    }

    @Test
    void otherRegistersAreChangedInBetween() {
        on(Uop.MOV64, EAX, ECX).on(Uop.ADD64, EDX, ESI).on(Uop.SUB32, EAX, EAX).on(Uop.RET, 0, 0).becomes(Uop.ADD64, Uop.SUB32, Uop.RET);
        assertThat(Uop.a(code[2])).isEqualTo(ECX);
        assertThat(Uop.s(code[2])).as("the second operand was moved too").isEqualTo(ECX);
        firsts(0, 2, 3);
    }

    @Test
    void aMoveStaysWhereItIsNeeded() {
        // Read before it is changed; its source changed; the upper half needed; a fault or an end in between.
        on(Uop.MOV32, EAX, ECX).on(Uop.ADD32, EDX, EAX).on(Uop.ADD32, EAX, ESI).becomes(Uop.MOV32, Uop.ADD32, Uop.ADD32);
        words = 0;
        on(Uop.MOV32, EAX, ECX).on(Uop.ADD32, ECX, EDX).on(Uop.ADD32, EAX, ESI).becomes(Uop.MOV32, Uop.ADD32, Uop.ADD32);
        words = 0;
        on(Uop.MOV32, EAX, ECX).on(Uop.ADD64, EAX, ESI).becomes(Uop.MOV32, Uop.ADD64);
        words = 0;
        on(Uop.MOV32, EAX, ECX).on(Uop.ADD16, EAX, ESI).becomes(Uop.MOV32, Uop.ADD16);
        words = 0;
        on(Uop.MOV32, EAX, ECX).uop(Uop.LEA64, EDX, ZERO, (long) EAX << 18, 0).on(Uop.ADD32, EAX, ESI)
                .becomes(Uop.MOV32, Uop.LEA64, Uop.ADD32);
        for (int barrier : new int[] { Uop.SLOW, Uop.LOAD32, Uop.STORE64, Uop.ALU_RM, Uop.ALU_MR, Uop.LOADS, Uop.STEP_M, Uop.PUSH,
            Uop.POP }) {
            words = 0;
            on(Uop.MOV32, EAX, ECX).uop(barrier, EDX, ZERO, 0, 0).on(Uop.ADD32, EAX, ESI).becomes(Uop.MOV32, barrier, Uop.ADD32);
            firsts(0, 1, 2);
        }
    }

    @Test
    void leavingBeforeAMoveThatWentDownIsLeavingThere() {
        // The store may have changed the block: then the rest is decoded anew, from the move.
        uop(Uop.STORE32, 0, ESI, 0, 0).on(Uop.MOV32, EAX, ECX).on(Uop.INC32, EDX, ZERO).on(Uop.ADD32, EAX, ESI).on(Uop.FALL, 0, 0)
                .becomes(Uop.STORE32, Uop.INC32, Uop.ADD32, Uop.FALL);
        firsts(0, 1, 3, 4);
    }

    @Test
    void aComparisonJumps() {
        on(Uop.INC64, ECX, ZERO).uop(Uop.CMP32, EAX, ZERO, (long) EAX << Uop.A_SHIFT, 77L << 32).uop(Uop.JLE, 0, 0, 14L << 33, 20)
                .becomes(Uop.INC64, Uop.CMP32_J);
        assertThat(Uop.condition(code[2])).isEqualTo(14);
        assertThat(code[3]).isEqualTo(77L << 32 | 20);
        firsts(0, 1);
        for (int condition = 0; condition < 16; condition++) {
            words = 0;
            on(Uop.TEST8, EAX, EAX).uop(Uop.TERMINATORS + condition, 0, 0, (long) condition << 33, 20);
            if (Uop.isRareCondition(condition)) {
                becomes(Uop.TEST8, Uop.TERMINATORS + condition);
            } else {
                becomes(Uop.TEST8_J);
            }
        }
        words = 0;
        on(Uop.CMP32, EAX, ECX).on(Uop.JMP, 0, 0).becomes(Uop.CMP32, Uop.JMP);
    }

    @Test
    void movesGoTogether() {
        for (int moves = 2; moves <= 6; moves++) {
            words = 0;
            for (int i = 0; i < moves; i++) {
                on(Uop.MOV32, i, i + 8);
            }
            if (moves == Fusion.MOVES + 1) {
                becomes(Uop.MOVES32, Uop.MOV32);
                firsts(0, 4);
            } else if (moves > Fusion.MOVES) {
                becomes(Uop.MOVES32, Uop.MOVES32);
                firsts(0, 4);
            } else {
                becomes(Uop.MOVES32);
            }
            for (int k = 0; k < Fusion.MOVES; k++) {
                assertThat(Uop.moveTo(code[1], k)).isEqualTo(Math.min(k, moves - 1));
                assertThat(Uop.moveFrom(code[1], k)).isEqualTo(Math.min(k, moves - 1) + 8);
            }
        }
        words = 0;
        on(Uop.MOV32, EAX, ECX).on(Uop.MOV64, EDX, ESI).becomes(Uop.MOV32, Uop.MOV64);
    }
}
