package org.jvmm.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Builds and runs the guest agent's own tests (guest-agent/tests, {@code make test}): each of them is a test here, so that it is counted. */
class GuestAgentUnitTest {
    private static final Path TOP = Path.of(System.getProperty("jvmm.top", "..")).toAbsolutePath().normalize();
    private static final List<String> NEEDED = List.of("/usr/bin/make", "/usr/bin/gcc", "/usr/bin/protoc", "/usr/bin/nanopb_generator.py",
            "/usr/include/pb.h", "/usr/include/stdio.h", "/bin/busybox");

    @TestFactory
    Stream<DynamicTest> agent() throws IOException, InterruptedException {
        List<String> missing = NEEDED.stream().filter(path -> !Files.exists(Path.of(path))).toList();
        Assumptions.assumeTrue(missing.isEmpty(),
                () -> "the agent's tests need " + missing + ": run guest-agent/build.sh as root, and install libc6-dev");
        // The rule's default output folder is the build script's; a folder of this module's is cleaned with it.
        Process make = new ProcessBuilder("make", "-s", "-j2", "-C", TOP.resolve("guest-agent").toString(),
                "OUT=" + TOP.resolve("vmm/target/guest-agent"), "test").redirectErrorStream(true).start();
        make.getOutputStream().close();
        String output = new String(make.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = make.waitFor();
        List<DynamicTest> tests = tests(output);
        assertThat(tests).as(output).isNotEmpty();
        if (code != 0 && !output.contains("\nnot ok ")) {
            fail("make test ended with " + code + ":\n" + output);
        }
        return tests.stream();
    }

    /** The lines of TAP version 13: "# detail" goes before the result it belongs to. */
    private static List<DynamicTest> tests(String output) {
        List<DynamicTest> tests = new ArrayList<>();
        StringBuilder details = new StringBuilder();
        int planned = -1;
        for (String line : output.lines().toList()) {
            if (line.startsWith("1..")) {
                planned = Integer.parseInt(line.substring(3));
            } else if (line.startsWith("ok ") || line.startsWith("not ok ")) {
                tests.add(test(line, details.toString()));
                details.setLength(0);
            } else {
                details.append(line).append('\n');
            }
        }
        assertThat(tests).as(output).hasSize(planned);
        return tests;
    }

    private static DynamicTest test(String line, String details) {
        String name = line.substring(line.indexOf(" - ") + 3);
        int skip = name.indexOf(" # SKIP ");
        if (skip >= 0) {
            return dynamicTest(name.substring(0, skip), () -> Assumptions.abort(name.substring(skip + 8)));
        }
        return dynamicTest(name, () -> assertThat(line).as(details).startsWith("ok "));
    }
}
