package org.jvmm.vmm;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jvmm.boot.BootLoader;
import org.jvmm.boot.BootRequest;
import org.jvmm.boot.LoadedKernel;
import org.jvmm.boot.MmioDevice;
import org.jvmm.core.cpu.Hypervisor;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VirtualMachine;
import org.jvmm.core.event.DeviceLoop;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.irq.IrqChip;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.core.time.TimerThread;
import org.jvmm.core.time.VmClock;
import org.jvmm.device.debug.BootTimer;
import org.jvmm.device.i8042.I8042;
import org.jvmm.device.rtc.CmosRtc;
import org.jvmm.device.serial.Serial16550;
import org.jvmm.kvm.sys.BusErrorGuard;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.kvm.sys.GuestRam;
import org.jvmm.virtio.balloon.BalloonDevice;
import org.jvmm.virtio.balloon.PageReleaser;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.pmem.PmemFile;
import org.jvmm.virtio.rng.RngDevice;
import org.jvmm.virtio.transport.MmioRegister;
import org.jvmm.virtio.transport.MmioTransport;
import org.jvmm.virtio.vsock.VsockDevice;
import org.jvmm.vmm.agent.GuestFiles;

/** Puts a machine together: memory, engine, buses, devices, kernel, CPUs. */
final class MachineBuilder {
    /** The guest's address on the vsock: the first that is not reserved (virtio 1.3 §5.10.4). */
    private static final long GUEST_CID = 3;
    /** Linux manages memory in sections of this size (SECTION_SIZE_BITS of x86-64): none shall hold RAM and files. */
    private static final long PMEM_ALIGNMENT = 128L << 20;
    private static final int RTC_PORT = 0x70;
    private static final int I8042_DATA_PORT = 0x60;
    private static final int I8042_COMMAND_PORT = 0x64;

    private final MachineConfig config;
    private final MachineParts parts = new MachineParts();
    private final Machine machine;
    private final MachineBuses buses = new MachineBuses();
    private final MmioAllocator allocator = new MmioAllocator();
    private GuestRam ram;
    private GuestMemory memory;
    private TimerThread timers;
    private DeviceLoop loop;
    private VirtualMachine vm;
    private IrqChip irqs;
    private int disks;
    private final List<PmemMapping> pmems = new ArrayList<>();
    private int pmemsBuilt;
    private final Deque<DaxReservation> windows = new ArrayDeque<>();
    private final List<GuestFiles.Device> nodes = new ArrayList<>();

    private MachineBuilder(MachineConfig config) {
        this.config = config;
        this.machine = new Machine(config, parts);
    }

    static Machine build(MachineConfig config) {
        MachineBuilder builder = new MachineBuilder(config);
        try {
            builder.build();
        } catch (RuntimeException | Error e) {
            builder.parts.close();
            throw e;
        }
        config.timings().mark(Milestone.MACHINE_BUILT);
        return builder.machine;
    }

    private void build() {
        EngineChoice choice = Hypervisors.choose(config.accel());
        parts.choice(choice);
        ram = GuestRam.allocate(NativeBinding.newSyscalls(), config.memoryBytes());
        parts.disposal().add(ram::close);
        memory = ram.memory();
        mapFiles();
        if (choice.accel() == Accel.SOFT) {
            reserveWindows();
        }
        parts.memory(memory);
        timers = new TimerThread(VmClock.SYSTEM);
        parts.disposal().add(timers::stop);
        loop = new DeviceLoop("devices", machine::deviceBroken);
        parts.disposal().add(loop::close);

        Hypervisor hypervisor = Hypervisors.create(choice.accel(), config.cpus(), config.cpuModel(), timers, buses.pio(), buses.mmio());
        parts.hypervisor(hypervisor);
        parts.disposal().add(hypervisor::close);
        vm = hypervisor.createVm(memory);
        parts.vm(vm);
        parts.disposal().add(vm::close);
        irqs = vm.irqChip();
        legacyDevices();
        virtioDevices();
        parts.kernel(loadKernel(allocator.devices()));
        parts.vcpus(createCpus(parts.kernel()));
    }

    /** Puts the files of persistent memory above the RAM, before the engine learns of the memory. */
    private void mapFiles() {
        for (DeviceSpec spec : config.devices()) {
            if (spec instanceof PmemSpec pmem) {
                LinuxSyscalls syscalls = NativeBinding.newSyscalls();
                PmemFile file = pmem.open(syscalls);
                parts.disposal().add(() -> file.close(syscalls));
                BusErrorGuard guard = BusErrorGuard.protect(syscalls, file.segment().address(), file.segment().byteSize());
                parts.disposal().add(guard::close);
                GuestRegion region = new GuestRegion(memory.endAligned(PMEM_ALIGNMENT), file.segment(), false);
                memory = memory.with(region);
                pmems.add(new PmemMapping(file, region, guard, pmems.size()));
            }
        }
    }

