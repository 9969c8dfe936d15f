package org.jvmm.kvm;

import java.util.function.Supplier;
import org.jvmm.core.cpu.Hypervisor;
import org.jvmm.core.cpu.VirtualMachine;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.kvm.abi.KvmCapability;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.abi.SystemIoctl;

/** The engine that executes guests with the host's KVM (Linux Documentation/virt/kvm/api.rst). Holds {@code /dev/kvm} open until closed. */
public final class KvmHypervisor implements Hypervisor {
    /** The device. */
    public static final String DEVICE = "/dev/kvm";

    private final Supplier<LinuxSyscalls> bindings;
    private final KvmFd system;
    private final int cpus;
    private final KvmCpuid cpuid;
    private final int mappingSize;
    /** This object and its machines, all of which need the descriptor; guarded by this. */
    private int users = 1;
    private boolean closed;

    private KvmHypervisor(Supplier<LinuxSyscalls> bindings, KvmFd system, int cpus, boolean hypercalls) {
        this.bindings = bindings;
        this.system = system;
        this.cpus = cpus;
        checkVersion();
        checkCapabilities();
        int most = maxCpus();
        if (cpus > most) {
            throw new KvmException("Number of CPUs is " + cpus + ": KVM on this host allows " + most + " (KVM_CAP_MAX_VCPUS)");
        }
        this.mappingSize = (int) system.call("KVM_GET_VCPU_MMAP_SIZE", SystemIoctl.GET_VCPU_MMAP_SIZE, 0);
        this.cpuid = KvmCpuid.supported(system, cpus, capability(KvmCapability.TSC_DEADLINE_TIMER) > 0, hypercalls);
    }

    /**
     * Opens KVM for one machine.
     *
     * @param bindings makes the system calls of each thread that needs its own
     * @param cpus number of virtual CPUs the machine will have
     * @param hypercalls whether the guest is offered features that need hypercalls; false where KVM emulates the guest's kernel mode, for there a
     *        hypercall does not return
     * @throws KvmException when this host's KVM cannot be opened or lacks something; the message says which and what to do
     */
    public static KvmHypervisor open(Supplier<LinuxSyscalls> bindings, int cpus, boolean hypercalls) {
        LinuxSyscalls syscalls = bindings.get();
        KvmFd system = new KvmFd(syscalls, openDevice(syscalls));
        try {
            return new KvmHypervisor(bindings, system, cpus, hypercalls);
        } catch (RuntimeException e) {
            system.close();
            throw e;
        }
    }

    static int openDevice(LinuxSyscalls syscalls) {
        try {
            return syscalls.open(DEVICE, LinuxSyscalls.O_RDWR);
        } catch (SyscallException e) {
            throw new KvmException("open", DEVICE, e.errno(), KvmAccess.advice(e.errno()));
        }
    }

    private void checkVersion() {
        long version = system.call("KVM_GET_API_VERSION", SystemIoctl.GET_API_VERSION, 0);
        if (version != KvmConstants.API_VERSION) {
            throw new KvmException("KVM_GET_API_VERSION answers " + version + ", but jvmm speaks version " + KvmConstants.API_VERSION
                    + "; use --accel=soft");
        }
    }

    private void checkCapabilities() {
        for (KvmCapability capability : KvmCapability.values()) {
            if (capability.need() == KvmCapability.Need.REQUIRED && capability(capability) <= 0) {
                throw new KvmException("KVM on this host lacks KVM_CAP_" + capability.name() + ", which jvmm needs; use --accel=soft");
            }
        }
    }

    /** What {@code KVM_CHECK_EXTENSION} answers: 0 is absent, other values mean present or a limit. */
    public int capability(KvmCapability capability) {
        return (int) system.call("KVM_CHECK_EXTENSION", capability.name(), SystemIoctl.CHECK_EXTENSION, capability.number());
    }

    /** Most virtual CPUs of a machine (api.rst §4.7). */
    public int maxCpus() {
        int most = capability(KvmCapability.MAX_VCPUS);
        if (most == 0) {
            most = capability(KvmCapability.NR_VCPUS);
        }
        return most == 0 ? 4 : most;
    }

    @Override
    public String name() {
        return "kvm";
    }

    @Override
    public VirtualMachine createVm(GuestMemory memory) {
        return create(memory);
    }

    /** As {@link #createVm}, with all that this engine can do. */
    public KvmVm create(GuestMemory memory) {
        for (GuestRegion region : memory.regions()) {
            int bits = cpuid.physicalBits();
            if (bits < 63 && region.end() > 1L << bits) {
                throw new KvmException("Guest memory ends at 0x" + Long.toHexString(region.end()) + ", beyond the " + bits
                        + " physical address bits of this host; use less --memory");
            }
        }
        KvmFd vm = new KvmFd(system.syscalls(), (int) system.call("KVM_CREATE_VM", "0", SystemIoctl.CREATE_VM, 0));
        KvmVm made = KvmVm.make(vm, this, memory);
        synchronized (this) {
            users++;
        }
        return made;
    }

    /** A machine was closed. */
    synchronized void release() {
        if (--users == 0) {
            system.close();
        }
    }

    LinuxSyscalls newSyscalls() {
        return bindings.get();
    }

    int cpus() {
        return cpus;
    }

    KvmCpuid cpuid() {
        return cpuid;
    }

    int mappingSize() {
        return mappingSize;
    }

    KvmFd system() {
        return system;
    }

    /** Makes no more machines; the device is closed with the last of those there are. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release();
        }
    }
}
