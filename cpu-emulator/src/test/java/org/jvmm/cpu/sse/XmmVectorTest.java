package org.jvmm.cpu.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replays what a processor did: {@code src/test/c/sse-vectors.c} made the rows and describes them. */
class XmmVectorTest {
    private final SseState s = new SseState();
    private long rax;
    private long rcx;
    private int flags;

    @Test
    void everyRowGivesWhatTheProcessorGave() throws IOException {
        List<String> wrong = new ArrayList<>();
        BitSet seen = new BitSet();
        int rows = 0;
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(XmmVectorTest.class.getResourceAsStream("vectors.txt"), StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String got = replay(line);
                seen.set(SseOp.number(line.substring(0, line.indexOf(' '))));
                rows++;
                if (!matches(line, got)) {
                    wrong.add(line + "\n     we " + got);
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).isGreaterThan(5000);
        // All but the forms that only memory has, and MASKMOVDQU.
        assertThat(seen.cardinality()).isEqualTo(247);
    }

    /** The reciprocals' tables are each maker's own; the promise is an error of 1.5 * 2^-12. */
    static boolean matches(String line, String got) {
        int at = line.indexOf("-> ") + 3;
        String expected = line.substring(at);
        if (!line.startsWith("RCP") && !line.startsWith("RSQRT")) {
            return expected.equals(got);
        }
        String[] e = expected.split(" ");
        String[] g = got.split(" ");
        for (int i = 0; i < e.length; i++) {
            if (i != 2 && i != 3) {
                if (!e[i].equals(g[i])) {
                    return false;
                }
            } else if (!close(Long.parseUnsignedLong(e[i], 16), Long.parseUnsignedLong(g[i], 16))) {
                return false;
            }
        }
        return true;
    }

    private static boolean close(long a, long b) {
        return close((int) a, (int) b) && close((int) (a >>> 32), (int) (b >>> 32));
    }

    private static boolean close(int a, int b) {
        float x = Float.intBitsToFloat(a);
        float y = Float.intBitsToFloat(b);
        return a == b || Math.abs((double) x - y) <= 3 * 0x1p-12 * Math.abs((double) x);
    }

    /** Runs a row and gives the result as the rows have it. */
    String replay(String line) {
        String[] w = line.split(" ");
        long[] v = new long[12];
        for (int i = 1; i < 12; i++) {
            v[i] = Long.parseUnsignedLong(w[i], 16);
        }
        s.reset();
        s.mxcsr = (int) v[3];
        System.arraycopy(v, 4, s.x, 0, 6);
        rax = v[10];
        rcx = 0;
        flags = -1;
        try {
            execute(SseOp.number(w[0]), (int) v[2], v[1] != 0, v[11]);
        } catch (SimdException e) {
            assertThat(s.soft.flags).isZero();
            return "# " + Integer.toHexString(s.mxcsr);
        }
        // The flags before the instruction are those of an XOR.
        int eflags = flags < 0 ? 0x44 : flags;
        return Long.toHexString(s.x[0]) + " " + Long.toHexString(s.x[1]) + " " + Long.toHexString(s.x[2]) + " " + Long.toHexString(s.x[3])
                + " "
                + Long.toHexString(rax) + " " + Long.toHexString(rcx) + " " + Integer.toHexString(eflags) + " "
                + Integer.toHexString(s.mxcsr);
    }

    private void execute(int op, int imm, boolean wide, long rdx) {
        switch (SseExec.kind(op)) {
            case SseExec.KIND_XMM -> SseExec.exec(op, s, 1, 2, imm);
            case SseExec.KIND_TO_GPR -> rax = SseExec.toGpr(op, s, 2, imm, wide);
            case SseExec.KIND_FROM_GPR -> SseExec.fromGpr(op, s, 1, rdx, imm, wide);
            case SseExec.KIND_FLAGS -> flags = SseExec.compareFlags(op, s, 1, 2);
            default -> {
                long result = SseExec.compareStrings(op, s, 1, 2, imm, wide ? rax : (int) rax, wide ? rdx : (int) rdx);
                flags = (int) result;
                if (op == SseOp.PCMPESTRI || op == SseOp.PCMPISTRI) {
                    rcx = result >>> 32;
                }
            }
        }
    }
}
