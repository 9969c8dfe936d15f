package org.jvmm.vmm.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Every shell script of the tree passes shellcheck. */
class ScriptsTest {
    private static final Path SHELLCHECK = Path.of("/usr/bin/shellcheck");

    @Test
    void scriptsPassShellcheck() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.isExecutable(SHELLCHECK), "shellcheck is missing: apt-get install shellcheck");
        List<String> command = new ArrayList<>(List.of(SHELLCHECK.toString(), "--external-sources"));
        List<Path> scripts = scripts();
        assertThat(scripts).hasSizeGreaterThan(4).contains(House.TOP.resolve("jvmm"), House.TOP.resolve(".ci/run"));
        scripts.forEach(script -> command.add(script.toString()));
        Process process = new ProcessBuilder(command).directory(House.TOP.toFile()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    /** Files that start with #! and name a shell. */
    private static List<Path> scripts() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(House.TOP, 8)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = House.TOP.relativize(file).toString();
                if (Files.isRegularFile(file) && !name.startsWith(".git/") && !name.contains("target/") && !name.contains("build/")
                        && isShell(file)) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    private static boolean isShell(Path file) throws IOException {
        if (Files.size(file) < 8 || Files.size(file) > 1 << 20) {
            return false;
        }
        String start = new String(Files.newInputStream(file).readNBytes(32), StandardCharsets.ISO_8859_1);
        return start.startsWith("#!") && start.lines().findFirst().orElse("").matches(".*\\b(ba|da|)sh\\b.*");
    }
}
