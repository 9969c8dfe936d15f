package org.jvmm.kvm;

import java.nio.ByteBuffer;
import org.jvmm.core.host.Errno;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.abi.KvmCpuid2;
import org.jvmm.kvm.abi.KvmCpuidEntry2;
import org.jvmm.kvm.abi.SystemIoctl;
import org.jvmm.kvm.abi.VcpuIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/**
 * What CPUID answers: the host's leaves as KVM offers them, with each vCPU's own APIC id and a topology of one package with one thread a core (SDM vol.
 * 2A, CPUID; AMD APM vol. 3, appendix E).
 */
final class KvmCpuid {
    private static final int MAX_ENTRIES = 256;
    private static final int FEATURES = 1;
    private static final int CACHES = 4;
    private static final int TOPOLOGY = 0xB;
    private static final int TOPOLOGY_V2 = 0x1F;
    private static final int KVM_FEATURES = 0x4000_0001;
    private static final int EXTENDED_SIZES = 0x8000_0008;
    private static final int EXTENDED_TOPOLOGY = 0x8000_001E;

    private static final int ECX_TSC_DEADLINE = 1 << 24;
    private static final int ECX_HYPERVISOR = 1 << 31;
    private static final int EDX_HTT = 1 << 28;
    /**
     * Features that make the guest call its host (Documentation/virt/kvm/x86/cpuid.rst): ASYNC_PF 4, PV_UNHALT 7, PV_TLB_FLUSH 9, ASYNC_PF_VMEXIT 10,
     * PV_SEND_IPI 11, POLL_CONTROL 12, PV_SCHED_YIELD 13, ASYNC_PF_INT 14, HC_MAP_GPA_RANGE 16, MIGRATION_CONTROL 17.
     */
    private static final int HYPERCALL_FEATURES = 1 << 4 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 16
            | 1 << 17;
    private static final int SMT_LEVEL = 1 << 8;
    private static final int CORE_LEVEL = 2 << 8;
    private static final int DEFAULT_PHYSICAL_BITS = 36;

    private final StructBuffer supported;
    private final int cpus;
    private final boolean tscDeadline;
    private final boolean hypercalls;

    private KvmCpuid(StructBuffer supported, int cpus, boolean tscDeadline, boolean hypercalls) {
        this.supported = supported;
        this.cpus = cpus;
        this.tscDeadline = tscDeadline;
        this.hypercalls = hypercalls;
    }

    /** Asks KVM. */
    static KvmCpuid supported(KvmFd system, int cpus, boolean tscDeadline, boolean hypercalls) {
        StructBuffer table = StructBuffer.allocate(KvmCpuid2.SIZE + MAX_ENTRIES * KvmCpuidEntry2.SIZE);
        KvmCpuid2.nent(table.bytes(), 0, MAX_ENTRIES);
        system.call("KVM_GET_SUPPORTED_CPUID", MAX_ENTRIES + " entries", SystemIoctl.GET_SUPPORTED_CPUID, table.address());
        return new KvmCpuid(table, cpus, tscDeadline, hypercalls);
    }

    /** Width of physical addresses in bits. */
    int physicalBits() {
        ByteBuffer table = supported.bytes();
        for (int i = 0; i < KvmCpuid2.nent(table, 0); i++) {
            if (KvmCpuidEntry2.function(table, entry(i)) == EXTENDED_SIZES) {
                return KvmCpuidEntry2.eax(table, entry(i)) & 0xFF;
            }
        }
        return DEFAULT_PHYSICAL_BITS;
    }

    /** Number of leaves that KVM offers. */
    int size() {
        return KvmCpuid2.nent(supported.bytes(), 0);
    }

    /** Gives a vCPU its table. */
    void apply(KvmFd vcpu, int id) {
        StructBuffer own = StructBuffer.allocate(KvmCpuid2.SIZE + (size() + 2) * KvmCpuidEntry2.SIZE);
        fill(own.bytes(), id);
        long result = vcpu.raw(VcpuIoctl.SET_CPUID2, own.address());
        if (result < 0) {
            throw new KvmException("KVM_SET_CPUID2", "vCPU " + id, (int) -result,
                    result == -Errno.E2BIG ? "this host's KVM takes fewer leaves than it offers; use --accel=soft" : "");
        }
    }

