package org.jvmm.core.bus;

/**
 * A device behind a window of a {@link Bus}. It is told offsets inside its window only. Called on a vCPU thread; several vCPUs may call at once.
 */
public interface BusDevice {
    /**
     * @param offset offset in the window
     * @param size 1, 2, 4 or 8 bytes; the whole access lies inside the window
     * @return the value, zero-extended
     */
    long read(long offset, int size);

    /**
     * @param offset offset in the window
     * @param size 1, 2, 4 or 8 bytes; the whole access lies inside the window
     * @param value the value; bits above {@code size} bytes are zero
     */
    void write(long offset, int size, long value);
}
