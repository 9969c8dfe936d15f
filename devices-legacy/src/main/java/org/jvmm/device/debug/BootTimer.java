package org.jvmm.device.debug;

import org.jvmm.core.bus.BusDevice;

/** The boot timer: a guest that writes the byte 123 to its first address says "booted". */
public final class BootTimer implements BusDevice {
    private static final int MAGIC = 123;

    private final Runnable onBoot;

    /** @param onBoot told on the vCPU's thread */
    public BootTimer(Runnable onBoot) {
        this.onBoot = onBoot;
    }

    @Override
    public long read(long offset, int size) {
        return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 0 && size == 1 && value == MAGIC) {
            onBoot.run();
        }
    }
}
