package org.jvmm.vmm;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.boot.MmioDevice;
import org.jvmm.core.memory.GuestLayout;

/** Hands out windows and interrupts to virtio-mmio devices, ascending from {@link GuestLayout#VIRTIO_MMIO} and its first device GSI. */
public final class MmioAllocator {
    private final List<MmioDevice> devices = new ArrayList<>();

    /** Nothing is handed out. */
    public MmioAllocator() {}

    /**
     * The next window with an interrupt of its own.
     *
     * @throws MachineException when all interrupts are taken
     */
    public MmioDevice allocate() {
        int gsi = GuestLayout.FIRST_DEVICE_GSI + devices.size();
        if (gsi > GuestLayout.LAST_DEVICE_GSI) {
            throw new MachineException("Machine has more than " + (GuestLayout.LAST_DEVICE_GSI - GuestLayout.FIRST_DEVICE_GSI + 1)
                    + " devices: there are no more interrupts");
        }
        long base = GuestLayout.VIRTIO_MMIO + (long) devices.size() * GuestLayout.VIRTIO_MMIO_SIZE;
        MmioDevice device = new MmioDevice(base, GuestLayout.VIRTIO_MMIO_SIZE, gsi);
        devices.add(device);
        return device;
    }

    /** What was handed out, in order. */
    public List<MmioDevice> devices() {
        return List.copyOf(devices);
    }
}
