package org.jvmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.abi.KvmCapability;
import org.jvmm.kvm.sys.NativeBinding;

/** What the KVM engine takes from the host and gives back. */
@Tag("kvm")
class KvmLifecycleTest {
    /** mov eax, 1; mov [0xD0000050], eax; out 0x10, al; jmp $ in 32-bit protected mode. */
    private static final byte[] NOTIFY = { (byte) 0xB8, 1, 0, 0, 0, (byte) 0xA3, 0x50, 0, 0, (byte) 0xD0, (byte) 0xE6, 0x10, (byte) 0xEB,
        (byte) 0xFE };
    private static final long WINDOW = 0xD000_0050L;

    private final GuestMemory memory = TestMemory.ofSize(1 << 20);

    @BeforeEach
    void needsKvm() {
        KvmHost.assumeUsable();
    }

    private static KvmHypervisor open(int cpus) {
        return KvmHypervisor.open(NativeBinding::newSyscalls, cpus, false);
    }

    @Test
    void twoHundredMachinesLeaveNothingBehind() throws Exception {
        // The first brings in what stays: classes, the kick handler's page.
        cycle();
        int descriptors = count("/proc/self/fd");
        long mappings = kvmMappings();
        int threads = count("/proc/self/task");
        for (int i = 0; i < 200; i++) {
            cycle();
        }
        // The JVM itself opens a file or starts a thread now and then; a leak would be 200.
        assertThat(count("/proc/self/fd")).isLessThan(descriptors + 20);
        assertThat(kvmMappings()).isEqualTo(mappings).isZero();
        assertThat(count("/proc/self/task")).isLessThan(threads + 20);
    }

    @Test
    void theProbeGivesItsMachineBack() throws Exception {
        long descriptors = kvmDescriptors();
        long mappings = kvmMappings();
        KvmProbe.Answer answer = KvmProbe.ask(NativeBinding::newSyscalls);
        answer.end().join();
        assertThat(answer.ringZero()).isEqualTo(KvmHost.ringZero());
        assertThat(kvmDescriptors()).isEqualTo(descriptors);
        assertThat(kvmMappings()).isEqualTo(mappings);
    }

    private static long kvmDescriptors() throws IOException {
        long found = 0;
        for (File entry : new File("/proc/self/fd").listFiles()) {
            try {
                found += Files.readSymbolicLink(entry.toPath()).toString().contains("kvm") ? 1 : 0;
            } catch (NoSuchFileException e) {
                // That of the listing.
                continue;
            }
        }
        return found;
    }

    private void cycle() {
        try (KvmHypervisor hypervisor = open(2)) {
            KvmVm vm = hypervisor.create(memory);
            Vcpu vcpu = vm.createVcpu(0, new NoDevices());
            vm.createVcpu(1, new NoDevices());
            vm.bindIoEvent(WINDOW, 4, 0, () -> {
            });
            vm.irqChip().line(5).pulse();
            vm.cpusStarted();
            vcpu.kick();
            assertThat(vcpu.run()).isEqualTo(VcpuExit.Interrupted.INSTANCE);
            vm.close();
            vm.close();
            vcpu.kick();
        }
    }

    private static int count(String folder) throws IOException {
        try (var entries = Files.list(Path.of(folder))) {
            return (int) entries.count();
        }
    }

