package org.jvmm.vmm;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.fs.CacheMode;
import org.jvmm.virtio.fs.FsDevice;
import org.jvmm.virtio.fs.FsOptions;
import org.jvmm.virtio.fs.IdMap;
import org.jvmm.vmm.agent.GuestFiles;

/** The host's directories in the guest: a virtio-fs device for each, and what the agent is told to mount. */
final class SharedFiles {
    private static final String ROOT_TAG = "rootfs";
    private static final String VOLUME_TAG = "volume";
    private static final String DRIVER = "virtio-fs";
    private static final String TYPE = "virtiofs";
    private static final int MAX_QUEUES = 8;
    private static final int NR_GETGID = 104;

    private SharedFiles() {}

    /**
     * Makes the devices.
     *
     * @throws MachineException when a directory cannot be opened; what was opened before is closed
     */
    static List<FsDevice> devices(MachineConfig config, Consumer<Throwable> onFailure) {
        List<FsDevice> devices = new ArrayList<>();
        try {
            if (config.rootfs() != null) {
                RootfsConfig root = config.rootfs();
                devices.add(open(ROOT_TAG, "Root file system", root.path(), root.mode() != RootfsConfig.Mode.DIRECT, CacheMode.AUTO, config.cpus(),
                        onFailure));
            }
            for (VolumeConfig volume : config.volumes()) {
                devices.add(open(VOLUME_TAG + devices.size(), "Volume", volume.host(), volume.readOnly(), volume.cache(), config.cpus(),
                        onFailure));
            }
        } catch (RuntimeException e) {
            for (FsDevice device : devices) {
                device.close();
            }
            throw e;
        }
        return devices;
    }

    private static FsDevice open(String tag, String what, Path directory, boolean readOnly, CacheMode cache, int cpus,
            Consumer<Throwable> onFailure) {
        if (!Files.exists(directory)) {
            throw new MachineException(what + " " + directory + " does not exist");
        }
        if (!Files.isDirectory(directory)) {
            throw new MachineException(what + " " + directory + " is not a directory");
        }
        FsOptions options = FsOptions.of(directory.toAbsolutePath()).withReadOnly(readOnly).withCache(cache);
        LinuxSyscalls sys = NativeBinding.newSyscalls();
        int user = sys.getuid();
        if (user != 0) {
            // Who cannot make files for others is the guest's root.
            options = options.withIds(IdMap.root(user), IdMap.root((int) sys.invoke(NR_GETGID, 0, 0, 0, 0, 0, 0)));
        }
        try {
            return new FsDevice(tag, options, Math.min(cpus, MAX_QUEUES), NativeBinding::newSyscalls, onFailure);
        } catch (SyscallException e) {
            throw new MachineException(what + " " + directory + " cannot be opened: " + Errno.name(e.errno()), e);
        }
    }

    /** What the agent mounts and containers see. */
    static GuestFiles guestFiles(MachineConfig config) {
        if (config.rootfs() == null && config.volumes().isEmpty()) {
            return GuestFiles.NONE;
        }
        List<GuestFiles.Storage> storages = new ArrayList<>();
        List<GuestFiles.Bind> binds = new ArrayList<>();
        String root = null;
        boolean readOnlyRoot = false;
        if (config.rootfs() != null) {
            RootfsConfig.Mode mode = config.rootfs().mode();
            root = mount(storages, ROOT_TAG, mode != RootfsConfig.Mode.DIRECT);
            readOnlyRoot = mode == RootfsConfig.Mode.READ_ONLY;
            if (mode == RootfsConfig.Mode.OVERLAY) {
                String merged = GuestFiles.SHARED + "overlay";
                storages.add(new GuestFiles.Storage("overlayfs", "overlay", "overlay", List.of("lowerdir=" + root, GuestFiles.OVERLAY_RW), merged));
                root = merged;
            }
        }
        int number = storages.isEmpty() ? 0 : 1;
        for (VolumeConfig volume : config.volumes()) {
            String place = mount(storages, VOLUME_TAG + number++, volume.readOnly());
            binds.add(new GuestFiles.Bind(place, volume.guest(), volume.readOnly()));
        }
        return new GuestFiles(List.copyOf(storages), root, readOnlyRoot, List.copyOf(binds));
    }

    private static String mount(List<GuestFiles.Storage> storages, String tag, boolean readOnly) {
        String place = GuestFiles.SHARED + tag;
        storages.add(new GuestFiles.Storage(DRIVER, tag, TYPE, readOnly ? List.of("ro") : List.of(), place));
        return place;
    }
}
