package org.jvmm.device.serial;

/** Where a serial port's output goes. Called on a vCPU thread, so it must return soon. */
@FunctionalInterface
public interface ByteSink {
    /** @param b the byte, 0 to 255 */
    void write(int b);
}
