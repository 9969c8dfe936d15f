package org.jvmm.bench.kvm;

import java.lang.foreign.Arena;
import java.util.List;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.kvm.KvmHypervisor;
import org.jvmm.kvm.KvmVm;
import org.jvmm.kvm.sys.NativeBinding;

/** A machine of 64 KiB with one vCPU in 32-bit protected mode that repeats one access, or nothing, for ever. Its device counts accesses and kicks. */
final class SpinGuest implements VmOps, AutoCloseable {
    /** out 0x10, al; jmp back. */
    static final byte[] PORT = { (byte) 0xE6, 0x10, (byte) 0xEB, (byte) 0xFC };
    /** mov [0xD0000000], eax; jmp back. */
    static final byte[] MEMORY = { (byte) 0xA3, 0, 0, 0, (byte) 0xD0, (byte) 0xEB, (byte) 0xF9 };
    /** jmp $. */
    static final byte[] NOTHING = { (byte) 0xEB, (byte) 0xFE };

    private static final long CODE = 0x1000;

    private final Arena arena = Arena.ofShared();
    private final KvmHypervisor hypervisor;
    private final KvmVm vm;
    private final Vcpu vcpu;
    private int left;

    /** @param binding {@code ffm} or {@code jna} */
    SpinGuest(String binding, byte[] code) {
        System.setProperty(NativeBinding.PROPERTY, binding);
        GuestMemory memory = new GuestMemory(List.of(new GuestRegion(0, arena.allocate(64 << 10, 4096))));
        memory.write(CODE, code);
        hypervisor = KvmHypervisor.open(NativeBinding::newSyscalls, 1, false);
        vm = hypervisor.create(memory);
        vcpu = vm.createVcpu(0, this);
        X86Sregs s = new X86Sregs();
        vcpu.getSregs(s);
        for (int i = 0; i < 6; i++) {
            s.segments[i].set(i == X86Sregs.CS ? 8 : 16, 0, -1, i == X86Sregs.CS ? 0xC09B : 0xC093);
        }
        s.cr0 = 0x11;
        vcpu.setSregs(s);
        X86Regs regs = new X86Regs();
        regs.rip = CODE;
        vcpu.setRegs(regs);
    }

    Vcpu vcpu() {
        return vcpu;
    }

    /** Runs until the guest has made {@code accesses} accesses. */
    void run(int accesses) {
        left = accesses;
        vcpu.run();
    }

    private void accessed() {
        if (--left == 0) {
            vcpu.kick();
        }
    }

    @Override
    public long mmioRead(long gpa, int size) {
        return 0;
    }

    @Override
    public void mmioWrite(long gpa, int size, long value) {
        accessed();
    }

    @Override
    public long pioRead(int port, int size) {
        return 0;
    }

    @Override
    public void pioWrite(int port, int size, long value) {
        accessed();
    }

    @Override
    public void close() {
        vm.close();
        hypervisor.close();
        arena.close();
    }
}
