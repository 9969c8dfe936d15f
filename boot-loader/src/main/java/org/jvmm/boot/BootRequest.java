package org.jvmm.boot;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jvmm.core.memory.GuestLayout;

/**
 * What to boot.
 *
 * @param kernel ELF image or bzImage
 * @param initrd initial ramdisk, or null
 * @param cmdline command line; the devices are added to it
 * @param cpus number of virtual CPUs, 1 to {@link GuestLayout#MAX_CPUS}
 * @param protocol how to enter the kernel
 * @param devices virtio-mmio devices in the order in which the guest shall find them
 */
public record BootRequest(Path kernel, Path initrd, String cmdline, int cpus, BootProtocol protocol, List<MmioDevice> devices) {
    public BootRequest {
        Objects.requireNonNull(kernel);
        Objects.requireNonNull(cmdline);
        Objects.requireNonNull(protocol);
        if (cpus < 1 || cpus > GuestLayout.MAX_CPUS) {
            throw new IllegalArgumentException("Number of CPUs: " + cpus);
        }
        devices = List.copyOf(devices);
    }
}
