package org.jvmm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelCommandLineTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = { "`` | `x`", "`quiet` | `quiet x`", "`quiet ` | `quiet x`",
        "`a -- b` | `a x -- b`", "`-- b` | `x -- b`", "`a --` | `a x --`", "`a  --  b c` | `a  x --  b c`", "`--` | `x --`",
        "`a --b` | `a --b x`", "`a--b` | `a--b x`", "`a ---` | `a --- x`", "`q=\"a -- b\" c` | `q=\"a -- b\" c x`",
        "`q=\"a -- b\" -- c` | `q=\"a -- b\" x -- c`", "`a -- b -- c` | `a x -- b -- c`" })
    void additionsGoBeforeInitsArguments(String base, String expected) {
        assertThat(new KernelCommandLine(base).append("x").toString()).isEqualTo(expected);
    }

    @Test
    void nothingAddedIsNothingChanged() {
        for (String line : new String[] { "", "a b", "a -- b", "-- b", "  a" }) {
            assertThat(new KernelCommandLine(line).toString()).isEqualTo(line);
        }
    }

    @Test
    void devices() {
        KernelCommandLine line = new KernelCommandLine("a -- init").append(new MmioDevice(0xD000_1000L, 4096, 5))
                .append(new MmioDevice(0x1000, 0x20_0000, 23));
        assertThat(line.toString()).isEqualTo("a virtio_mmio.device=4K@0xd0001000:5 virtio_mmio.device=2048K@0x1000:23 -- init");
    }

    @Test
    void limit() {
        String longest = "x".repeat(2047);
        byte[] bytes = new KernelCommandLine(longest).toBytes(2047);
        assertThat(bytes).hasSize(2048).endsWith('x', 0);
        assertThatThrownBy(() -> new KernelCommandLine(longest + "x").toBytes(2047)).isInstanceOf(KernelException.class)
                .hasMessageContaining("2048 characters").hasMessageContaining("at most 2047");
        assertThatThrownBy(() -> new KernelCommandLine("a".repeat(2040)).append(new MmioDevice(0x1000, 4096, 5)).toBytes(2047))
                .isInstanceOf(KernelException.class).hasMessageContaining("with the devices");
        assertThat(new KernelCommandLine("").toBytes(2047)).containsExactly(0);
    }

    @ParameterizedTest
    @ValueSource(chars = { '\0', '\n', '\t', '\r', 0x7F, 0x80, '\u00E4', '\uD83D' })
    void charactersThatCannotBe(char c) {
        assertThatThrownBy(() -> new KernelCommandLine("ab" + c + "d")).isInstanceOf(KernelException.class)
                .hasMessageContaining("position 2")
                .hasMessageContaining("0x" + Integer.toHexString(c)).message().isPrintable();
        assertThatThrownBy(() -> new KernelCommandLine("ab").append("" + c)).isInstanceOf(KernelException.class);
    }

    /** For any line: what was there stays in its order, and the addition is before the first word "--". */
    @Test
    void anyLine() {
        Random random = new Random(20261125);
        String letters = "ab=\"- -- ";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder base = new StringBuilder();
            for (int i = random.nextInt(30); i > 0; i--) {
                base.append(letters.charAt(random.nextInt(letters.length())));
            }
            String line = new KernelCommandLine(base.toString()).append("ADDED").toString();
            assertThat(line.replace("ADDED", "").replace(" ", "")).isEqualTo(base.toString().replace(" ", ""));
            int at = line.indexOf("ADDED");
            assertThat(at == 0 || line.charAt(at - 1) == ' ').isTrue();
            assertThat(at + 5 == line.length() || line.startsWith(" --", at + 5)).as(line).isTrue();
        }
    }
}
