package org.jvmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.core.testing.TestMemory;
import org.jvmm.kvm.abi.KvmCapability;
import org.jvmm.kvm.abi.KvmCpuid2;
import org.jvmm.kvm.abi.KvmCpuidEntry2;
import org.jvmm.kvm.abi.SystemIoctl;
import org.jvmm.kvm.abi.VmIoctl;
import org.jvmm.kvm.sys.NativeBinding;

/** Hosts that cannot do what is asked: one line that says what and why, and no descriptor left. */
class KvmBadHostTest {
    private final FakeHost host = new FakeHost();

    @AfterEach
    void nothingLeft() {
        assertThat(host.open).isEmpty();
    }

    private KvmHypervisor open(int cpus) {
        return KvmHypervisor.open(() -> host, cpus, true);
    }

    private void refused(int cpus, String message) {
        assertThatThrownBy(() -> open(cpus)).isInstanceOf(KvmException.class).hasMessage(message);
    }

    @Test
    void withoutTheDevice() {
        host.openError = Errno.ENOENT;
        refused(1, "open(/dev/kvm) failed: ENOENT; this host has no KVM: use --accel=soft, or load kvm_intel or kvm_amd");
        host.openError = Errno.ENODEV;
        refused(1,
                "open(/dev/kvm) failed: ENODEV; the kernel has KVM, but the processor's virtualisation is off: enable it in the firmware,"
                        + " or use --accel=soft");
    }

    @Test
    void withoutPermissionTheGroupIsNamed(@TempDir Path folder) throws IOException {
        Path device = Files.createFile(folder.resolve("kvm"));
        PosixFileAttributes attributes = Files.readAttributes(device, PosixFileAttributes.class);
        Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-rw----"));
        assertThat(KvmAccess.permission(device)).isEqualTo("this user may not open it: add the user to the group "
                + attributes.group().getName() + " and log in again, or use --accel=soft");
        Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-------"));
        assertThat(KvmAccess.permission(device)).isEqualTo("only " + attributes.owner().getName()
                + " may open it (rw-------): give its group " + attributes.group().getName()
                + " the right to read and write, or use --accel=soft");
        host.openError = Errno.EACCES;
        assertThatThrownBy(() -> open(1)).hasMessageStartingWith("open(/dev/kvm) failed: EACCES; ")
                .hasMessageEndingWith("use --accel=soft");
    }

    @Test
    void withAnotherVersion() {
        host.version = 11;
        refused(1, "KVM_GET_API_VERSION answers 11, but jvmm speaks version 12; use --accel=soft");
    }

    @Test
    void withoutACapability() {
        host.missing = KvmCapability.IMMEDIATE_EXIT;
        refused(1, "KVM on this host lacks KVM_CAP_IMMEDIATE_EXIT, which jvmm needs; use --accel=soft");
    }

    @Test
    void withTooManyCpus() {
        refused(9, "Number of CPUs is 9: KVM on this host allows 8 (KVM_CAP_MAX_VCPUS)");
    }

    @Test
    void withMemoryBeyondThePhysicalAddresses() {
        GuestMemory ram = TestMemory.ofSize(1 << 20);
        GuestMemory high = new GuestMemory(java.util.List.of(new GuestRegion(1L << 39, ram.regions().getFirst().segment())));
        try (KvmHypervisor hypervisor = open(1)) {
            assertThatThrownBy(() -> hypervisor.createVm(high)).isInstanceOf(KvmException.class).hasMessage(
                    "Guest memory ends at 0x8000100000, beyond the 39 physical address bits of this host; use less --memory");
        }
    }

    @Test
    void shortOfMemoryOrBusy() {
        try (KvmHypervisor hypervisor = open(1)) {
            host.createError = Errno.ENOMEM;
            assertThatThrownBy(() -> hypervisor.createVm(TestMemory.ofSize(1 << 20))).hasMessage(
                    "KVM_CREATE_VM(0) failed: ENOMEM; the host is short of memory: give the guest less, or free some");
            host.createError = Errno.EBUSY;
            assertThatThrownBy(() -> hypervisor.createVm(TestMemory.ofSize(1 << 20))).hasMessage(
                    "KVM_CREATE_VM(0) failed: EBUSY; another hypervisor or virtual machine holds what is asked for: stop it");
        }
    }

    @Test
    void aSignalDuringARequestMakesItAgain() {
        host.interruptions = 3;
        open(1).close();
        assertThat(host.interruptions).isZero();
    }

    @Test
    void aMachineThatCannotBeSetUpIsGivenBack() {
        try (KvmHypervisor hypervisor = open(1)) {
            host.setUpError = Errno.EINVAL;
            // KVM takes the memory while devices are being made; the first vCPU needs it.
            KvmVm vm = hypervisor.create(TestMemory.ofSize(1 << 20));
            assertThatThrownBy(() -> vm.createVcpu(0, null))
                    .hasMessage("KVM_SET_USER_MEMORY_REGION(slot 0, 0x0+0x100000) failed: EINVAL");
            vm.close();
        }
    }

