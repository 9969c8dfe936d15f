package org.jvmm.vmm;

import org.jvmm.core.bus.Bus;
import org.jvmm.core.cpu.VmOps;

/** The two address spaces of a machine's devices, as its vCPUs see them. */
final class MachineBuses implements VmOps {
    private final Bus pio = new Bus("pio");
    private final Bus mmio = new Bus("mmio");

    MachineBuses() {}

    /** The port space. */
    Bus pio() {
        return pio;
    }

    /** The memory-mapped space. */
    Bus mmio() {
        return mmio;
    }

    @Override
    public long mmioRead(long gpa, int size) {
        return mmio.read(gpa, size);
    }

    @Override
    public void mmioWrite(long gpa, int size, long value) {
        mmio.write(gpa, size, value);
    }

    @Override
    public long pioRead(int port, int size) {
        return pio.read(port, size);
    }

    @Override
    public void pioWrite(int port, int size, long value) {
        pio.write(port, size, value);
    }
}
