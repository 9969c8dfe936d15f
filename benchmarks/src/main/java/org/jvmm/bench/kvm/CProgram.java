package org.jvmm.bench.kvm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The same loop in C (resource {@code exit-loop.c}), compiled here and asked through pipes for one batch at a time. */
final class CProgram {
    private final Process process;
    private final OutputStream requests;
    private final InputStream answers;

    /** @param access {@code pio} or {@code mmio} */
    CProgram(String access, int batch) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("exit-loop");
        Path source = folder.resolve("exit-loop.c");
        try (InputStream code = CProgram.class.getResourceAsStream("exit-loop.c")) {
            Files.copy(code, source, StandardCopyOption.REPLACE_EXISTING);
        }
        Path binary = folder.resolve("exit-loop");
        Process compiler = new ProcessBuilder("gcc", "-O2", "-o", binary.toString(), source.toString()).inheritIO().start();
        if (compiler.waitFor() != 0) {
            throw new IOException("gcc cannot compile exit-loop.c");
        }
        process = new ProcessBuilder(binary.toString(), access, Integer.toString(batch)).redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        requests = process.getOutputStream();
        answers = process.getInputStream();
    }

    /** One batch of exits. */
    void run() throws IOException {
        requests.write('r');
        requests.flush();
        if (answers.read() < 0) {
            throw new IOException("exit-loop has ended");
        }
    }

    /** Ends it. */
    void close() throws IOException, InterruptedException {
        requests.close();
        process.waitFor();
    }
}