    @Test
    void everyVcpuHasItsOwnIdAndTheTopology() {
        try (KvmHypervisor hypervisor = open(4)) {
            ByteBuffer table = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
            hypervisor.cpuid().fill(table, 3);
            assertThat(KvmCpuid2.nent(table, 0)).isEqualTo(6);
            assertThat(ebx(table, 1, 0) >>> 24).as("APIC id").isEqualTo(3);
            assertThat(ebx(table, 1, 0) >> 16 & 0xFF).as("logical processors").isEqualTo(4);
            assertThat(KvmCpuidEntry2.ecx(table, find(table, 1, 0)) & (1 << 31 | 1 << 24)).as("hypervisor, TSC deadline")
                    .isEqualTo(1 << 31 | 1 << 24);
            assertThat(KvmCpuidEntry2.edx(table, find(table, 1, 0)) & 1 << 28).as("HTT").isNotZero();
            assertThat(ebx(table, 0xB, 0)).isEqualTo(1);
            assertThat(ebx(table, 0xB, 1)).isEqualTo(4);
            assertThat(KvmCpuidEntry2.eax(table, find(table, 0xB, 1))).isEqualTo(2);
            assertThat(KvmCpuidEntry2.edx(table, find(table, 0xB, 1))).isEqualTo(3);
            // Level 3 is shared by all, and there are four cores.
            assertThat(KvmCpuidEntry2.eax(table, find(table, 4, 3)) >>> 14).isEqualTo(3 << 12 | 3);
        }
    }

    @Test
    void hypercallFeaturesAreOfferedOnlyWhereTheyWork() {
        try (KvmHypervisor with = KvmHypervisor.open(() -> host, 1, true);
                KvmHypervisor without = KvmHypervisor.open(() -> host, 1, false)) {
            ByteBuffer table = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
            with.cpuid().fill(table, 0);
            assertThat(KvmCpuidEntry2.eax(table, find(table, 0x4000_0001, 0))).isEqualTo(0x0100_7EFB);
            without.cpuid().fill(table, 0);
            assertThat(KvmCpuidEntry2.eax(table, find(table, 0x4000_0001, 0))).isEqualTo(0x0100_006B);
        }
    }

    private static int ebx(ByteBuffer table, int function, int index) {
        return KvmCpuidEntry2.ebx(table, find(table, function, index));
    }

    private static int find(ByteBuffer table, int function, int index) {
        for (int i = 0; i < KvmCpuid2.nent(table, 0); i++) {
            int at = KvmCpuid2.ENTRIES + i * KvmCpuidEntry2.SIZE;
            if (KvmCpuidEntry2.function(table, at) == function && KvmCpuidEntry2.index(table, at) == index) {
                return at;
            }
        }
        throw new AssertionError("No leaf 0x" + Integer.toHexString(function));
    }

    /** A kernel with a KVM of few leaves and 8 vCPUs. */
    private static final class FakeHost implements LinuxSyscalls {
        private final Set<Long> open = new HashSet<>();
        private int openError;
        private int version = 12;
        private KvmCapability missing;
        private int createError;
        private int setUpError;
        private int interruptions;
        private final LinuxSyscalls real = NativeBinding.newSyscalls();
        private long next = 100;

        private long descriptor() {
            open.add(next);
            return next++;
        }

        @Override
        public long invoke(long number, long a, long b, long c, long d, long e, long f) {
            if (number == NR_OPENAT) {
                return openError != 0 ? -openError : descriptor();
            }
            if (number == NR_CLOSE) {
                return open.remove(a) ? 0 : -Errno.EBADF;
            }
            if (number == NR_MMAP || number == NR_MPROTECT || number == NR_RT_SIGACTION) {
                // The kick handler is installed once per process: for other tests as well.
                return real.invoke(number, a, b, c, d, e, f);
            }
            return number == NR_IOCTL ? ioctl(b, c) : 0;
        }

        private long ioctl(long request, long argument) {
            if (interruptions > 0) {
                interruptions--;
                return -Errno.EINTR;
            }
            if (request == SystemIoctl.GET_API_VERSION) {
                return version;
            }
            if (request == SystemIoctl.CHECK_EXTENSION) {
                return missing != null && missing.number() == argument ? 0 : argument == KvmCapability.MAX_VCPUS.number() ? 8 : 1;
            }
            if (request == SystemIoctl.GET_VCPU_MMAP_SIZE) {
                return 12288;
            }
            if (request == SystemIoctl.GET_SUPPORTED_CPUID) {
                leaves(argument);
                return 0;
            }
            if (request == SystemIoctl.CREATE_VM) {
                return createError != 0 ? -createError : descriptor();
            }
            return request == VmIoctl.SET_USER_MEMORY_REGION ? -setUpError : 0;
        }

        @SuppressWarnings("restricted")
        private static void leaves(long address) {
            ByteBuffer table = java.lang.foreign.MemorySegment.ofAddress(address).reinterpret(4096).asByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN);
            int[][] entries = { { 1, 0, 0x1234, 0xFF000800, 0, 0 }, { 4, 3, 0x63, 0, 0, 0 }, { 0xB, 0, 1, 1, 1, 0 },
                { 0x4000_0001, 0, 0x0100_7EFB, 0, 0, 0 }, { 0x8000_0008, 0, 0x3027, 0, 0, 0 } };
            for (int i = 0; i < entries.length; i++) {
                int at = KvmCpuid2.ENTRIES + i * KvmCpuidEntry2.SIZE;
                KvmCpuidEntry2.function(table, at, entries[i][0]);
                KvmCpuidEntry2.index(table, at, entries[i][1]);
                KvmCpuidEntry2.eax(table, at, entries[i][2]);
                KvmCpuidEntry2.ebx(table, at, entries[i][3]);
            }
            KvmCpuid2.nent(table, 0, entries.length);
        }
    }
}
