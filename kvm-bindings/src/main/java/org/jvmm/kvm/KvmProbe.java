package org.jvmm.kvm;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.NativeMemory;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.abi.KvmRun;
import org.jvmm.kvm.abi.KvmUserspaceMemoryRegion;
import org.jvmm.kvm.abi.SystemIoctl;
import org.jvmm.kvm.abi.VcpuIoctl;
import org.jvmm.kvm.abi.VmIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/**
 * Finds out by trying whether KVM runs a guest's kernel mode on the processor. A KVM without VMX or SVM under it emulates ring 0 instruction by
 * instruction; its emulator knows what device accesses need, but not FWAIT, which every processor since the 8087 has.
 */
public final class KvmProbe {
    /** What becomes of a guest's kernel mode. */
    public enum RingZero {
        /** The processor runs it. */
        NATIVE,
        /** KVM emulates it, slowly and not completely. */
        EMULATED
    }

    /** fwait; hlt. */
    private static final byte[] CODE = { (byte) 0x9B, (byte) 0xF4 };
    private static final int FLAT = 0xC000;
    private static final long PROTECTED_MODE = 0x11;

    private final LinuxSyscalls syscalls;
    private final Machine machine;

    private KvmProbe(LinuxSyscalls syscalls, Machine machine) {
        this.syscalls = syscalls;
        this.machine = machine;
    }

    /** What was made so far, and how it is given back. No lambdas here: writing their classes takes a new JVM longer than the trial. */
    private static final class Machine extends Thread {
        private final LinuxSyscalls syscalls;
        private int system = -1;
        private int vm = -1;
        private int vcpu = -1;
        private long page;
        private long run;
        private int runSize;

        private Machine(LinuxSyscalls syscalls) {
            super("kvm-probe");
            this.syscalls = syscalls;
            setDaemon(true);
        }

        @Override
        public void run() {
            unmap(run, runSize);
            close(vcpu);
            close(vm);
            unmap(page, GuestLayout.PAGE_SIZE);
            close(system);
        }

        private void unmap(long address, int size) {
            if (address != 0) {
                syscalls.munmap(address, size);
            }
        }

        private void close(int fd) {
            if (fd >= 0) {
                syscalls.close(fd);
            }
        }
    }

    /** An answer, and the thread that gives the machine back: KVM takes its time for that, and nobody needs to wait. */
    record Answer(RingZero ringZero, Thread end) {}

    /**
     * Makes a machine of one page and runs two instructions in 32-bit protected mode.
     *
     * @param bindings makes system calls for a thread
     * @throws KvmException when KVM cannot be used at all
     */
    public static RingZero run(Supplier<LinuxSyscalls> bindings) {
        return ask(bindings).ringZero();
    }

    static Answer ask(Supplier<LinuxSyscalls> bindings) {
        Machine machine = new Machine(bindings.get());
        try {
            return new Answer(new KvmProbe(bindings.get(), machine).tryOut(), machine);
        } finally {
            machine.start();
        }
    }

    private RingZero tryOut() {
        machine.system = KvmHypervisor.openDevice(syscalls);
        KvmFd system = new KvmFd(syscalls, machine.system);
        machine.vm = (int) system.call("KVM_CREATE_VM", "0", SystemIoctl.CREATE_VM, 0);
        KvmFd vm = new KvmFd(syscalls, machine.vm);
        machine.page = map(LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS, -1, GuestLayout.PAGE_SIZE);
        NativeMemory.buffer(machine.page, GuestLayout.PAGE_SIZE).put(CODE);
        StructBuffer slot = StructBuffer.allocate(KvmUserspaceMemoryRegion.SIZE);
        KvmUserspaceMemoryRegion.memorySize(slot.bytes(), 0, GuestLayout.PAGE_SIZE);
        KvmUserspaceMemoryRegion.userspaceAddr(slot.bytes(), 0, machine.page);
        vm.call("KVM_SET_USER_MEMORY_REGION", VmIoctl.SET_USER_MEMORY_REGION, slot.address());
        vm.call("KVM_SET_TSS_ADDR", VmIoctl.SET_TSS_ADDR, GuestLayout.KVM_TSS);
        machine.vcpu = (int) vm.call("KVM_CREATE_VCPU", "0", VmIoctl.CREATE_VCPU, 0);
        KvmFd vcpu = new KvmFd(syscalls, machine.vcpu);
        protectedMode(vcpu);
        machine.runSize = (int) system.call("KVM_GET_VCPU_MMAP_SIZE", SystemIoctl.GET_VCPU_MMAP_SIZE, 0);
        machine.run = map(LinuxSyscalls.MAP_SHARED, machine.vcpu, machine.runSize);
        ByteBuffer run = NativeMemory.buffer(machine.run, machine.runSize);
        vcpu.call("KVM_RUN", VcpuIoctl.RUN, 0);
        return KvmRun.exitReason(run, 0) == KvmConstants.EXIT_HLT ? RingZero.NATIVE : RingZero.EMULATED;
    }

    private long map(int flags, int fd, int size) {
        return syscalls.mmap(0, size, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE, flags, fd, 0);
    }

    private static void protectedMode(KvmFd vcpu) {
        KvmVcpuRegisters registers = new KvmVcpuRegisters(vcpu);
        X86Sregs sregs = new X86Sregs();
        registers.getSregs(sregs);
        for (int i = 0; i < 6; i++) {
            sregs.segments[i].set(i == X86Sregs.CS ? 8 : 16, 0, -1, FLAT | (i == X86Sregs.CS ? 0x9B : 0x93));
        }
        sregs.cr0 = PROTECTED_MODE;
        registers.setSregs(sregs);
        registers.setRegs(new X86Regs());
    }
}