    /**
     * Reserves the places of DAX windows. On the software engine alone: in KVM_RUN a page that the host cannot provide is no signal, which could be answered, but an error
     * that ends the guest. There volumes go without.
     */
    private void reserveWindows() {
        for (VolumeConfig volume : config.volumes()) {
            if (volume.dax() > 0) {
                LinuxSyscalls syscalls = NativeBinding.newSyscalls();
                DaxReservation window = DaxReservation.at(memory.endAligned(PMEM_ALIGNMENT), volume.dax(), syscalls);
                parts.disposal().add(() -> window.close(syscalls));
                memory = memory.with(window.region());
                windows.add(window);
            }
        }
    }

    private void legacyDevices() {
        KernelLogWatcher log = new KernelLogWatcher(config.timings());
        log.onPanicEnd(machine::guestPanicked);
        GuestConsole console = new GuestConsole(config.console(), log::line);
        parts.disposal().add(console::close);
        parts.console(console, log);

        Serial16550 serial = new Serial16550(irqs.line(GuestLayout.COM1_GSI), console::write);
        parts.serial(serial);
        buses.pio().insert(GuestLayout.COM1_PORT, 8, serial);

        I8042 keyboard = new I8042(irqs.line(GuestLayout.I8042_GSI), machine::guestReset);
        buses.pio().insert(I8042_DATA_PORT, 1, keyboard.dataPort());
        buses.pio().insert(I8042_COMMAND_PORT, 1, keyboard.commandPort());
        buses.pio().insert(RTC_PORT, 2, new CmosRtc(VmClock.SYSTEM));
        // A guest without our agent may stamp its own "ready".
        buses.mmio().insert(GuestLayout.BOOT_TIMER, GuestLayout.PAGE_SIZE,
                new BootTimer(() -> config.timings().mark(Milestone.AGENT_READY)));
    }

    private void virtioDevices() {
        VsockDevice vsock = new VsockDevice(GUEST_CID, loop, timers);
        attach(vsock, loop);
        parts.connector(new VsockStreams(vsock, loop));
        attach(new RngDevice(), loop);
        // Free memory goes back to the host without being asked for: the guest reports it.
        BalloonDevice balloon = new BalloonDevice(true, PageReleaser.ofSharedMemory(NativeBinding.newSyscalls()), loop, timers);
        attach(balloon, loop);
        parts.balloon(balloon);
        DeviceHost host = new DeviceHost(this, parts.disposal(), memory, loop, timers, vsock, config.cpus());
        for (DeviceSpec spec : config.devices()) {
            spec.build(host);
        }
        parts.guestFiles(SharedFiles.build(config, host, nodes));
    }

    /** Gives a device its place on the bus and its interrupt line. */
    MmioTransport attach(VirtioDevice device, EventLoop home) {
        parts.devices().add(device);
        MmioDevice place = allocator.allocate();
        MmioTransport transport = new MmioTransport(memory, device, irqs.line(place.gsi()), home);
        buses.mmio().insert(place.base(), place.size(), transport);
        for (int queue = 0; queue < transport.queueCount(); queue++) {
            vm.bindIoEvent(place.base() + MmioRegister.QUEUE_NOTIFY, Integer.BYTES, queue, transport.queueNotifier(queue));
        }
        return transport;
    }

    /** The guest's name for the next disk: Linux names disks in the order in which it finds them. There are fewer interrupt lines than letters. */
    String nextDisk() {
        return "/dev/vd" + (char) ('a' + disks++);
    }

    /** The window of the next volume that asks for one, or null where the engine has none. */
    DaxReservation nextWindow() {
        return windows.poll();
    }

    PmemMapping nextPmem() {
        return pmems.get(pmemsBuilt++);
    }

    /** Has containers see a device node of the guest. */
    void showNode(String path, boolean block) {
        nodes.add(new GuestFiles.Device(path, block));
    }

    void deviceBroken(Throwable cause) {
        machine.deviceBroken(cause);
    }

    private LoadedKernel loadKernel(List<MmioDevice> devices) {
        return BootLoader.load(
                new BootRequest(config.kernel(), config.initrd(), config.cmdline(), config.cpus(), config.protocol(), devices), memory,
                NativeBinding::newSyscalls);
    }

    private List<Vcpu> createCpus(LoadedKernel kernel) {
        List<Vcpu> vcpus = new ArrayList<>();
        for (int i = 0; i < config.cpus(); i++) {
            vcpus.add(vm.createVcpu(i, buses));
        }
        Vcpu boot = vcpus.get(0);
        boot.setSregs(kernel.state().sregs());
        boot.setRegs(kernel.state().regs());
        return List.copyOf(vcpus);
    }
}
