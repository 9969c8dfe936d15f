package org.jvmm.vmm;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.jvmm.virtio.blk.BlockDevice;
import org.jvmm.virtio.blk.BlockException;
import org.jvmm.virtio.blk.CacheMode;
import org.jvmm.virtio.blk.RawFile;

/**
 * A file with a file system in it, as a read-only disk.
 *
 * @param path the file
 * @param type how mount(2) calls its file system
 */
record RootImage(Path path, String type) {
    private static final int BLOCK = 1024;
    /** s_magic of struct ext4_super_block (fs/ext4/ext4.h), in the second KiB. */
    private static final int EXT_MAGIC_AT = BLOCK + 56;

    /**
     * Looks into a file.
     *
     * @throws MachineException when it cannot be read or holds none of ext4, squashfs and erofs
     */
    static RootImage of(Path path) {
        byte[] head = new byte[2 * BLOCK];
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            if (file.length() < head.length) {
                throw unknown(path);
            }
            file.readFully(head);
        } catch (IOException e) {
            throw new MachineException("Root file system " + path + " cannot be read: " + e.getMessage(), e);
        }
        if (matches(head, 0, 'h', 's', 'q', 's')) {
            return new RootImage(path, "squashfs");
        }
        // EROFS_SUPER_MAGIC_V1, 0xE0F5E1E2, at 1024 (linux/magic.h, fs/erofs/erofs_fs.h).
        if (matches(head, BLOCK, 0xE2, 0xE1, 0xF5, 0xE0)) {
            return new RootImage(path, "erofs");
        }
        if (matches(head, EXT_MAGIC_AT, 0x53, 0xEF)) {
            return new RootImage(path, "ext4");
        }
        throw unknown(path);
    }

    private static MachineException unknown(Path path) {
        return new MachineException("Root file system " + path + " is neither a directory nor an image of ext4, squashfs or erofs");
    }

    private static boolean matches(byte[] head, int at, int... magic) {
        for (int i = 0; i < magic.length; i++) {
            if ((head[at + i] & 0xFF) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /** Adds the disk to a machine, and gives the guest's name for it. */
    String attach(DeviceHost host) {
        try {
            BlockDevice device = new BlockDevice(RawFile.open(host.syscalls().get(), path, true, CacheMode.UNSAFE), CacheMode.UNSAFE,
                    "rootfs", 1,
                    BlockDevice.DEFAULT_WORKERS, host.syscalls(), host::deviceBroken);
            host.onClose(device::close);
            return host.attachDisk(device);
        } catch (BlockException e) {
            throw new MachineException(e.getMessage(), e);
        }
    }
}
