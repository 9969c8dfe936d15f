package org.jvmm.cpu.exec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Flags that are replaced unseen are not made; all others are. */
class DeadFlagsTest {
    private static long[] words(int... uops) {
        long[] words = new long[2 * uops.length];
        for (int i = 0; i < uops.length; i++) {
            words[2 * i] = Uop.pack(uops[i], 3, 5);
            words[2 * i + 1] = i;
        }
        return words;
    }

    private static void becomes(long[] words, int... uops) {
        long[] before = words.clone();
        DeadFlags.drop(words, words.length);
        assertThat(words).isEqualTo(words(uops));
        DeadFlags.restore(words);
        assertThat(words).as("for the compiler").isEqualTo(before);
    }

    @Test
    void whatIsReplacedInTheSameBlockIsNotMade() {
        becomes(words(Uop.ADD64, Uop.MOV64, Uop.XOR32, Uop.SHR32, Uop.CMP64, Uop.JE), Uop.ADD64_N, Uop.MOV64, Uop.XOR32_N, Uop.SHR32_N,
                Uop.CMP64, Uop.JE);
        becomes(words(Uop.ADD64, Uop.CMP16, Uop.SUB64, Uop.ADD16, Uop.JNE), Uop.ADD64_N, Uop.CMP16, Uop.SUB64_N, Uop.ADD16, Uop.JNE);
        becomes(words(Uop.SUB32, Uop.OR64, Uop.AND32, Uop.RET), Uop.SUB32_N, Uop.OR64_N, Uop.AND32, Uop.RET);
    }

    @Test
    void whatMayBeSeenIsMade() {
        // A fault's handler sees the flags, so does whatever comes after the block, or an instruction outside the loop.
        for (int seer : new int[] { Uop.LOAD64, Uop.STORE8, Uop.POP, Uop.ADD32_M, Uop.SLOW, Uop.ALU_MR, Uop.ALU_RM, Uop.INC64, Uop.CMOV32,
            Uop.SETCC, Uop.ALU64, Uop.NEG, Uop.ALU16, Uop.STEP_M, Uop.SHIFT_CL, Uop.LOAD16 }) {
            becomes(words(Uop.ADD32, seer, Uop.XOR64, Uop.JMP), Uop.ADD32, seer, Uop.XOR64, Uop.JMP);
        }
        becomes(words(Uop.ADD64, Uop.FALL), Uop.ADD64, Uop.FALL);
        becomes(words(Uop.ADD64), Uop.ADD64);
    }
}
