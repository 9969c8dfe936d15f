package org.jvmm.kvm;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.cpu.DirtyTracking;
import org.jvmm.core.cpu.SavableVm;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.VmState;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.irq.IrqChip;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.kvm.abi.KvmCapability;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.abi.KvmPitConfig;
import org.jvmm.kvm.abi.KvmUserspaceMemoryRegion;
import org.jvmm.kvm.abi.VmIoctl;
import org.jvmm.kvm.sys.KickSignal;
import org.jvmm.kvm.sys.StructBuffer;

/**
 * One machine of KVM: memory slots, interrupt controllers and timer in the kernel. Made and closed by one thread; {@link #irqChip()} is for any.
 */
public final class KvmVm implements SavableVm, DirtyTracking {
    /** One page below the task state that KVM wants for real mode on VMX. */
    private static final long IDENTITY_MAP = GuestLayout.KVM_TSS - GuestLayout.PAGE_SIZE;

    private final KvmFd fd;
    private final KvmHypervisor hypervisor;
    private final GuestMemory memory;
    private final KvmIrqChip irqChip;
    private final IoEventLoop ioEvents;
    private final KvmMemorySlots slots;
    private final List<KvmVcpu> vcpus = new ArrayList<>();
    private KvmDirtyLog dirtyLog;
    private boolean closed;

    private KvmVm(KvmFd fd, KvmHypervisor hypervisor, GuestMemory memory) {
        this.fd = fd;
        this.hypervisor = hypervisor;
        this.memory = memory;
        this.irqChip = new KvmIrqChip(new KvmFd(hypervisor.newSyscalls(), fd.number()));
        this.ioEvents = new IoEventLoop(fd, hypervisor.newSyscalls());
        this.slots = new KvmMemorySlots(new KvmFd(hypervisor.newSyscalls(), fd.number()), memory);
    }

    /** Sets a fresh VM descriptor up; closes it when that fails. */
    static KvmVm make(KvmFd fd, KvmHypervisor hypervisor, GuestMemory memory) {
        try {
            KvmVm vm = new KvmVm(fd, hypervisor, memory);
            vm.setUp();
            return vm;
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private void setUp() {
        KickSignal.install(fd.syscalls());
        StructBuffer struct = StructBuffer.allocate(KvmUserspaceMemoryRegion.SIZE);
        struct.bytes().putLong(0, IDENTITY_MAP);
        if (hypervisor.capability(KvmCapability.SET_IDENTITY_MAP_ADDR) > 0) {
            fd.call("KVM_SET_IDENTITY_MAP_ADDR", VmIoctl.SET_IDENTITY_MAP_ADDR, struct.address());
        }
        fd.call("KVM_SET_TSS_ADDR", "0x" + Long.toHexString(GuestLayout.KVM_TSS), VmIoctl.SET_TSS_ADDR, GuestLayout.KVM_TSS);
        fd.call("KVM_CREATE_IRQCHIP", VmIoctl.CREATE_IRQCHIP, 0);
        StructBuffer pit = StructBuffer.allocate(KvmPitConfig.SIZE);
        KvmPitConfig.flags(pit.bytes(), 0, KvmConstants.PIT_SPEAKER_DUMMY);
        fd.call("KVM_CREATE_PIT2", VmIoctl.CREATE_PIT2, pit.address());
        // Last, for what came before would wait for it: KVM has one lock for memory and buses.
        slots.begin();
    }

    @Override
    public Vcpu createVcpu(int id, VmOps ops) {
        if (id < 0 || id >= hypervisor.cpus()) {
            throw new IllegalArgumentException("Machine was made for " + hypervisor.cpus() + " vCPUs; there is no number " + id);
        }
        slots.await();
        LinuxSyscalls syscalls = hypervisor.newSyscalls();
        KvmFd vcpu = new KvmFd(syscalls, (int) fd.call("KVM_CREATE_VCPU", Integer.toString(id), VmIoctl.CREATE_VCPU, id));
        KvmVcpu made = KvmVcpu.make(vcpu, id, ops, hypervisor, memory);
        vcpus.add(made);
        return made;
    }

    @Override
    public IrqChip irqChip() {
        return irqChip;
    }

    @Override
    public boolean bindIoEvent(long gpa, int size, long value, Notifier notifier) {
        ioEvents.bind(gpa, size, value, notifier);
        return true;
    }

    @Override
    public void cpusStarted() {
        ioEvents.start();
    }

    @Override
    public long boundStores() {
        return ioEvents.events();
    }

    @Override
    public void saveState(VmState out) {
        new KvmVmState(fd).save(out);
    }

    @Override
    public void restoreState(VmState in) {
        new KvmVmState(fd).restore(in);
    }

    @Override
    public void trackDirtyPages(boolean on) {
        slots.change(on ? KvmConstants.MEM_LOG_DIRTY_PAGES : 0);
        dirtyLog = on ? new KvmDirtyLog(fd, memory) : null;
        memory.observeWrites(on ? dirtyLog : (gpa, length) -> {
        });
    }

    @Override
    public void collectDirtyPages(GuestRegion region, long[] bitmap) {
        if (dirtyLog == null) {
            throw new IllegalStateException("Dirty pages are not tracked");
        }
        dirtyLog.collect(region, bitmap);
    }

    /** Gives everything back: the I/O event thread, eventfds, the vCPUs with their mappings, the machine. No vCPU runs. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        slots.join();
        ioEvents.close();
        irqChip.close();
        for (KvmVcpu vcpu : vcpus) {
            vcpu.close();
        }
        fd.close();
        hypervisor.release();
    }
}
