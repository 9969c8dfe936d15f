package org.jvmm.vmm;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.virtio.blk.AsyncIo;
import org.jvmm.virtio.blk.BlockBackend;
import org.jvmm.virtio.blk.BlockDevice;
import org.jvmm.virtio.blk.BlockException;
import org.jvmm.virtio.blk.BlockIo;
import org.jvmm.virtio.blk.CacheMode;
import org.jvmm.virtio.blk.OverlayFile;
import org.jvmm.virtio.blk.Qcow2File;
import org.jvmm.virtio.blk.RawFile;

/**
 * A disk: the guest sees them in order as /dev/vda, /dev/vdb and so on.
 *
 * @param file image (raw or qcow2) or block device
 * @param readOnly whether the guest may not write
 * @param overlay where writes go instead of into {@code file}: {@link #TEMPORARY}, a file, or null for none
 * @param cache what the guest's flush means
 * @param rate limits bytes and requests
 * @param async how requests are carried out beside each other
 */
public record DiskSpec(Path file, boolean readOnly, Path overlay, CacheMode cache, RateSpec rate, AsyncIo async) implements DeviceSpec {
    /** Writes are kept until the machine ends, in a file without a name in {@code $TMPDIR} or /var/tmp. */
    public static final Path TEMPORARY = Path.of("tmp");

    private static final String OVERLAY = "overlay=";
    private static final String CACHE = "cache=";
    private static final String BANDWIDTH = "bandwidth=";
    private static final String OPS = "ops=";
    private static final String AIO = "aio=";

    public DiskSpec {
        if (readOnly && overlay != null) {
            throw new MachineException("Disk " + file + " cannot be both read-only and have an overlay to write to");
        }
    }

    /** A disk without limits. */
    public DiskSpec(Path file, boolean readOnly, Path overlay, CacheMode cache) {
        this(file, readOnly, overlay, cache, RateSpec.NONE, AsyncIo.AUTO);
    }

    /**
     * Reads {@code FILE[,ro][,overlay=tmp|FILE][,cache=unsafe|writeback][,bandwidth=SIZE][,ops=N][,aio=auto|io_uring|threads]}.
     *
     * @throws MachineException when it is something else
     */
    public static DiskSpec parse(String text) {
        String[] parts = text.split(",", -1);
        boolean readOnly = false;
        Path overlay = null;
        CacheMode cache = CacheMode.WRITEBACK;
        RateSpec rate = RateSpec.NONE;
        AsyncIo async = AsyncIo.AUTO;
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i];
            if (part.equals("ro")) {
                readOnly = true;
            } else if (part.startsWith(OVERLAY) && part.length() > OVERLAY.length()) {
                overlay = Path.of(part.substring(OVERLAY.length()));
            } else if (part.equals(CACHE + "unsafe")) {
                cache = CacheMode.UNSAFE;
            } else if (part.equals(CACHE + "writeback")) {
                cache = CacheMode.WRITEBACK;
            } else if (part.startsWith(BANDWIDTH)) {
                rate = rate.withBandwidth(part.substring(BANDWIDTH.length()));
            } else if (part.startsWith(OPS)) {
                rate = rate.withOperations(part.substring(OPS.length()));
            } else if (part.startsWith(AIO)) {
                async = async(part);
            } else {
                throw new MachineException("Disk option '" + part
                        + "' is unknown: ro, overlay=tmp, overlay=FILE, cache=unsafe, cache=writeback, bandwidth=SIZE, ops=N and aio=auto|io_uring|threads are possible");
            }
        }
        if (parts[0].isEmpty()) {
            throw new MachineException("Disk without a file: FILE[,ro][,overlay=tmp|FILE] is meant");
        }
        return new DiskSpec(Path.of(parts[0]), readOnly, overlay, cache, rate, async);
    }

    private static AsyncIo async(String part) {
        return switch (part.substring(AIO.length())) {
            case "auto" -> AsyncIo.AUTO;
            case "io_uring" -> AsyncIo.IO_URING;
            case "threads" -> AsyncIo.THREADS;
            default ->
                throw new MachineException("Disk option '" + part + "' is unknown: aio=auto, aio=io_uring and aio=threads are possible");
        };
    }

    @Override
    public void build(DeviceHost host) {
        BlockIo io = new BlockIo(host.syscalls().get());
        try {
            BlockBackend backend = open(io);
            BlockDevice device = device(io, backend, host);
            device.limit(rate.limiter(host.timers(), host.loop(), device::retry));
            host.onClose(() -> {
                device.reset();
                device.close();
            });
            host.showInContainers(host.attachDisk(device), true);
        } catch (BlockException e) {
            throw new MachineException(e.getMessage(), e);
        }
    }

    private BlockDevice device(BlockIo io, BlockBackend backend, DeviceHost host) {
        try {
            return BlockDevice.of(backend, cache, file.getFileName().toString(), Math.min(host.cpus(), BlockDevice.MAX_QUEUES), async,
                    host.syscalls(), host::deviceBroken);
        } catch (BlockException e) {
            backend.close(io);
            throw e;
        }
    }

    private BlockBackend open(BlockIo io) {
        boolean qcow2 = Qcow2File.isQcow2(io, file);
        if (qcow2 && !readOnly && overlay == null) {
            throw new BlockException(
                    "Disk " + file + " is a qcow2 image, which is only read here: add ,ro or ,overlay=tmp or ,overlay=FILE");
        }
        boolean baseReadOnly = readOnly || overlay != null;
        BlockBackend base = qcow2 ? Qcow2File.open(io, file) : RawFile.open(io.syscalls(), file, baseReadOnly, cache);
        if (overlay == null) {
            return base;
        }
        try {
            return overlay.equals(TEMPORARY)
                    ? OverlayFile.temporary(io.syscalls(), base, temporaryDirectory())
                    : OverlayFile.open(io, base, overlay, cache);
        } catch (BlockException e) {
            base.close(io);
            throw e;
        }
    }

    /** A place that is on a disk, if there is one: /tmp often is memory. */
    private static Path temporaryDirectory() {
        String wanted = System.getenv("TMPDIR");
        if (wanted != null && !wanted.isEmpty()) {
            return Path.of(wanted);
        }
        Path disk = Path.of("/var/tmp");
        return Files.isWritable(disk) ? disk : Path.of(System.getProperty("java.io.tmpdir"));
    }
}
