package org.jvmm.cpu.state;

import org.jvmm.core.cpu.CpuModel;

/**
 * What CPUID answers: the documented model of docs/software-cpu.md. Only features the engine has are announced. Leaf numbers: SDM vol. 2, CPUID.
 */
public final class CpuidModel {
    /** Crystal frequency of leaf 0x15, Hz; also the APIC timer's. */
    public static final int CRYSTAL_HZ = 25_000_000;
    /** Ratio of the time-stamp counter to the crystal. */
    private static final int TSC_RATIO = 40;

    private static final int MAX_BASIC = 0x16;
    private static final int MAX_EXTENDED = 0x8000_0008;
    private static final int HYPERVISOR = 0x4000_0000;

    // Leaf 1 EDX.
    private static final int FPU = 1;
    private static final int VME_DE = 1 << 2;
    private static final int PSE = 1 << 3;
    private static final int TSC = 1 << 4;
    private static final int MSR = 1 << 5;
    private static final int PAE = 1 << 6;
    private static final int CX8 = 1 << 8;
    private static final int APIC = 1 << 9;
    private static final int PGE = 1 << 13;
    private static final int CMOV = 1 << 15;
    private static final int PAT = 1 << 16;
    private static final int CLFLUSH = 1 << 19;
    private static final int MMX = 1 << 23;
    private static final int FXSR = 1 << 24;
    private static final int SSE = 1 << 25;
    private static final int SSE2 = 1 << 26;
    // Leaf 1 ECX.
    private static final int SSE3 = 1;
    private static final int PCLMULQDQ = 1 << 1;
    private static final int SSSE3 = 1 << 9;
    private static final int FMA = 1 << 12;
    private static final int SSE4_1 = 1 << 19;
    private static final int SSE4_2 = 1 << 20;
    private static final int AES = 1 << 25;
    private static final int XSAVE = 1 << 26;
    private static final int OSXSAVE = 1 << 27;
    private static final int AVX = 1 << 28;
    private static final int F16C = 1 << 29;
    private static final int CX16 = 1 << 13;
    private static final int PCID = 1 << 17;
    private static final int X2APIC = 1 << 21;
    private static final int MOVBE = 1 << 22;
    private static final int POPCNT = 1 << 23;
    private static final int TSC_DEADLINE = 1 << 24;
    private static final int RDRAND = 1 << 30;
    private static final int HYPERVISOR_BIT = 1 << 31;
    // Leaf 7 EBX, ECX and EDX.
    private static final int FSGSBASE = 1;
    private static final int BMI1 = 1 << 3;
    private static final int AVX2 = 1 << 5;
    private static final int SMEP = 1 << 7;
    private static final int BMI2 = 1 << 8;
    private static final int INVPCID = 1 << 10;
    private static final int SMAP = 1 << 20;
    private static final int UMIP = 1 << 2;
    private static final int NO_FPU_SELECTORS = 1 << 13;
    private static final int ADX = 1 << 19;
    private static final int CLFLUSHOPT = 1 << 23;
    private static final int CLWB = 1 << 24;
    private static final int SHA = 1 << 29;
    private static final int RDPID = 1 << 22;
    private static final int ERMS = 1 << 9;
    private static final int RDSEED = 1 << 18;
    private static final int FSRM = 1 << 4;
    // Leaf 7, subleaf 1, EAX.
    private static final int FZRM = 1 << 10;
    private static final int FSRS = 1 << 11;
    // Leaf 0x80000001.
    private static final int SYSCALL = 1 << 11;
    private static final int NX = 1 << 20;
    private static final int PAGE_1G = 1 << 26;
    private static final int RDTSCP = 1 << 27;
    private static final int LONG_MODE = 1 << 29;
    private static final int LAHF = 1;
    private static final int LZCNT = 1 << 5;
    private static final int PREFETCHW = 1 << 8;
    // Leaf 0xD, subleaf 1.
    private static final int XSAVEOPT_XSAVEC_XGETBV1 = 7;
    private static final int XSAVE_LEGACY = 576;
    private static final int AVX_STATE = 256;

    /**
     * Family, model and stepping. Programs choose code by the model without looking at the feature bits (GCC's target_clones, __builtin_cpu_is), so it must be one
     * that had no more than is here: Westmere for v2, Broadwell for v3.
     */
    private static final int SIGNATURE_V2 = 0x0002_06C2;
    private static final int SIGNATURE_V3 = 0x0003_06D4;

    private final int apicId;
    private final int cpus;
    private final boolean avx;

    /** EAX of the last {@link #query}. */
    public int eax;
    /** EBX of the last {@link #query}. */
    public int ebx;
    /** ECX of the last {@link #query}. */
    public int ecx;
    /** EDX of the last {@link #query}. */
    public int edx;

    /**
     * @param apicId this CPU's
     * @param cpus CPUs of the machine
     * @param model features
     */
    public CpuidModel(int apicId, int cpus, CpuModel model) {
        this.apicId = apicId;
        this.cpus = cpus;
        this.avx = model == CpuModel.V3;
    }

    /** The bits that XCR0 may have. */
    public long stateComponents() {
        return avx ? 7 : 3;
    }

