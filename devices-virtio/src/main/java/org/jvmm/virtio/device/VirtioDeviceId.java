package org.jvmm.virtio.device;

/** Device types (virtio 1.3 §5). */
public final class VirtioDeviceId {
    /** Network card (§5.1). */
    public static final int NET = 1;
    /** Block device (§5.2). */
    public static final int BLOCK = 2;
    /** Console (§5.3). */
    public static final int CONSOLE = 3;
    /** Entropy source (§5.4). */
    public static final int RNG = 4;
    /** Memory balloon (§5.5). */
    public static final int BALLOON = 5;
    /** Socket device (§5.10). */
    public static final int VSOCK = 19;
    /** File system (§5.11). */
    public static final int FS = 26;
    /** Persistent memory (§5.19). */
    public static final int PMEM = 27;

    private VirtioDeviceId() {}
}
