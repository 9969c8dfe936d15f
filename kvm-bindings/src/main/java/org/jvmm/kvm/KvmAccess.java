package org.jvmm.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
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

    /** Names the group that may, or says that none may. */
    static String permission(Path device) {
        try {
            PosixFileAttributes attributes = Files.readAttributes(device, PosixFileAttributes.class);
            Set<PosixFilePermission> permissions = attributes.permissions();
            String group = attributes.group().getName();
            if (permissions.contains(PosixFilePermission.GROUP_READ) && permissions.contains(PosixFilePermission.GROUP_WRITE)) {
                return "this user may not open it: add the user to the group " + group + " and log in again, or use --accel=soft";
            }
            return "only " + attributes.owner().getName() + " may open it (" + PosixFilePermissions.toString(permissions)
                    + "): give its group " + group + " the right to read and write, or use --accel=soft";
        } catch (IOException | UnsupportedOperationException e) {
            return "this user may not open it: use --accel=soft";
        }
    }
}