    private static int entry(int index) {
        return KvmCpuid2.ENTRIES + index * KvmCpuidEntry2.SIZE;
    }

    /** The table of vCPU {@code id}, at most two leaves larger than KVM's. */
    void fill(ByteBuffer own, int id) {
        ByteBuffer table = supported.bytes();
        int count = 0;
        boolean topology = false;
        for (int i = 0; i < size(); i++) {
            int from = entry(i);
            int function = KvmCpuidEntry2.function(table, from);
            if (function == TOPOLOGY || function == TOPOLOGY_V2) {
                topology = true;
                continue;
            }
            int at = entry(count++);
            own.put(at, table, from, KvmCpuidEntry2.SIZE);
            patch(own, at, function, id);
        }
        if (topology) {
            // One thread a core, then all cores of the package (SDM vol. 3 §9.9.3).
            level(own, entry(count++), 0, 0, 1, SMT_LEVEL, id);
            level(own, entry(count++), 1, bits(cpus), cpus, CORE_LEVEL | 1, id);
        }
        KvmCpuid2.nent(own, 0, count);
    }

    private static void level(ByteBuffer own, int at, int index, int shift, int processors, int levelAndIndex, int id) {
        KvmCpuidEntry2.function(own, at, TOPOLOGY);
        KvmCpuidEntry2.index(own, at, index);
        KvmCpuidEntry2.flags(own, at, KvmConstants.CPUID_FLAG_SIGNIFCANT_INDEX);
        KvmCpuidEntry2.eax(own, at, shift);
        KvmCpuidEntry2.ebx(own, at, processors);
        KvmCpuidEntry2.ecx(own, at, levelAndIndex);
        KvmCpuidEntry2.edx(own, at, id);
    }

    private void patch(ByteBuffer own, int at, int function, int id) {
        switch (function) {
            case FEATURES -> {
                int logical = 1 << bits(cpus);
                KvmCpuidEntry2.ebx(own, at, KvmCpuidEntry2.ebx(own, at) & 0xFFFF | id << 24 | (logical & 0xFF) << 16);
                int ecx = KvmCpuidEntry2.ecx(own, at) | ECX_HYPERVISOR;
                KvmCpuidEntry2.ecx(own, at, tscDeadline ? ecx | ECX_TSC_DEADLINE : ecx & ~ECX_TSC_DEADLINE);
                int edx = KvmCpuidEntry2.edx(own, at);
                KvmCpuidEntry2.edx(own, at, cpus > 1 ? edx | EDX_HTT : edx & ~EDX_HTT);
            }
            case CACHES -> {
                int eax = KvmCpuidEntry2.eax(own, at);
                if ((eax & 0x1F) != 0) {
                    // Only the last level is shared (bits 5 to 7: level; 14 to 25: sharing threads - 1; 26 to 31: cores - 1).
                    int sharing = (eax >> 5 & 7) >= 3 ? (1 << bits(cpus)) - 1 : 0;
                    int cores = Math.min((1 << bits(cpus)) - 1, 63);
                    KvmCpuidEntry2.eax(own, at, eax & 0x3FFF | sharing << 14 | cores << 26);
                }
            }
            case KVM_FEATURES -> {
                if (!hypercalls) {
                    KvmCpuidEntry2.eax(own, at, KvmCpuidEntry2.eax(own, at) & ~HYPERCALL_FEATURES);
                }
            }
            case EXTENDED_SIZES -> KvmCpuidEntry2.ecx(own, at, KvmCpuidEntry2.ecx(own, at) & ~0xF0FF | bits(cpus) << 12 | cpus - 1);
            case EXTENDED_TOPOLOGY -> {
                KvmCpuidEntry2.eax(own, at, id);
                KvmCpuidEntry2.ebx(own, at, id & 0xFF);
                KvmCpuidEntry2.ecx(own, at, 0);
            }
            default -> {
                // As KVM offers it.
            }
        }
    }

    /** Bits that number {@code count} things. */
    private static int bits(int count) {
        return 32 - Integer.numberOfLeadingZeros(count - 1);
    }
}
