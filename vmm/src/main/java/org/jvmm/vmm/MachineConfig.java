package org.jvmm.vmm;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.boot.BootProtocol;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.cpu.CpuModel;

/**
 * What a machine is made of. Made by {@link #builder()}; never changes.
 *
 * @param kernel ELF image or bzImage
 * @param initrd initial ramdisk, or null
 * @param cmdline the kernel's command line, without the devices
 * @param protocol how the kernel is entered
 * @param memoryBytes guest RAM
 * @param cpus number of virtual CPUs, 1 to {@link GuestLayout#MAX_CPUS}
 * @param accel engine
 * @param cpuModel what the software CPU is
 * @param console gets every byte of the serial console, or null; not closed
 * @param timings gets the milestones of the start
 * @param rootfs the containers' root, or null for the guest's own
 * @param volumes directories of the host that containers see
 * @param devices further devices, in the order in which the guest finds them
 */
public record MachineConfig(Path kernel, Path initrd, String cmdline, BootProtocol protocol, long memoryBytes, int cpus, Accel accel,
        CpuModel cpuModel, OutputStream console, Timings timings, RootfsConfig rootfs, List<VolumeConfig> volumes,
        List<DeviceSpec> devices) {

    /** Guest RAM unless told otherwise: 256 MiB. */
    public static final long DEFAULT_MEMORY = 256L << 20;

    /**
     * The kernel's command line unless told otherwise. The console is COM1; {@code reboot=k} makes a restart pulse the keyboard controller's reset
     * line, which ends the machine; {@code panic=1} restarts after a panic; the random generator trusts the CPU's RDRAND, which is the host's
     * generator; the time-stamp counter has a stated frequency and is not watched.
     */
    public static final String DEFAULT_CMDLINE = "console=ttyS0 reboot=k panic=1 random.trust_cpu=on tsc=reliable no_timer_check";

    public MachineConfig {
        devices = List.copyOf(devices);
        if (kernel == null) {
            throw new MachineException("Kernel is not given");
        }
        if (cpus < 1 || cpus > GuestLayout.MAX_CPUS) {
            throw new MachineException("Number of CPUs is " + cpus + ": 1 to " + GuestLayout.MAX_CPUS + " are possible");
        }
    }

    /** A configuration to fill in. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects a configuration; everything but the kernel has a default. */
    public static final class Builder {
        private Path kernel;
        private Path initrd;
        private String cmdline = DEFAULT_CMDLINE;
        private BootProtocol protocol = BootProtocol.AUTO;
        private long memoryBytes = DEFAULT_MEMORY;
        private int cpus = 1;
        private Accel accel = Accel.AUTO;
        private CpuModel cpuModel = CpuModel.V2;
        private OutputStream console;
        private Timings timings;
        private RootfsConfig rootfs;
        private final List<VolumeConfig> volumes = new ArrayList<>();
        private final List<DeviceSpec> devices = new ArrayList<>();

        private Builder() {}

        /** ELF image or bzImage; required. */
        public Builder kernel(Path path) {
            kernel = path;
            return this;
        }

        /** Initial ramdisk; null for none, the default. */
        public Builder initrd(Path path) {
            initrd = path;
            return this;
        }

        /** Replaces {@link #DEFAULT_CMDLINE}. */
        public Builder cmdline(String line) {
            cmdline = line;
            return this;
        }

        /** Adds to the command line; null and empty add nothing. */
        public Builder appendCmdline(String more) {
            if (more != null && !more.isEmpty()) {
                cmdline = cmdline + " " + more;
            }
            return this;
        }

        /** How the kernel is entered; by default as its image says. */
        public Builder protocol(BootProtocol value) {
            protocol = value;
            return this;
        }

        /** Guest RAM in bytes. */
        public Builder memory(long bytes) {
            memoryBytes = bytes;
            return this;
        }

        /** Guest RAM as users write it, see {@link MemorySize#parse}. */
        public Builder memory(String size) {
            return memory(MemorySize.parse(size));
        }

        /** Number of virtual CPUs. */
        public Builder cpus(int count) {
            cpus = count;
            return this;
        }

        /** Engine. */
        public Builder accel(Accel value) {
            accel = value;
            return this;
        }

        /** What the software CPU is; {@link CpuModel#V2} by default. */
        public Builder cpuModel(CpuModel value) {
            cpuModel = value;
            return this;
        }

        /** Gets every byte of the serial console; null for none, the default. */
        public Builder console(OutputStream output) {
            console = output;
            return this;
        }

        /** Gets the milestones of the start. */
        public Builder timings(Timings value) {
            timings = value;
            return this;
        }

        /** The containers' root; null for the guest's own busybox tree, the default. */
        public Builder rootfs(RootfsConfig value) {
            rootfs = value;
            return this;
        }

        /** Adds a directory of the host that containers see. */
        public Builder volume(VolumeConfig value) {
            volumes.add(value);
            return this;
        }

        /** Adds a device, behind those added before. */
        public Builder device(DeviceSpec spec) {
            devices.add(spec);
            return this;
        }

        /**
         * The configuration.
         *
         * @throws MachineException when something is missing or out of range
         */
        public MachineConfig build() {
            return new MachineConfig(kernel, initrd, cmdline, protocol, memoryBytes, cpus, accel, cpuModel, console,
                    timings == null ? new Timings() : timings, rootfs, List.copyOf(volumes), devices);
        }
    }
}
