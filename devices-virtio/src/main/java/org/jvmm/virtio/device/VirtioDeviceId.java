package org.jvmm.virtio.device;

/** Device ids (virtio 1.3 §5). */
public final class VirtioDeviceId {
    /** Network card. */
    public static final int NET = 1;
    /** Block device. */
    public static final int BLOCK = 2;
    /** Entropy source. */
    public static final int ENTROPY = 4;
    /** Socket device. */
    public static final int VSOCK = 19;

    private VirtioDeviceId() {}
}
