package org.jvmm.virtio.net;

/** Feature bits of network cards (virtio 1.3 §5.1.3). */
public final class NetFeatures {
    /** The device completes checksums. */
    public static final long CSUM = 1L << 0;
    /** The driver takes packets whose checksum is not complete. */
    public static final long GUEST_CSUM = 1L << 1;
    /** The configuration holds the MTU. */
    public static final long MTU = 1L << 3;
    /** The configuration holds the MAC address. */
    public static final long MAC = 1L << 5;
    /** The driver takes large TCP packets over IPv4. */
    public static final long GUEST_TSO4 = 1L << 7;
    /** The driver takes large TCP packets over IPv6. */
    public static final long GUEST_TSO6 = 1L << 8;
    /** The device cuts large TCP packets over IPv4. */
    public static final long HOST_TSO4 = 1L << 11;
    /** The device cuts large TCP packets over IPv6. */
    public static final long HOST_TSO6 = 1L << 12;
    /** The driver takes a packet in several buffers. */
    public static final long MRG_RXBUF = 1L << 15;
    /** The configuration holds the link's status. */
    public static final long STATUS = 1L << 16;
    /** There is a control queue. */
    public static final long CTRL_VQ = 1L << 17;
    /** There are several pairs of queues. */
    public static final long MQ = 1L << 22;

    /** All that a backend has a word in. */
    public static final long OFFLOADS = CSUM | GUEST_CSUM | GUEST_TSO4 | GUEST_TSO6 | HOST_TSO4 | HOST_TSO6;

    private NetFeatures() {}
}
