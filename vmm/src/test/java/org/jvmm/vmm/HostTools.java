package org.jvmm.vmm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Programs of the host that guest tests use. */
final class HostTools {
    private static final Path TOP = Path.of(System.getProperty("jvmm.top", "..")).toAbsolutePath().normalize();

    private HostTools() {}

    /** What a finished program has written and its exit code. */
    record Result(int code, String output) {}

    static Result run(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(words)).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    /** Compiles vmm/src/test/c/NAME.c to a static program that runs in any root. */
    static void compile(String name, Path target) throws IOException, InterruptedException {
        Result result;
        try {
            result = run("cc", "-static", "-O2", "-Wall", "-o", target.toString(), TOP.resolve("vmm/src/test/c/" + name + ".c").toString());
        } catch (IOException e) {
            Assumptions.abort("There is no C compiler: " + e.getMessage());
            throw e;
        }
        if (result.code() != 0) {
            throw new IOException("cc " + name + ".c: " + result.output());
        }
    }

    /** The Debian root of the cache; made if it is not there, which takes minutes and the network. */
    static Path debianRoot() throws IOException, InterruptedException {
        return debianRoot("");
    }

    /** The Debian root of the cache with programs that try devices. */
    static Path toolsRoot() throws IOException, InterruptedException {
        return debianRoot("tools");
    }

    private static Path debianRoot(String kind) throws IOException, InterruptedException {
        Process script = new ProcessBuilder(TOP.resolve("vmm/src/test/sh/debian-root.sh").toString(), kind)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        script.getOutputStream().close();
        String directory = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int code = script.waitFor();
        Assumptions.assumeTrue(code == 0, "The Debian root cannot be made here: debian-root.sh ended with " + code);
        return Path.of(directory);
    }
}
