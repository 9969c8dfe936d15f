package org.jvmm.vmm.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the README is no longer than it says and compiles against this library. */
class ReadmeTest {
    @TempDir
    private Path folder;

    @Test
    void exampleCompiles() throws IOException {
        String readme = Files.readString(House.TOP.resolve("README.md"));
        int start = readme.indexOf("```java\n") + 8;
        assertThat(start).isGreaterThan(8);
        String example = readme.substring(start, readme.indexOf("```", start));
        assertThat(example.lines().count()).isLessThanOrEqualTo(10);
        String source = """
                import java.nio.file.Path;
                import org.jvmm.vmm.*;
                import org.jvmm.vmm.agent.*;

                final class Example {
                    static void run(Path kernel, Path initramfs) throws Exception {
                %s    }
                }
                """.formatted(example);
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        boolean good = compiler.getTask(messages, null, null,
                List.of("-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path") + ":" + locations()), null,
                List.of(file)).call();
        assertThat(good).as(messages.toString()).isTrue();
    }

    /** Surefire may hide the class path in a manifest. */
    private static String locations() {
        StringBuilder path = new StringBuilder();
        for (Class<?> member : List.of(org.jvmm.vmm.Machine.class, org.jvmm.boot.BootLoader.class, org.jvmm.core.bus.Bus.class)) {
            path.append(Path.of(URI.create(member.getProtectionDomain().getCodeSource().getLocation().toString()))).append(':');
        }
        return path.toString();
    }
}
