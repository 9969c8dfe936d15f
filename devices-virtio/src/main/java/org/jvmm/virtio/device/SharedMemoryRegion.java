package org.jvmm.virtio.device;

/**
 * A window of guest-physical memory that device and driver share (virtio 1.3 §2.10).
 *
 * @param base first guest-physical address
 * @param length bytes, greater than 0
 */
public record SharedMemoryRegion(long base, long length) {}
