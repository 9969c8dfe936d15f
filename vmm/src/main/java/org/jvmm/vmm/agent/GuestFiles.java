package org.jvmm.vmm.agent;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.vmm.agent.wire.ProtoWriter;

/**
 * The file systems of a sandbox: what the agent mounts once, and what every container then sees.
 *
 * @param storages file systems of the machine's devices, mounted when the sandbox is made, in order
 * @param root the containers' root in the guest, or null for the guest's own busybox tree with a writable layer
 * @param readOnlyRoot whether containers may not write to it
 * @param binds what a container sees in its root beside the usual file systems
 * @param devices device nodes of the guest that a container sees under the same path, disks with their partitions
 */
public record GuestFiles(List<Storage> storages, String root, boolean readOnlyRoot, List<Bind> binds, List<Device> devices) {
    /** The guest's own tree and nothing else. */
    public static final GuestFiles NONE = new GuestFiles(List.of(), null, false, List.of(), List.of());

    /** Where the agent lets storages be mounted, as the Kata runtime has them. */
    public static final String SHARED = "/run/kata-containers/shared/containers/";

    /** Storage option: a writable layer in memory over the lower directory (Kata's agent, overlayfs storages). */
    public static final String OVERLAY_RW = "io.katacontainers.fs-opt.overlay-rw";

    /**
     * A mount of the sandbox, message {@code Storage}.
     *
     * @param driver the agent's name for the kind, such as virtio-fs, mmioblk, overlayfs
     * @param source tag, device or other source of mount(2)
     * @param type file system type
     * @param options words of mount(8)
     * @param mountPoint a path below {@link #SHARED}
     */
    public record Storage(String driver, String source, String type, List<String> options, String mountPoint) {
        private ProtoWriter message() {
            return new ProtoWriter().string(1, driver).string(3, source).string(4, type).strings(5, options).string(6, mountPoint);
        }
    }

    /**
     * A directory or file of the guest shown in containers.
     *
     * @param source absolute path in the guest, outside containers
     * @param destination absolute path in containers
     * @param readOnly whether they may not write to it
     * @param ifPossible whether it is left out when the destination is missing and to make it would change a directory of the host's
     */
    public record Bind(String source, String destination, boolean readOnly, boolean ifPossible) {
        private List<String> options() {
            List<String> words = new ArrayList<>(List.of("rbind"));
            if (readOnly) {
                words.add("ro");
            }
            if (ifPossible) {
                words.add("nofail");
            }
            return words;
        }
    }

    /**
     * A device node of the guest.
     *
     * @param path in the guest and in containers
     * @param block whether it is a block device
     */
    public record Device(String path, boolean block) {}

    /** The same with other binds. */
    GuestFiles withBinds(List<Bind> others) {
        return new GuestFiles(storages, root, readOnlyRoot, List.copyOf(others), devices);
    }

    private static final int NODE_MODE = 0600;

    // The OCI runtime specification's default file systems (config-linux.md), with what programs expect below /dev and /run.
    private static final String[][] USUAL = {
        { "/proc", "proc", "proc", "nosuid", "noexec", "nodev" },
        { "/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k" },
        { "/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" },
        { "/dev/shm", "shm", "tmpfs", "nosuid", "noexec", "nodev", "mode=1777" },
        { "/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev" },
        { "/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev" },
        { "/sys/fs/cgroup", "cgroup", "cgroup2", "nosuid", "noexec", "nodev" },
        { "/run", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=755" },
    };

    /** Adds the storages to a CreateSandbox request. */
    void writeStorages(ProtoWriter request) {
        for (Storage storage : storages) {
            request.message(3, storage.message());
        }
    }

    /** Adds the devices to a CreateContainer request: the agent looks their numbers up. */
    void writeDevices(ProtoWriter request) {
        for (Device device : devices) {
            request.message(4, new ProtoWriter().string(3, device.path()).string(4, device.path()));
        }
    }

    /** Adds root, mounts and devices to a message {@code Spec}; without binds the agent's own list of mounts does. */
    void writeSpec(ProtoWriter spec) {
        writeMounts(spec);
        if (!devices.isEmpty()) {
            ProtoWriter linux = new ProtoWriter();
            for (Device device : devices) {
                // Message LinuxDevice; read and written by root alone, as the guest's own nodes are.
                linux.message(7, new ProtoWriter().string(1, device.path()).string(2, device.block() ? "b" : "c").number(5, NODE_MODE));
            }
            spec.message(8, linux);
        }
    }

    private void writeMounts(ProtoWriter spec) {
        if (root != null) {
            spec.message(3, new ProtoWriter().string(1, root).bool(2, readOnlyRoot));
        }
        if (binds.isEmpty()) {
            return;
        }
        for (String[] usual : USUAL) {
            mount(spec, usual[0], usual[1], usual[2], List.of(usual).subList(3, usual.length));
        }
        for (Bind bind : binds) {
            mount(spec, bind.destination(), bind.source(), "bind", bind.options());
        }
    }

    private static void mount(ProtoWriter spec, String destination, String source, String type, List<String> options) {
        spec.message(5, new ProtoWriter().string(1, destination).string(2, source).string(3, type).strings(4, options));
    }
}
