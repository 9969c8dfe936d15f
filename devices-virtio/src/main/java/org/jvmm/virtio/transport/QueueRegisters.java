package org.jvmm.virtio.transport;

/** What the driver wrote to the registers of one queue (virtio 1.3 §4.2.3.2). Guarded by the transport. */
final class QueueRegisters {
    final int maxSize;
    int size;
    boolean ready;
    long descriptors;
    long driver;
    long device;

    QueueRegisters(int maxSize) {
        this.maxSize = maxSize;
        reset();
    }

    void reset() {
        size = maxSize;
        ready = false;
        descriptors = 0;
        driver = 0;
        device = 0;
    }

    void restore(QueueState saved) {
        size = saved.size();
        ready = saved.ready();
        descriptors = saved.descriptors();
        driver = saved.driver();
        device = saved.device();
    }

    static long withLow(long address, long value) {
        return address & 0xFFFF_FFFF_0000_0000L | value & 0xFFFF_FFFFL;
    }

    static long withHigh(long address, long value) {
        return address & 0xFFFF_FFFFL | value << 32;
    }
}
