package org.jvmm.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jvmm.core.host.Errno;

/** Says why {@code /dev/kvm} does not open, and what to do. */
final class KvmAccess {
    private KvmAccess() {}

    static String advice(int errno) {
        return switch (errno) {
            case Errno.ENOENT -> "this host has no KVM: use --accel=soft, or load kvm_intel or kvm_amd";
            case Errno.EACCES, Errno.EPERM -> permission(Path.of(KvmHypervisor.DEVICE));
            case Errno.ENODEV, Errno.ENXIO -> "the kernel has KVM, but the processor's virtualisation is off: enable it in the firmware,"
                    + " or use --accel=soft";
            default -> "use --accel=soft";
        };
    }

    static String permission(Path device) {
        try {
            String group = ((java.nio.file.attribute.GroupPrincipal) Files.getAttribute(device, "posix:group", LinkOption.NOFOLLOW_LINKS))
                    .getName();
            return "this user may not open it: add the user to the group " + group + " and log in again, or use --accel=soft";
        } catch (IOException | UnsupportedOperationException e) {
            return "this user may not open it: use --accel=soft";
        }
    }
}
