package org.jvmm.core.bus;

import java.util.Arrays;
import org.jvmm.core.metrics.Counter;

/**
 * An address space of devices: the port space or the memory-mapped space.
 *
 * <p>Reads that hit no device answer all ones and writes that hit none vanish, as on a PC; both are counted. Devices are inserted while the
 * machine is built; look-ups from vCPU threads take no lock (the table is replaced whole).
 */
public final class Bus {
    private record Window(long base, long end, BusDevice device) {}

    private final String name;
    private final Counter missedReads;
    private final Counter missedWrites;
    private volatile Window[] windows = {};

    /** @param name used in error texts, for example {@code pio} or {@code mmio} */
    public Bus(String name) {
        this.name = name;
        this.missedReads = new Counter(name + ".missed_read_count");
        this.missedWrites = new Counter(name + ".missed_write_count");
    }

    /**
     * Adds a device.
     *
     * @param base first address of the window
     * @param size bytes, greater than 0
     * @throws BusOverlapException when the window is empty or meets another
     */
    public synchronized void insert(long base, long size, BusDevice device) {
        if (size <= 0 || base < 0 || base + size < 0) {
            throw new BusOverlapException("Window 0x" + Long.toHexString(base) + "+" + size + " on the " + name + " bus is empty or wraps");
        }
        Window added = new Window(base, base + size, device);
        for (Window window : windows) {
            if (added.base < window.end && window.base < added.end) {
                throw new BusOverlapException("Window 0x" + Long.toHexString(base) + "+" + size + " on the " + name + " bus overlaps 0x"
                        + Long.toHexString(window.base) + "+" + (window.end - window.base));
            }
        }
        Window[] next = Arrays.copyOf(windows, windows.length + 1);
        next[windows.length] = added;
        Arrays.sort(next, (a, b) -> Long.compare(a.base, b.base));
        windows = next;
    }

    /** Reads {@code size} bytes (1, 2, 4 or 8), zero-extended; all ones where no device answers. */
    public long read(long address, int size) {
        Window window = find(address, size);
        if (window == null) {
            missedReads.increment();
            return size == 8 ? -1L : (1L << (size * 8)) - 1;
        }
        return window.device.read(address - window.base, size);
    }

    /** Writes {@code size} bytes (1, 2, 4 or 8); lost where no device answers. */
    public void write(long address, int size, long value) {
        Window window = find(address, size);
        if (window == null) {
            missedWrites.increment();
            return;
        }
        window.device.write(address - window.base, size, value);
    }

    /** Reads that hit no device. */
    public Counter missedReads() {
        return missedReads;
    }

    /** Writes that hit no device. */
    public Counter missedWrites() {
        return missedWrites;
    }

    private Window find(long address, int size) {
        Window[] table = windows;
        int low = 0;
        int high = table.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Window window = table[middle];
            if (address < window.base) {
                high = middle - 1;
            } else if (address >= window.end) {
                low = middle + 1;
            } else {
                return address + size <= window.end ? window : null;
            }
        }
        return null;
    }
}
