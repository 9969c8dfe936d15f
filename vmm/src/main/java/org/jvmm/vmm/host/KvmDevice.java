package org.jvmm.vmm.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What /dev/kvm is on this host, as far as the file system tells. */
public enum KvmDevice {
    /** There is no such device. */
    ABSENT("absent"),
    /** It is there, but this user may not open it. */
    NO_PERMISSION("no-permission"),
    /** It runs a guest's user mode natively and emulates its kernel mode. */
    KERNEL_EMULATED("kernel-mode-emulated"),
    /** It runs guests natively. */
    NATIVE("native");

    private final String key;

    KvmDevice(String key) {
        this.key = key;
    }

    /** Name in the output. */
    public String key() {
        return key;
    }

    /** This host's. */
    public static KvmDevice probe() {
        return probe(Path.of("/"));
    }

    /** @param root the file system's root */
    static KvmDevice probe(Path root) {
        Path device = root.resolve("dev/kvm");
        if (!Files.exists(device)) {
            return ABSENT;
        }
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return NO_PERMISSION;
        }
        // A KVM without VMX or SVM under it has to emulate what is privileged.
        if (Files.exists(root.resolve("sys/module/kvm_pvm")) || !hasVirtualisation(root.resolve("proc/cpuinfo"))) {
            return KERNEL_EMULATED;
        }
        return NATIVE;
    }

    private static boolean hasVirtualisation(Path cpuinfo) {
        try {
            for (String line : Files.readAllLines(cpuinfo)) {
                if (line.startsWith("flags")) {
                    String padded = line + " ";
                    return padded.contains(" vmx ") || padded.contains(" svm ");
                }
            }
        } catch (IOException e) {
            return false;
        }
        return false;
    }
}
