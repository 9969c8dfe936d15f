package org.jvmm.vmm;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.virtio.fs.CacheMode;
import org.jvmm.virtio.fs.DaxWindow;
import org.jvmm.virtio.fs.FsDevice;
import org.jvmm.virtio.fs.FsOptions;
import org.jvmm.virtio.fs.IdMap;
import org.jvmm.vmm.agent.GuestFiles;

/** Root and volumes of a machine: a device for each, and what the agent is told to mount. */
final class SharedFiles {
    private static final String ROOT = "rootfs";
    private static final String VOLUME = "volume";
    private static final int MAX_QUEUES = 8;
    private static final int NR_GETGID = 104;

    private final MachineConfig config;
    private final DeviceHost host;
    private final List<GuestFiles.Storage> storages = new ArrayList<>();
    private final List<GuestFiles.Bind> binds = new ArrayList<>();

    private SharedFiles(MachineConfig config, DeviceHost host) {
        this.config = config;
        this.host = host;
    }

    /**
     * Adds the devices to a machine.
     *
     * @param nodes device nodes that containers see
     * @return what the agent mounts and containers see
     * @throws MachineException when a directory or image cannot be opened
     */
    static GuestFiles build(MachineConfig config, DeviceHost host, List<GuestFiles.Device> nodes) {
        SharedFiles files = new SharedFiles(config, host);
        String root = config.rootfs() == null ? null : files.root(config.rootfs());
        int number = 0;
        for (VolumeConfig volume : config.volumes()) {
            files.directory(VOLUME + number, "Volume", volume.host(), volume.readOnly(), volume.cache(),
                    volume.dax() > 0 ? host.nextWindow() : null);
            files.binds.add(new GuestFiles.Bind(GuestFiles.SHARED + VOLUME + number, volume.guest(), volume.readOnly(), false));
            number++;
        }
        boolean readOnly = root != null && config.rootfs().mode() == RootfsConfig.Mode.READ_ONLY;
        return new GuestFiles(List.copyOf(files.storages), root, readOnly, List.copyOf(files.binds), List.copyOf(nodes));
    }

    private String root(RootfsConfig root) {
        String place = GuestFiles.SHARED + ROOT;
        RootfsConfig.Mode mode = root.mode();
        if (Files.isRegularFile(root.path())) {
            RootImage image = RootImage.of(root.path());
            String disk = image.attach(host);
            storages.add(new GuestFiles.Storage("mmioblk", disk, image.type(), List.of("ro"), place));
            // An image may be in use elsewhere and is often compressed: it is not written to.
            mode = mode == RootfsConfig.Mode.DIRECT ? RootfsConfig.Mode.OVERLAY : mode;
        } else {
            directory(ROOT, "Root file system", root.path(), mode != RootfsConfig.Mode.DIRECT, CacheMode.AUTO, null);
        }
        if (mode != RootfsConfig.Mode.OVERLAY) {
            return place;
        }
        String merged = GuestFiles.SHARED + "overlay";
        storages.add(
                new GuestFiles.Storage("overlayfs", "overlay", "overlay", List.of("lowerdir=" + place, GuestFiles.OVERLAY_RW), merged));
        return merged;
    }

    private void directory(String tag, String what, Path directory, boolean readOnly, CacheMode cache, DaxWindow window) {
        if (!Files.exists(directory)) {
            throw new MachineException(what + " " + directory + " does not exist");
        }
        if (!Files.isDirectory(directory)) {
            throw new MachineException(what + " " + directory + " is not a directory");
        }
        FsOptions options = FsOptions.of(directory.toAbsolutePath()).withReadOnly(readOnly).withCache(cache);
        LinuxSyscalls sys = host.syscalls().get();
        int user = sys.getuid();
        if (user != 0) {
            // Who cannot make files for others is the guest's root.
            options = options.withIds(IdMap.root(user), IdMap.root((int) sys.invoke(NR_GETGID, 0, 0, 0, 0, 0, 0)));
        }
        try {
            FsDevice device = new FsDevice(tag, options, Math.min(config.cpus(), MAX_QUEUES), host.syscalls(), host::deviceBroken,
                    window);
            host.onClose(device::close);
            host.attach(device);
        } catch (SyscallException e) {
            throw new MachineException(what + " " + directory + " cannot be opened: " + Errno.name(e.errno()), e);
        }
        storages.add(new GuestFiles.Storage("virtio-fs", tag, "virtiofs", readOnly ? List.of("ro") : List.of(), GuestFiles.SHARED + tag));
    }
}
