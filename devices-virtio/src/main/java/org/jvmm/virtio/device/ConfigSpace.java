package org.jvmm.virtio.device;

/** A device configuration space as bytes (virtio 1.3 §2.5): little-endian, accessed at any width. Thread-safe. */
public final class ConfigSpace {
    private final byte[] bytes;

    /** @param size length in bytes; all 0 at first */
    public ConfigSpace(int size) {
        this.bytes = new byte[size];
    }

    /** Reads {@code size} bytes, 1 to 8, zero-extended; bytes outside the space are 0. */
    public synchronized long read(int offset, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            int at = offset + i;
            value = value << 8 | (at >= 0 && at < bytes.length ? bytes[at] & 0xFF : 0);
        }
        return value;
    }

    /** Sets {@code size} bytes, 1 to 8, all inside the space. */
    public synchronized void set(int offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            bytes[offset + i] = (byte) (value >>> 8 * i);
        }
    }
}
