package org.jvmm.virtio.device;

/**
 * A device's configuration space as bytes (virtio 1.3 §2.5): little-endian, accessed at any width, with its generation. Thread-safe: the device
 * changes it on its loop while vCPUs read it.
 */
public final class ConfigSpace {
    private final byte[] bytes;
    private final boolean[] writable;
    private int generation;

    /** @param size length in bytes, all 0 and read-only at first */
    public ConfigSpace(int size) {
        this.bytes = new byte[size];
        this.writable = new boolean[size];
    }

    /** Lets the driver write {@code length} bytes at {@code offset}. Before the device is used. */
    public ConfigSpace writable(int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            writable[i] = true;
        }
        return this;
    }

    /** Length in bytes. */
    public int size() {
        return bytes.length;
    }

    /** Reads {@code size} bytes, 1 to 8, zero-extended; bytes outside the space are 0. */
    public synchronized long get(int offset, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            long at = (long) offset + i;
            value = value << 8 | (at >= 0 && at < bytes.length ? bytes[(int) at] & 0xFF : 0);
        }
        return value;
    }

    /** Sets {@code size} bytes, 1 to 8, all inside the space: the device's change, so the generation changes too (§2.5.3). */
    public synchronized void set(int offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            bytes[offset + i] = (byte) (value >>> 8 * i);
        }
        generation++;
    }

    /** Sets bytes; the generation changes. */
    public synchronized void set(int offset, byte[] value) {
        System.arraycopy(value, 0, bytes, offset, value.length);
        generation++;
    }

    /**
     * The driver writes. Read-only bytes and bytes outside the space keep their values (§2.5.2).
     *
     * @return whether anything was written
     */
    public synchronized boolean write(int offset, int size, long value) {
        boolean any = false;
        for (int i = 0; i < size; i++) {
            long at = (long) offset + i;
            if (at >= 0 && at < bytes.length && writable[(int) at]) {
                bytes[(int) at] = (byte) (value >>> 8 * i);
                any = true;
            }
        }
        return any;
    }

    /** Changes whenever the device changes a byte, so that a driver can tell a torn read (§2.5.3). */
    public synchronized int generation() {
        return generation;
    }

    /** A copy of all bytes, for a saved state. */
    public synchronized byte[] copy() {
        return bytes.clone();
    }

    /**
     * Puts a saved state back.
     *
     * @throws IllegalArgumentException when it is of another size
     */
    public synchronized void restore(byte[] saved, int savedGeneration) {
        if (saved.length != bytes.length) {
            throw new IllegalArgumentException("Configuration of " + saved.length + " bytes where " + bytes.length + " are expected");
        }
        System.arraycopy(saved, 0, bytes, 0, bytes.length);
        generation = savedGeneration;
    }
}
