package org.jvmm.cpu.x87;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replays what a processor did: {@code src/test/c/x87-vectors.c} made the rows and describes them. */
class X87VectorTest {
    private final X87State s = new X87State();
    private final byte[] bytes = new byte[16];
    private final X87Exec.X87Memory memory = new X87Exec.X87Memory() {
        @Override
        public long load(long address, int size) {
            long value = 0;
            for (int i = size - 1; i >= 0; i--) {
                value = value << 8 | bytes[(int) address + i] & 0xFF;
            }
            return value;
        }

        @Override
        public void store(long address, int size, long value) {
            for (int i = 0; i < size; i++) {
                bytes[(int) address + i] = (byte) (value >>> 8 * i);
            }
        }
    };

    @Test
    void everyRowGivesWhatTheProcessorGave() throws IOException {
        List<String> wrong = new ArrayList<>();
        int rows = 0;
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(X87VectorTest.class.getResourceAsStream("vectors.txt"), StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String got = replay(line);
                rows++;
                if (!matches(line, got)) {
                    wrong.add(line + "\n     we " + got);
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).isGreaterThan(3000);
    }

    static boolean matches(String line, String got) {
        String expected = line.substring(line.indexOf("-> ") + 3);
        if (expected.equals(got)) {
            return true;
        }
        String[] w = line.split(" ");
        int modrm = Integer.parseInt(w[1], 16);
        boolean transcendental = w[0].equals("d9") && (modrm >= 0xF0 && modrm <= 0xF3 || modrm == 0xF9 || modrm == 0xFB || modrm >= 0xFE);
        if (!transcendental) {
            return false;
        }
        // One unit in the last place is what a processor promises, so the direction of its rounding (C1) is its own too.
        String[] e = expected.split(" ");
        String[] g = got.split(" ");
        int c1 = X87State.C1;
        boolean same = e[0].equals(g[0]) && (Integer.parseInt(e[1], 16) | c1) == (Integer.parseInt(g[1], 16) | c1) && e[2].equals(g[2]);
        for (int i = 4; i < 7; i++) {
            same &= e[i].equals(g[i]) || e[i].length() == 20 && g[i].length() == 20 && close(e[i], g[i]);
        }
        return same;
    }

    private static boolean close(String a, String b) {
        int exponent = Integer.parseInt(a.substring(0, 4), 16) - Integer.parseInt(b.substring(0, 4), 16);
        long first = Long.parseUnsignedLong(a.substring(4), 16);
        long second = Long.parseUnsignedLong(b.substring(4), 16);
        if (exponent == 0) {
            return Math.abs(first - second) <= 1;
        }
        // Across a power of two.
        return exponent == 1 && first == Long.MIN_VALUE && second == -1 || exponent == -1 && first == -1 && second == Long.MIN_VALUE;
    }

    /** Runs a row and gives the result as the rows have it. */
    String replay(String line) {
        String[] w = line.split(" ");
        int opcode = Integer.parseInt(w[0], 16);
        int modrm = Integer.parseInt(w[1], 16);
        s.reset();
        s.setControlWord(Integer.parseInt(w[2], 16));
        s.setStatusWord(Integer.parseInt(w[3], 16));
        s.used = Integer.parseInt(w[4], 16);
        int flags = Integer.parseInt(w[5], 16) & 0x45;
        for (int i = 0; i < 8; i++) {
            String value = i < 3 ? w[6 + i] : "3fff8000000000000000";
            s.signExponent[s.top + i & 7] = Integer.parseInt(value.substring(0, 4), 16);
            s.significand[s.top + i & 7] = Long.parseUnsignedLong(value.substring(4), 16);
        }
        memory.store(0, 8, Long.parseUnsignedLong(w[9].substring(4), 16));
        memory.store(8, 2, Integer.parseInt(w[9].substring(0, 4), 16));
        s.cpuFlags = flags;
        if (modrm < 0xC0) {
            assertThat(X87Exec.definedMemory(opcode, modrm >> 3)).isTrue();
            X87Exec.memory(opcode, modrm >> 3, 0, s, memory, false);
        } else {
            assertThat(X87Exec.defined(opcode, modrm)).isTrue();
            X87Exec.register(opcode, modrm, s);
        }
        assertThat(s.soft.flags).isZero();
        return result(X87Exec.writesFlags(opcode, modrm) ? s.cpuFlags : flags);
    }

    private String result(int flags) {
        StringBuilder text = new StringBuilder();
        text.append(Integer.toHexString(s.control)).append(' ').append(Integer.toHexString(s.status())).append(' ')
                .append(Integer.toHexString(s.used));
        text.append(' ').append(Integer.toHexString(flags));
        for (int i = 0; i < 3; i++) {
            text.append(' ');
            if (s.empty(i)) {
                text.append('-');
            } else {
                append(text, s.se(i), s.sig(i));
            }
        }
        text.append(' ');
        append(text, (int) memory.load(8, 2), memory.load(0, 8));
        return text.toString();
    }

    private static void append(StringBuilder text, int high, long low) {
        text.append(String.format("%04x%016x", high, low));
    }
}
