package org.jvmm.vmm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

    static boolean hasFlavour(String name) {
        return Files.isDirectory(Path.of(System.getProperty("jvmm.top", ".."), "guest-kernel-config/flavours", name));
    }

    /** What a boot of a flavour adds to the kernel's command line. */
    static String flavourCmdline(String name) throws IOException {
        return Files.readString(Path.of(System.getProperty("jvmm.top", ".."), "guest-kernel-config/flavours", name, "cmdline")).strip();
    }

    /** The kernel of a flavour, which its script names. */
    static synchronized Path flavour(String name) throws IOException, InterruptedException {
        Path script = Path.of(System.getProperty("jvmm.top", ".."), "guest-kernel-config/build.sh");
        Process process = new ProcessBuilder(script.toString(), "--flavour", name, "--print-dir")
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String folder = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException(script + " --flavour " + name + " ended with " + process.exitValue());
        }
        return Path.of(folder, "vmlinux");
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

    /** The initramfs without most of busybox's links, whose making takes most of a boot where kernel mode is emulated; written to {@code folder}. */
    static Path thinInitramfs(String flavour, Path folder) throws IOException, InterruptedException {
        Path script = Path.of(System.getProperty("jvmm.top"), "guest-kernel-config", "flavours", flavour, "thin-initramfs.py");
        Path thin = folder.resolve("initramfs.cpio");
        Process process = new ProcessBuilder("python3", script.toString(), initramfs().toString(), thin.toString()).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IOException("thin-initramfs.py failed");
        }
        return thin;
    }
}
