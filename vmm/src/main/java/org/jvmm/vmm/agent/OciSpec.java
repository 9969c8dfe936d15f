package org.jvmm.vmm.agent;

import java.util.List;
import org.jvmm.vmm.agent.wire.ProtoWriter;

/** The OCI runtime specification of a command as the agent's message {@code Spec} (guest-agent/proto/oci.proto). */
final class OciSpec {
    private static final String VERSION = "1.2.0";

    /** All capabilities of Linux 5.9 and later (include/uapi/linux/capability.h). */
    private static final List<String> ALL_CAPABILITIES = List.of("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER",
            "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
            "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
            "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
            "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
            "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON",
            "CAP_BPF", "CAP_CHECKPOINT_RESTORE");

    private OciSpec() {}

    /**
     * Message {@code Spec}. No root means the guest's own busybox tree, no mounts and no namespaces mean the agent's defaults. The VM is the
     * boundary, so root has all capabilities.
     */
    static ProtoWriter spec(CommandSpec command, GuestFiles files) {
        ProtoWriter spec = new ProtoWriter(2048).string(1, VERSION).message(2, process(command));
        files.writeSpec(spec);
        return spec.string(4, command.hostname());
    }

    /** Message {@code Process}. */
    static ProtoWriter process(CommandSpec command) {
        ProtoWriter process = new ProtoWriter(2048).bool(1, command.terminal());
        if (command.terminal() && command.rows() > 0 && command.columns() > 0) {
            process.message(2, new ProtoWriter().number(1, command.rows()).number(2, command.columns()));
        }
        return process.message(3, new ProtoWriter()).strings(4, command.args()).strings(5, command.environment()).string(6, command.cwd())
                .message(7, capabilities(isRoot(command)));
    }

    /** Message {@code StringUser}: names are looked up in the container. */
    static ProtoWriter user(CommandSpec command) {
        return new ProtoWriter().string(1, command.userName()).string(2, command.groupName());
    }

    private static boolean isRoot(CommandSpec command) {
        String name = command.userName();
        return name == null || name.equals("root") || name.equals("0");
    }

    /** Message {@code LinuxCapabilities}. Another user than root holds none, but may gain them by set-user-id programs. */
    private static ProtoWriter capabilities(boolean root) {
        ProtoWriter message = new ProtoWriter(2048).strings(1, ALL_CAPABILITIES);
        if (root) {
            message.strings(2, ALL_CAPABILITIES).strings(4, ALL_CAPABILITIES);
        }
        return message;
    }
}
