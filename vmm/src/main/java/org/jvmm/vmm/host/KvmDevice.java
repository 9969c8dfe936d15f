package org.jvmm.vmm.host;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.kvm.KvmException;
import org.jvmm.kvm.KvmProbe;
import org.jvmm.kvm.sys.NativeAccessException;
import org.jvmm.kvm.sys.NativeBinding;

/**
 * What /dev/kvm is on this host. Whether it runs a guest's kernel mode on the processor is found out by a guest of two instructions, once per boot of
 * the host: the answer is kept in the cache directory.
 */
public enum KvmDevice {
    /** There is no such device. */
    ABSENT("absent", "there is no /dev/kvm"),
    /** It is there, but this user may not open it. */
    NO_PERMISSION("no-permission", "this user may not open /dev/kvm"),
    /** It opens, but makes no machine. */
    BROKEN("broken", "/dev/kvm does not make a machine"),
    /** It runs a guest's user mode natively and emulates its kernel mode. */
    KERNEL_EMULATED("kernel-mode-emulated", "/dev/kvm emulates the guest's kernel mode"),
    /** It runs guests natively. */
    NATIVE("native", "/dev/kvm runs guests on the processor");

    private static final String BOOT_ID = "proc/sys/kernel/random/boot_id";
    private static final String MEMO = "kvm-device";

    /** Makes the trial; replaced by tests. */
    @FunctionalInterface
    interface Trial {
        /** {@link #KERNEL_EMULATED}, {@link #NATIVE} or {@link #BROKEN}. */
        KvmDevice run();
    }

    private final String key;
    private final String description;

    KvmDevice(String key, String description) {
        this.key = key;
        this.description = description;
    }

    /** Name in the output. */
    public String key() {
        return key;
    }

    /** A clause for people. */
    public String description() {
        return description;
    }

    /** This host's; asks the cache first. */
    public static KvmDevice probe() {
        return probe(Path.of("/"), Artifacts.ofEnvironment().cache(), KvmDevice::tryOut);
    }

    /** This host's, found out anew. */
    public static KvmDevice probeAnew() {
        return probe(Path.of("/"), Artifacts.ofEnvironment().cache(), KvmDevice::tryOut, true);
    }

    /**
     * @param root the file system's root
     * @param cache where the answer of this boot is kept
     */
    static KvmDevice probe(Path root, Path cache, Trial trial) {
        return probe(root, cache, trial, false);
    }

    private static KvmDevice probe(Path root, Path cache, Trial trial, boolean anew) {
        Path device = root.resolve("dev/kvm");
        if (!Files.exists(device)) {
            return ABSENT;
        }
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return NO_PERMISSION;
        }
        String boot = read(root.resolve(BOOT_ID));
        Path memo = cache.resolve(MEMO);
        KvmDevice known = anew ? null : recall(read(memo), boot);
        if (known != null) {
            return known;
        }
        KvmDevice found = trial.run();
        if (!boot.isEmpty() && found != BROKEN) {
            remember(memo, boot + " " + found.key + "\n");
        }
        return found;
    }

    /** The answer in {@code memo}, if it is of this boot; a KVM module can be exchanged without one, which is rare: remove the file then. */
    private static KvmDevice recall(String memo, String boot) {
        if (boot.isEmpty() || !memo.startsWith(boot + " ")) {
            return null;
        }
        String answer = memo.substring(boot.length() + 1);
        return answer.equals(NATIVE.key) ? NATIVE : answer.equals(KERNEL_EMULATED.key) ? KERNEL_EMULATED : null;
    }

    private static String read(Path file) {
        // Not by Files: its channels would cost the start 2 ms.
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).trim();
        } catch (IOException e) {
            return "";
        }
    }

    private static void remember(Path memo, String text) {
        try {
            Files.createDirectories(memo.getParent());
            Files.write(memo, text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // A cache that cannot be written costs the trial again next time, nothing else.
            return;
        }
    }

    private static KvmDevice tryOut() {
        try {
            return KvmProbe.run(NativeBinding::newSyscalls) == KvmProbe.RingZero.NATIVE ? NATIVE : KERNEL_EMULATED;
        } catch (KvmException | NativeAccessException e) {
            return BROKEN;
        }
    }
}
