package org.jvmm.boot;

/**
 * A virtio-mmio device to be announced on the command line.
 *
 * @param base first guest-physical address of its window
 * @param size size of the window, a multiple of 1 KiB
 * @param gsi its interrupt
 */
public record MmioDevice(long base, long size, int gsi) {
    public MmioDevice {
        if (size <= 0 || size % 1024 != 0) {
            throw new IllegalArgumentException("Window size of a device: " + size);
        }
    }
}
