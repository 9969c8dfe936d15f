package org.jvmm.kvm.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The text of the class is the source, compiled. With {@code -Djvmm.regenerate=true} the test writes the text anew. */
class SystemCallClassTest {
    private static final Path SOURCES = Path.of("src/main/java-base");
    private static final Path TEXT = Path.of("src/main/java/org/jvmm/kvm/sys/SystemCallClass.java");
    private static final int LINE = 120;
    private static final int JDK = 25;

    @TempDir
    private Path output;

    @Test
    void theTextIsTheSourceCompiled() throws IOException {
        Assumptions.assumeTrue(Runtime.version().feature() == JDK, "The class is written for the internals of JDK " + JDK);
        byte[] compiled = compile();
        if (Boolean.getBoolean("jvmm.regenerate")) {
            rewrite(Base64.getEncoder().encodeToString(compiled));
            return;
        }
        assertThat(SystemCallClass.bytes()).as("run this test with -Djvmm.regenerate=true after a change of the source")
                .isEqualTo(compiled);
    }

    private byte[] compile() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Path source = SOURCES.resolve(SystemCallClass.NAME.replace('.', '/') + ".java");
        int code = compiler.run(null, null, null, "-g:none", "-source", "25", "-target", "25", "-proc:none", "--patch-module",
                "java.base=" + SOURCES, "-d", output.toString(), source.toString());
        assertThat(code).isZero();
        return Files.readAllBytes(output.resolve(SystemCallClass.NAME.replace('.', '/') + ".class"));
    }

    private static void rewrite(String text) throws IOException {
        List<String> lines = Files.readAllLines(TEXT);
        StringBuilder all = new StringBuilder();
        boolean inside = false;
        for (String line : lines) {
            if (line.endsWith("\"\"\";")) {
                inside = false;
            }
            if (!inside) {
                all.append(line).append('\n');
            }
            if (line.endsWith("\"\"\"")) {
                inside = true;
                for (int at = 0; at < text.length(); at += LINE) {
                    all.append("            ").append(text, at, Math.min(text.length(), at + LINE)).append('\n');
                }
            }
        }
        Files.writeString(TEXT, all);
    }
}
