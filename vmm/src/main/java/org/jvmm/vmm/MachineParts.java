package org.jvmm.vmm;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.boot.LoadedKernel;
import org.jvmm.core.cpu.Hypervisor;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VirtualMachine;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.device.serial.Serial16550;
import org.jvmm.virtio.balloon.BalloonDevice;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.vmm.agent.GuestFiles;
import org.jvmm.vmm.agent.StreamConnector;

/** Everything a machine holds, and the order in which it is given back. Filled by {@link MachineBuilder}. */
final class MachineParts implements AutoCloseable {
    private final Disposal disposal = new Disposal();
    private Hypervisor hypervisor;
    private EngineChoice choice;
    private GuestMemory memory;
    private VirtualMachine vm;
    private List<Vcpu> vcpus = List.of();
    private LoadedKernel kernel;
    private GuestConsole console;
    private KernelLogWatcher log;
    private Serial16550 serial;
    private StreamConnector connector;
    private BalloonDevice balloon;
    private final List<VirtioDevice> devices = new ArrayList<>();
    private GuestFiles guestFiles = GuestFiles.NONE;
    private volatile Throwable failure;

    MachineParts() {}

    /** What {@link #close()} does. */
    Disposal disposal() {
        return disposal;
    }

    Hypervisor hypervisor() {
        return hypervisor;
    }

    void hypervisor(Hypervisor value) {
        hypervisor = value;
    }

    GuestMemory memory() {
        return memory;
    }

    void memory(GuestMemory value) {
        memory = value;
    }

    VirtualMachine vm() {
        return vm;
    }

    void vm(VirtualMachine value) {
        vm = value;
    }

    EngineChoice choice() {
        return choice;
    }

    void choice(EngineChoice value) {
        choice = value;
    }

    List<Vcpu> vcpus() {
        return vcpus;
    }

    void vcpus(List<Vcpu> value) {
        vcpus = value;
    }

    LoadedKernel kernel() {
        return kernel;
    }

    void kernel(LoadedKernel value) {
        kernel = value;
    }

    GuestConsole console() {
        return console;
    }

    KernelLogWatcher log() {
        return log;
    }

    void console(GuestConsole value, KernelLogWatcher watcher) {
        console = value;
        log = watcher;
    }

    Serial16550 serial() {
        return serial;
    }

    void serial(Serial16550 value) {
        serial = value;
    }

    StreamConnector connector() {
        return connector;
    }

    void connector(StreamConnector value) {
        connector = value;
    }

    BalloonDevice balloon() {
        return balloon;
    }

    void balloon(BalloonDevice value) {
        balloon = value;
    }

    /** All virtio devices, in the order in which the guest finds them. */
    List<VirtioDevice> devices() {
        return devices;
    }

    GuestFiles guestFiles() {
        return guestFiles;
    }

    void guestFiles(GuestFiles value) {
        guestFiles = value;
    }

    Throwable failure() {
        return failure;
    }

    void failure(Throwable value) {
        failure = value;
    }

    @Override
    public void close() {
        disposal.close();
    }
}
