package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuestConsoleTest {
    private final List<String> lines = new ArrayList<>();

    private static void print(GuestConsole console, String text) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            console.write(b);
        }
    }

    @Test
    void linesAreTold() {
        try (GuestConsole console = new GuestConsole(null, lines::add)) {
            print(console, "one\r\n\ntwo\nthr");
            assertThat(lines).containsExactly("one", "", "two");
            print(console, "ee\n");
            assertThat(lines).endsWith("three");
        }
    }

    @Test
    void aLineThatIsTooLongIsCut() {
        try (GuestConsole console = new GuestConsole(null, lines::add)) {
            print(console, "x".repeat(5000) + "\ny\n");
            assertThat(lines).containsExactly("x".repeat(1024), "y");
        }
    }

    @Test
    void theLastLinesAreKept() {
        try (GuestConsole console = new GuestConsole(null, lines::add)) {
            assertThat(console.lastLines(3)).isEmpty();
            print(console, "a\r\n\nb");
            assertThat(console.lastLines(10)).containsExactly("a", "", "b");
            print(console, "\n");
            assertThat(console.lastLines(1)).containsExactly("b");
            for (int i = 0; i < 10_000; i++) {
                print(console, "line " + i + "\n");
            }
            assertThat(console.lastLines(2)).containsExactly("line 9998", "line 9999");
            assertThat(console.lastLines(100_000)).hasSizeLessThan(10_000).endsWith("line 9999");
        }
    }

    @Test
    void everyByteIsCopied() {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        GuestConsole console = new GuestConsole(copy, lines::add);
        for (int i = 0; i < 50_000; i++) {
            console.write(i & 0xFF);
        }
        console.start();
        for (int i = 50_000; i < 100_000; i++) {
            console.write(i & 0xFF);
        }
        console.close();
        byte[] bytes = copy.toByteArray();
        assertThat(bytes).hasSize(100_000);
        for (int i = 0; i < bytes.length; i++) {
            assertThat(bytes[i]).isEqualTo((byte) i);
        }
        assertThat(console.written()).isEqualTo(100_000);
    }

    @Test
    void aCopyThatFailsDoesNotStopTheGuest() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        try (GuestConsole console = new GuestConsole(broken, lines::add)) {
            console.start();
            print(console, "a\nb\n");
        }
        assertThat(lines).containsExactly("a", "b");
    }
}
