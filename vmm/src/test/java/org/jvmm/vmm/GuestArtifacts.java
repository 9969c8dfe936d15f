package org.jvmm.vmm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.vmm.host.Artifacts;

/** The guest kernel and its file system for tests; built, with their scripts' progress on the terminal, when the cache lacks them. */
public final class GuestArtifacts {
    private static final Artifacts ARTIFACTS = Artifacts.ofEnvironment();

    private GuestArtifacts() {}

    public static synchronized Path vmlinux() throws IOException, InterruptedException {
        return built(ARTIFACTS.kernel(), "guest-kernel-config/build.sh");
    }

    public static synchronized Path bzImage() throws IOException, InterruptedException {
        return built(ARTIFACTS.bzImage(), "guest-kernel-config/build.sh");
    }

    public static synchronized Path initramfs() throws IOException, InterruptedException {
        return built(ARTIFACTS.initramfs(), "guest-agent/build.sh");
    }

    private static Path built(Path file, String script) throws IOException, InterruptedException {
        if (!Files.isRegularFile(file)) {
            Path top = Path.of(System.getProperty("jvmm.top", ".."));
            int code = new ProcessBuilder(top.resolve(script).toString()).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT).start().waitFor();
            if (code != 0 || !Files.isRegularFile(file)) {
                throw new IOException(script + " ended with " + code);
            }
        }
        return file;
    }
}
