package org.jvmm.vmm;

import java.util.function.Supplier;
import org.jvmm.core.event.DeviceLoop;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.time.TimerQueue;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.fs.DaxWindow;
import org.jvmm.virtio.transport.MmioTransport;
import org.jvmm.virtio.vsock.VsockDevice;

/** What a machine under construction offers to the {@link DeviceSpec}s that build its devices. */
public final class DeviceHost {
    private final MachineBuilder builder;
    private final Disposal disposal;
    private final GuestMemory memory;
    private final DeviceLoop loop;
    private final TimerQueue timers;
    private final VsockDevice vsock;
    private final int cpus;

    DeviceHost(MachineBuilder builder, Disposal disposal, GuestMemory memory, DeviceLoop loop, TimerQueue timers, VsockDevice vsock,
            int cpus) {
        this.builder = builder;
        this.disposal = disposal;
        this.memory = memory;
        this.loop = loop;
        this.timers = timers;
        this.vsock = vsock;
        this.cpus = cpus;
    }

    /** Number of virtual CPUs, for the number of a device's queues. */
    public int cpus() {
        return cpus;
    }

    /** The guest's memory. */
    public GuestMemory memory() {
        return memory;
    }

    /** The machine's own loop, for devices that never block. */
    public EventLoop loop() {
        return loop;
    }

    /** A loop of a device's own, for one that blocks; ends with the machine. */
    public EventLoop newLoop(String name) {
        DeviceLoop own = new DeviceLoop(name, builder::deviceBroken);
        disposal.add(own::close);
        return own;
    }

    /** The machine's timers. */
    public TimerQueue timers() {
        return timers;
    }

    /** Makes system calls for one thread. */
    public Supplier<LinuxSyscalls> syscalls() {
        return NativeBinding::newSyscalls;
    }

    /** The machine's vsock. */
    public VsockDevice vsock() {
        return vsock;
    }

    /** Told what a device's thread threw: a mistake of this program, so the machine ends. */
    public void deviceBroken(Throwable cause) {
        builder.deviceBroken(cause);
    }

    /** Done when the machine is given back, after the CPUs have ended and in reverse order; before the loops end that were made earlier. */
    public void onClose(Runnable action) {
        disposal.add(action);
    }

    /**
     * Attaches a disk.
     *
     * @return the guest's name for it, /dev/vda and so on
     */
    public String attachDisk(VirtioDevice device) {
        builder.attach(device, loop);
        return builder.nextDisk();
    }

    /** The next file of persistent memory, in the order of the devices. */
    PmemMapping nextPmem() {
        return builder.nextPmem();
    }

    /** The DAX window of the next volume that asks for one, or null where the engine has none. */
    DaxWindow nextWindow() {
        DaxReservation reserved = builder.nextWindow();
        return reserved == null ? null : reserved.window(memory);
    }

    /** Has containers see a device node of the guest; a disk comes with its partitions. */
    public void showInContainers(String node, boolean block) {
        builder.showNode(node, block);
    }

    /** Gives the device its place on the bus, its interrupt line and the machine's loop. The order of calls is the order in which the guest finds the devices. */
    public MmioTransport attach(VirtioDevice device) {
        return builder.attach(device, loop);
    }

    /** As {@link #attach(VirtioDevice)}, on another loop. */
    public MmioTransport attach(VirtioDevice device, EventLoop home) {
        return builder.attach(device, home);
    }
}
