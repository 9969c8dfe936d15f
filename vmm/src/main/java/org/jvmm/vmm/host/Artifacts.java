package org.jvmm.vmm.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jvmm.vmm.MachineException;

/**
 * Where the guest's files are kept: {@code $JVMM_CACHE}, else {@code $XDG_CACHE_HOME/jvmm}, else {@code ~/.cache/jvmm}. The build scripts of the
 * kernel and the agent put them there.
 */
public final class Artifacts {
    private final Path cache;

    /** @param cache the directory */
    public Artifacts(Path cache) {
        this.cache = cache;
    }

    /** As this process's environment says. */
    public static Artifacts ofEnvironment() {
        return of(System.getenv());
    }

    /** As an environment says. */
    static Artifacts of(Map<String, String> environment) {
        String own = environment.get("JVMM_CACHE");
        if (own != null && !own.isEmpty()) {
            return new Artifacts(Path.of(own));
        }
        String xdg = environment.get("XDG_CACHE_HOME");
        if (xdg != null && !xdg.isEmpty()) {
            return new Artifacts(Path.of(xdg, "jvmm"));
        }
        String home = environment.get("HOME");
        return new Artifacts(Path.of(home == null || home.isEmpty() ? System.getProperty("user.home") : home, ".cache", "jvmm"));
    }

    /** The directory that holds all of it. */
    public Path cache() {
        return cache;
    }

    /** The guest kernel as an ELF image. */
    public Path kernel() {
        return cache.resolve("kernel").resolve("default").resolve("vmlinux");
    }

    /** The same kernel as a bzImage. */
    public Path bzImage() {
        return cache.resolve("kernel").resolve("default").resolve("bzImage");
    }

    /** The initial file system with the agent. */
    public Path initramfs() {
        return cache.resolve("initramfs").resolve("default").resolve("initramfs.cpio");
    }

    /**
     * The guest kernel, which must be there.
     *
     * @throws MachineException when it is not; the message says how it is built
     */
    public Path requireKernel() {
        return require(kernel(), "Guest kernel", "guest-kernel-config/build.sh", "--kernel");
    }

    /**
     * The initial file system, which must be there.
     *
     * @throws MachineException when it is not; the message says how it is built
     */
    public Path requireInitramfs() {
        return require(initramfs(), "Guest file system", "guest-agent/build.sh", "--initrd");
    }

    private static Path require(Path path, String what, String script, String option) {
        if (!Files.isRegularFile(path)) {
            throw new MachineException(what + " " + path + " is missing: build it with " + script + ", or name another with " + option);
        }
        return path;
    }
}
