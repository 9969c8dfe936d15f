package org.jvmm.core.cpu;

/**
 * Where a vCPU's device accesses go. Values travel as {@code long} and size, so nothing is allocated. Called on vCPU threads.
 */
public interface VmOps {
    /** Reads a device register; {@code size} is 1, 2, 4 or 8; the result is zero-extended. */
    long mmioRead(long gpa, int size);

    /** Writes a device register; {@code size} is 1, 2, 4 or 8. */
    void mmioWrite(long gpa, int size, long value);

    /** Reads a port; {@code size} is 1, 2 or 4; the result is zero-extended. */
    long pioRead(int port, int size);

    /** Writes a port; {@code size} is 1, 2 or 4. */
    void pioWrite(int port, int size, long value);
}
