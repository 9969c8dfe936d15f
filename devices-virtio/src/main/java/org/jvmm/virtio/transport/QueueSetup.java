package org.jvmm.virtio.transport;

/** What the driver has written of one queue before it is ready. */
final class QueueSetup {
    int size;
    boolean ready;
    long descriptors;
    long driver;
    long device;

    static long low(long old, int value) {
        return old & 0xFFFF_FFFF_0000_0000L | value & 0xFFFF_FFFFL;
    }

    static long high(long old, int value) {
        return old & 0xFFFF_FFFFL | (long) value << 32;
    }
}