    private static long kvmMappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("kvm")).count();
        }
    }

    @Test
    void aRefusedVcpuLeavesItsMachineUsable() {
        try (KvmHypervisor hypervisor = open(1); KvmVm vm = hypervisor.create(memory)) {
            assertThatThrownBy(() -> vm.createVcpu(1, new NoDevices())).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Machine was made for 1 vCPUs; there is no number 1");
            vm.createVcpu(0, new NoDevices());
            assertThatThrownBy(() -> vm.createVcpu(0, new NoDevices())).isInstanceOfSatisfying(KvmException.class,
                    e -> assertThat(e.request()).isEqualTo("KVM_CREATE_VCPU")).hasMessage("KVM_CREATE_VCPU(0) failed: EEXIST");
        }
    }

    @Test
    void aBoundStoreSignalsItsNotifierAndReachesNoDevice() throws Exception {
        CountDownLatch signalled = new CountDownLatch(1);
        NoDevices devices = new NoDevices();
        try (KvmHypervisor hypervisor = open(1); KvmVm vm = hypervisor.create(memory)) {
            assertThat(vm.bindIoEvent(WINDOW, 4, 1, signalled::countDown)).isTrue();
            devices.vcpu = vm.createVcpu(0, devices);
            memory.write(0x1000, NOTIFY);
            // Until the CPUs have been started, a store takes the long way.
            protectedMode(devices.vcpu);
            devices.vcpu.run();
            assertThat(devices.stores).isEqualTo(1);
            vm.cpusStarted();
            protectedMode(devices.vcpu);
            assertThat(devices.vcpu.run()).isEqualTo(VcpuExit.Interrupted.INSTANCE);
            assertThat(signalled.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(devices.stores).isEqualTo(1);
            // Another value is not the bound one.
            memory.write8(0x1001, 2);
            protectedMode(devices.vcpu);
            devices.vcpu.run();
            assertThat(devices.stores).isEqualTo(2);
            assertThat(vm.boundStores()).isEqualTo(1);
        }
    }

    private static void protectedMode(Vcpu vcpu) {
        X86Sregs s = new X86Sregs();
        vcpu.getSregs(s);
        for (int i = 0; i < 6; i++) {
            s.segments[i].set(i == X86Sregs.CS ? 8 : 16, 0, -1, i == X86Sregs.CS ? 0xC09B : 0xC093);
        }
        s.cr0 = 0x11;
        vcpu.setSregs(s);
        X86Regs regs = new X86Regs();
        regs.rip = 0x1000;
        vcpu.setRegs(regs);
    }

    @Test
    void theProbeAgreesWithTheProcessor() throws IOException {
        String cpuinfo = Files.readString(Path.of("/proc/cpuinfo"));
        boolean hardware = cpuinfo.contains(" vmx") || cpuinfo.contains(" svm");
        assertThat(KvmHost.ringZero()).isEqualTo(hardware ? KvmProbe.RingZero.NATIVE : KvmProbe.RingZero.EMULATED);
    }

    @Test
    void everyRequiredCapabilityIsThereAndTheOthersCanBeAsked() {
        try (KvmHypervisor hypervisor = open(1)) {
            for (KvmCapability capability : KvmCapability.values()) {
                int answer = hypervisor.capability(capability);
                assertThat(answer).as(capability.name()).isNotNegative();
                if (capability.need() == KvmCapability.Need.REQUIRED) {
                    assertThat(answer).as(capability.name()).isPositive();
                }
            }
            assertThat(hypervisor.maxCpus()).isPositive();
        }
    }

    @Test
    void failuresAreReportedForPeople() {
        try (KvmHypervisor hypervisor = open(1); KvmVm vm = hypervisor.create(memory)) {
            NoDevices devices = new NoDevices();
            devices.vcpu = vm.createVcpu(0, devices);
            // ud2 without an interrupt table
            memory.write(0x1000, new byte[] { 0x0F, 0x0B });
            protectedMode(devices.vcpu);
            VcpuExit exit = devices.vcpu.run();
            String detail = exit instanceof VcpuExit.Shutdown shutdown ? shutdown.detail() : ((VcpuExit.Failed) exit).detail();
            assertThat(detail).contains("instruction bytes 0f 0b", "RAX=", "RIP=1000", "CR0=", "EFER=");
            assertThat(detail.contains("--accel=soft")).isEqualTo(KvmHost.ringZero() == KvmProbe.RingZero.EMULATED);
        }
    }

    private static final class NoDevices implements VmOps {
        private Vcpu vcpu;
        private int stores;

        @Override
        public long mmioRead(long gpa, int size) {
            return 0;
        }

        @Override
        public void mmioWrite(long gpa, int size, long value) {
            stores++;
        }

        @Override
        public long pioRead(int port, int size) {
            return 0;
        }

        @Override
        public void pioWrite(int port, int size, long value) {
            vcpu.kick();
        }
    }
}
