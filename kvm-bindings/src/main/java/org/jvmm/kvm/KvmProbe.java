package org.jvmm.kvm;

import java.nio.ByteBuffer;
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

    private KvmProbe() {}

    /**
     * Makes a machine of one page and runs two instructions in 32-bit protected mode.
     *
     * @throws KvmException when KVM cannot be used at all
     */
    public static RingZero run(LinuxSyscalls syscalls) {
        KvmFd system = new KvmFd(syscalls, KvmHypervisor.openDevice(syscalls));
        try {
            KvmFd vm = new KvmFd(syscalls, (int) system.call("KVM_CREATE_VM", "0", SystemIoctl.CREATE_VM, 0));
            try {
                return run(system, vm);
            } finally {
                vm.close();
            }
        } finally {
            system.close();
        }
    }

    private static RingZero run(KvmFd system, KvmFd vm) {
        LinuxSyscalls syscalls = vm.syscalls();
        long page = syscalls.mmap(0, GuestLayout.PAGE_SIZE, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE,
                LinuxSyscalls.MAP_PRIVATE | LinuxSyscalls.MAP_ANONYMOUS, -1, 0);
        try {
            NativeMemory.buffer(page, GuestLayout.PAGE_SIZE).put(CODE);
            StructBuffer slot = StructBuffer.allocate(KvmUserspaceMemoryRegion.SIZE);
            KvmUserspaceMemoryRegion.memorySize(slot.bytes(), 0, GuestLayout.PAGE_SIZE);
            KvmUserspaceMemoryRegion.userspaceAddr(slot.bytes(), 0, page);
            vm.call("KVM_SET_USER_MEMORY_REGION", VmIoctl.SET_USER_MEMORY_REGION, slot.address());
            vm.call("KVM_SET_TSS_ADDR", VmIoctl.SET_TSS_ADDR, GuestLayout.KVM_TSS);
            KvmFd vcpu = new KvmFd(syscalls, (int) vm.call("KVM_CREATE_VCPU", "0", VmIoctl.CREATE_VCPU, 0));
            try {
                return run(system, vcpu, syscalls);
            } finally {
                vcpu.close();
            }
        } finally {
            syscalls.munmap(page, GuestLayout.PAGE_SIZE);
        }
    }

    private static RingZero run(KvmFd system, KvmFd vcpu, LinuxSyscalls syscalls) {
        KvmVcpuRegisters registers = new KvmVcpuRegisters(vcpu);
        X86Sregs sregs = new X86Sregs();
        registers.getSregs(sregs);
        for (int i = 0; i < 6; i++) {
            sregs.segments[i].set(i == X86Sregs.CS ? 8 : 16, 0, -1, FLAT | (i == X86Sregs.CS ? 0x9B : 0x93));
        }
        sregs.cr0 = PROTECTED_MODE;
        registers.setSregs(sregs);
        registers.setRegs(new X86Regs());
        int size = (int) system.call("KVM_GET_VCPU_MMAP_SIZE", SystemIoctl.GET_VCPU_MMAP_SIZE, 0);
        long mapping = syscalls.mmap(0, size, LinuxSyscalls.PROT_READ | LinuxSyscalls.PROT_WRITE, LinuxSyscalls.MAP_SHARED, vcpu.number(),
                0);
        try {
            ByteBuffer run = NativeMemory.buffer(mapping, size);
            vcpu.call("KVM_RUN", VcpuIoctl.RUN, 0);
            return KvmRun.exitReason(run, 0) == KvmConstants.EXIT_HLT ? RingZero.NATIVE : RingZero.EMULATED;
        } finally {
            syscalls.munmap(mapping, size);
        }
    }
}