    /**
     * Answers a leaf in the four fields.
     *
     * @param osxsave CR4.OSXSAVE
     * @param xcr0 extended control register 0
     */
    public void query(int leaf, int subleaf, boolean osxsave, long xcr0) {
        eax = 0;
        ebx = 0;
        ecx = 0;
        edx = 0;
        int known = leaf;
        if (leaf >= 0 && leaf > MAX_BASIC && (leaf & 0xFFFF_FF00) != HYPERVISOR) {
            // A leaf behind the last is answered like the last basic leaf.
            known = MAX_BASIC;
        }
        switch (known) {
            case 0 -> {
                eax = MAX_BASIC;
                text("GenuineIntel");
            }
            case 1 -> {
                eax = avx ? SIGNATURE_V3 : SIGNATURE_V2;
                ebx = apicId << 24 | cpus << 16 | 8 << 8;
                ecx = SSE3 | PCLMULQDQ | SSSE3 | CX16 | PCID | SSE4_1 | SSE4_2 | X2APIC | MOVBE | POPCNT | TSC_DEADLINE | AES | XSAVE
                        | (osxsave ? OSXSAVE : 0) | (avx ? FMA | AVX | F16C : 0) | RDRAND | HYPERVISOR_BIT;
                edx = FPU | VME_DE | PSE | TSC | MSR | PAE | CX8 | APIC | PGE | CMOV | PAT | CLFLUSH | MMX | FXSR | SSE | SSE2
                        | (cpus > 1 ? 1 << 28 : 0);
            }
            case 2 -> eax = 1;
            case 4 -> cacheLeaf(subleaf);
            case 7 -> {
                if (subleaf == 0) {
                    eax = 1;
                    ebx = FSGSBASE | BMI1 | (avx ? AVX2 : 0) | BMI2 | ERMS | NO_FPU_SELECTORS | RDSEED | ADX | CLFLUSHOPT | CLWB | SHA
                            | SMEP | INVPCID | SMAP;
                    ecx = RDPID | UMIP;
                    edx = FSRM;
                } else if (subleaf == 1) {
                    eax = FZRM | FSRS;
                }
            }
            case 0xB -> topologyLeaf(subleaf);
            case 0xD -> stateLeaf(subleaf, xcr0);
            case 0x15 -> {
                eax = 1;
                ebx = TSC_RATIO;
                ecx = CRYSTAL_HZ;
            }
            case 0x16 -> {
                eax = CRYSTAL_HZ / 1_000_000 * TSC_RATIO;
                ebx = eax;
                ecx = CRYSTAL_HZ / 1_000_000;
            }
            default -> extended(known);
        }
    }

    private void extended(int leaf) {
        switch (leaf) {
            case HYPERVISOR -> {
                eax = HYPERVISOR + 0x10;
                ebx = 0x6D6D_766A;
                ecx = 0x6D6D_766A;
                edx = 0x6D6D_766A;
            }
            case HYPERVISOR + 0x10 -> {
                eax = CRYSTAL_HZ / 1000 * TSC_RATIO;
                ebx = CRYSTAL_HZ / 1000;
            }
            case 0x8000_0000 -> eax = MAX_EXTENDED;
            case 0x8000_0001 -> {
                ecx = LAHF | LZCNT | PREFETCHW;
                edx = SYSCALL | NX | PAGE_1G | RDTSCP | LONG_MODE;
            }
            case 0x8000_0002 -> brand(0);
            case 0x8000_0003 -> brand(16);
            case 0x8000_0004 -> brand(32);
            case 0x8000_0006 -> ecx = 0x0100_6040;
            // Invariant TSC.
            case 0x8000_0007 -> edx = 1 << 8;
            // 46 physical and 48 linear address bits.
            case 0x8000_0008 -> eax = 0x302E;
            default -> {
            }
        }
    }

    /** Sizes of the XSAVE area (SDM vol. 1 §13.2). */
    private void stateLeaf(int subleaf, long xcr0) {
        switch (subleaf) {
            case 0 -> {
                eax = (int) stateComponents();
                ebx = areaSize(xcr0);
                ecx = areaSize(stateComponents());
            }
            case 1 -> {
                eax = XSAVEOPT_XSAVEC_XGETBV1;
                ebx = areaSize(xcr0);
            }
            case 2 -> {
                if (avx) {
                    eax = AVX_STATE;
                    ebx = XSAVE_LEGACY;
                }
            }
            default -> {
            }
        }
    }

    private static int areaSize(long components) {
        return (components & 4) != 0 ? XSAVE_LEGACY + AVX_STATE : XSAVE_LEGACY;
    }

    private void cacheLeaf(int subleaf) {
        // One 32 KiB, 8-way data cache and a 1 MiB, 16-way unified cache, 64-byte lines.
        switch (subleaf) {
            case 0 -> {
                eax = 0x121;
                ebx = 7 << 22 | 63;
                ecx = 63;
            }
            case 1 -> {
                eax = 0x143;
                ebx = 15 << 22 | 63;
                ecx = 1023;
            }
            default -> {
            }
        }
        if (eax != 0) {
            // Core ids of the package, less 1: a power of two. Each cache is one core's (bits 14 to 25).
            eax |= (1 << coreBits()) - 1 << 26;
        }
    }

    /** Bits of the APIC id that number the cores. */
    private int coreBits() {
        return 32 - Integer.numberOfLeadingZeros(cpus - 1);
    }

    private void topologyLeaf(int subleaf) {
        ecx = subleaf;
        edx = apicId;
        if (subleaf == 0) {
            eax = 0;
            ebx = 1;
            ecx |= 1 << 8;
        } else if (subleaf == 1) {
            eax = coreBits();
            ebx = cpus;
            ecx |= 2 << 8;
        }
    }

    private void text(String twelve) {
        ebx = word(twelve, 0);
        edx = word(twelve, 4);
        ecx = word(twelve, 8);
    }

    private void brand(int from) {
        String name = "jvmm software CPU                               ";
        eax = word(name, from);
        ebx = word(name, from + 4);
        ecx = word(name, from + 8);
        edx = word(name, from + 12);
    }

    private static int word(String text, int at) {
        return text.charAt(at) | text.charAt(at + 1) << 8 | text.charAt(at + 2) << 16 | text.charAt(at + 3) << 24;
    }
}
