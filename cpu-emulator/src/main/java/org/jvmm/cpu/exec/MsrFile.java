package org.jvmm.cpu.exec;

import org.jvmm.core.irq.ApicFault;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.core.time.VmClock;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.CpuState;

/** The model-specific registers (SDM vol. 4, chapter 2): those that do something, those that only store, and #GP for the rest. */
final class MsrFile {
    /** Frequency of the time-stamp counter, Hz: one tick a nanosecond, so that it is the host's monotonic clock. */
    static final long TSC_HZ = 1_000_000_000L;

    private static final int TSC = 0x10;
    private static final int PLATFORM_ID = 0x17;
    private static final int FEATURE_CONTROL = 0x3A;
    private static final int TSC_ADJUST = 0x3B;
    private static final int MICROCODE_REVISION = 0x8B;
    private static final int MTRR_CAP = 0xFE;
    private static final int SYSENTER_CS = 0x174;
    private static final int SYSENTER_ESP = 0x175;
    private static final int SYSENTER_EIP = 0x176;
    private static final int MISC_ENABLE = 0x1A0;
    private static final int PAT = 0x277;
    private static final int DEADLINE = 0x6E0;
    private static final int FIRST_MTRR = 0x200;
    /** Pairs of base and mask, as MTRR_CAP says. */
    private static final int VARIABLE_MTRRS = 8;
    private static final int[] FIXED_MTRRS = { 0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F };
    /** Physical address bits that the CPU does not have. */
    private static final long NO_ADDRESS = -1L << 46;
    private static final int DEBUG_CONTROL = 0x1D9;
    private static final int BRANCH_TRAP_FLAG = 2;
    private static final int MTRR_DEF_TYPE = 0x2FF;
    private static final int EFER = 0xC000_0080;
    private static final int STAR = 0xC000_0081;
    private static final int LSTAR = 0xC000_0082;
    private static final int CSTAR = 0xC000_0083;
    private static final int FMASK = 0xC000_0084;
    private static final int FS_BASE = 0xC000_0100;
    private static final int GS_BASE = 0xC000_0101;
    private static final int KERNEL_GS_BASE = 0xC000_0102;
    private static final int TSC_AUX = 0xC000_0103;

    private static final int FS = 4;
    private static final int GS = 5;

    private final CpuState state;
    private final Mmu mmu;
    private final CpuInterrupts interrupts;
    private final VmClock clock;
    private final long tscOrigin;

    /** SYSCALL selectors. */
    long star;
    /** SYSCALL target. */
    long lstar;
    /** Flags that SYSCALL clears. */
    long syscallMask;
    /** The other GS base. */
    long kernelGsBase;
    /** What RDTSCP leaves in ECX. */
    long tscAux;

    private long cstar;
    private long debugControl;
    /** IA32_TSC_ADJUST: what the guest moved the counter by (SDM vol. 3 §17.17.3). */
    private long tscAdjust;
    /** What the host moved it by. */
    private long tscMoved;
    private long sysenterCs;
    private long sysenterEsp;
    private long sysenterEip;
    private long miscEnable = 1;
    private long pat = 0x0007_0406_0007_0406L;
    private long mtrrDefType = 0xC06;
    private final long[] mtrrs = new long[0x70];

    MsrFile(CpuState state, Mmu mmu, CpuInterrupts interrupts, VmClock clock, long tscOrigin) {
        this.state = state;
        this.mmu = mmu;
        this.interrupts = interrupts;
        this.clock = clock;
        this.tscOrigin = tscOrigin;
    }

    /** The time-stamp counter now. */
    long tsc() {
        return clock.nanoTime() - tscOrigin + tscMoved + tscAdjust;
    }

    /** The registers that a snapshot keeps, in the order in which they come back; the APIC's and those of segments and EFER go other ways. */
    static int[] saved() {
        int[] fixed = { TSC_ADJUST, TSC, SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP, MISC_ENABLE, PAT, DEBUG_CONTROL, MTRR_DEF_TYPE, STAR,
            LSTAR, CSTAR,
            FMASK, KERNEL_GS_BASE, TSC_AUX };
        int variable = 2 * VARIABLE_MTRRS;
        int[] all = java.util.Arrays.copyOf(fixed, fixed.length + variable + FIXED_MTRRS.length + 1);
        for (int i = 0; i < variable; i++) {
            all[fixed.length + i] = FIRST_MTRR + i;
        }
        System.arraycopy(FIXED_MTRRS, 0, all, fixed.length + variable, FIXED_MTRRS.length);
        // Last: it is on the scale of the counter, and the APIC's timer must be in its mode.
        all[all.length - 1] = DEADLINE;
        return all;
    }

    /** Sets the time-stamp counter as the host: {@code IA32_TSC_ADJUST} stays. */
    void setTsc(long value) {
        tscMoved += value - tsc();
    }

    /** The APIC's deadlines are on the scale of the counter as it would be without any moves. */
    private long readApic(int index) {
        long value = interrupts.readMsr(index);
        return index == DEADLINE && value != 0 ? value + tscMoved + tscAdjust : value;
    }

    private void writeApic(int index, long value) {
        if (index != DEADLINE || value == 0) {
            interrupts.writeMsr(index, value);
        } else if (Long.compareUnsigned(value, tsc()) <= 0) {
            // In the past, whatever the move; zero would disarm.
            interrupts.writeMsr(index, 1);
        } else {
            interrupts.writeMsr(index, value - tscMoved - tscAdjust);
        }
    }

    /** The counter moves by {@code delta}, and an armed deadline comes when the moved counter reaches it. */
    private void adjust(long delta) {
        long armed = readApic(DEADLINE);
        tscAdjust += delta;
        if (armed != 0) {
            writeApic(DEADLINE, armed);
        }
    }

    /** RDMSR: #GP for a register there is not. */
    long read(int index) {
        if (CpuInterrupts.ownsMsr(index)) {
            try {
                return readApic(index);
            } catch (ApicFault e) {
                throw state.gp();
            }
        }
        return switch (index) {
            case TSC -> tsc();
            case PLATFORM_ID, MICROCODE_REVISION -> 0;
            case FEATURE_CONTROL -> 1;
            case TSC_ADJUST -> tscAdjust;
            case MTRR_CAP -> 0x508;
            case SYSENTER_CS -> sysenterCs;
            case SYSENTER_ESP -> sysenterEsp;
            case SYSENTER_EIP -> sysenterEip;
            case MISC_ENABLE -> miscEnable;
            case PAT -> pat;
            case DEBUG_CONTROL -> debugControl;
            case MTRR_DEF_TYPE -> mtrrDefType;
            case EFER -> state.efer;
            case STAR -> star;
            case LSTAR -> lstar;
            case CSTAR -> cstar;
            case FMASK -> syscallMask;
            case FS_BASE -> state.segments[FS].base;
            case GS_BASE -> state.segments[GS].base;
            case KERNEL_GS_BASE -> kernelGsBase;
            case TSC_AUX -> tscAux;
            default -> {
                if (isMtrr(index)) {
                    yield mtrrs[index - FIRST_MTRR];
                }
                throw state.gp();
            }
        };
    }

    /** WRMSR: #GP for a register there is not, or a value it does not take. */
    void write(int index, long value) {
        if (CpuInterrupts.ownsMsr(index)) {
            try {
                writeApic(index, value);
                return;
            } catch (ApicFault e) {
                throw state.gp();
            }
        }
        switch (index) {
            case TSC -> adjust(value - tsc());
            case TSC_ADJUST -> adjust(value - tscAdjust);
            // Microcode loads and platform controls that have nothing to do here.
            case PLATFORM_ID, MICROCODE_REVISION, 0x79 -> {
            }
            case SYSENTER_CS -> sysenterCs = value;
            case SYSENTER_ESP -> sysenterEsp = canonical(value);
            case SYSENTER_EIP -> sysenterEip = canonical(value);
            case MISC_ENABLE -> miscEnable = value;
            case PAT -> pat = memoryTypes(value, true);
            case DEBUG_CONTROL -> writeDebugControl(value);
            case MTRR_DEF_TYPE -> mtrrDefType = defaultType(value);
            case EFER -> writeEfer(value);
            case STAR -> star = value;
            case LSTAR -> lstar = canonical(value);
            case CSTAR -> cstar = canonical(value);
            case FMASK -> syscallMask = value & 0xFFFF_FFFFL;
            case FS_BASE -> setBase(FS, value);
            case GS_BASE -> setBase(GS, value);
            case KERNEL_GS_BASE -> kernelGsBase = canonical(value);
            case TSC_AUX -> tscAux = value & 0xFFFF_FFFFL;
            default -> {
                if (!isMtrr(index)) {
                    throw state.gp();
                }
                mtrrs[index - FIRST_MTRR] = checkedMtrr(index, value);
            }
        }
    }

    /** Last-branch recording can be asked for but records nothing; single steps on branches work (SDM vol. 3 §17.4.1). */
    private void writeDebugControl(long value) {
        if ((value & ~3L) != 0) {
            throw state.gp();
        }
        debugControl = value;
    }

    /** Whether TF traps taken branches alone (BTF). */
    boolean branchTrapsOnly() {
        return (debugControl & BRANCH_TRAP_FLAG) != 0;
    }

    /** A debug exception was raised (SDM vol. 3 §17.4.3). */
    void clearBranchTraps() {
        debugControl &= ~BRANCH_TRAP_FLAG;
    }

    private static boolean isMtrr(int index) {
        if (index >= FIRST_MTRR && index < FIRST_MTRR + 2 * VARIABLE_MTRRS) {
            return true;
        }
        for (int fixed : FIXED_MTRRS) {
            if (index == fixed) {
                return true;
            }
        }
        return false;
    }

    /** Eight memory types, one a byte: 0, 1, 4, 5, 6, and in the PAT 7 (SDM vol. 3 §12.11.2, §12.12.2). */
    private long memoryTypes(long value, boolean pageAttributes) {
        for (int shift = 0; shift < 64; shift += 8) {
            int type = (int) (value >>> shift) & 0xFF;
            if (!isMemoryType(type) && !(pageAttributes && type == 7)) {
                throw state.gp();
            }
        }
        return value;
    }

    private static boolean isMemoryType(int type) {
        return type == 0 || type == 1 || type >= 4 && type <= 6;
    }

    private long defaultType(long value) {
        if ((value & ~0xCFFL) != 0 || !isMemoryType((int) value & 0xFF)) {
            throw state.gp();
        }
        return value;
    }

    /** SDM vol. 3 §12.11.2.2 and §12.11.2.3. */
    private long checkedMtrr(int index, long value) {
        if (index >= FIXED_MTRRS[0]) {
            return memoryTypes(value, false);
        }
        boolean mask = (index & 1) != 0;
        if ((value & (NO_ADDRESS | (mask ? 0x7FF : 0xF00))) != 0 || !mask && !isMemoryType((int) value & 0xFF)) {
            throw state.gp();
        }
        return value;
    }

    private long canonical(long value) {
        if (value << 16 >> 16 != value) {
            throw state.gp();
        }
        return value;
    }

    private void setBase(int segment, long value) {
        state.segments[segment].base = canonical(value);
        state.updateSegmentBases();
    }

    private void writeEfer(long value) {
        long known = CpuState.EFER_SCE | CpuState.EFER_LME | CpuState.EFER_LMA | CpuState.EFER_NXE;
        boolean lmeChanges = ((value ^ state.efer) & CpuState.EFER_LME) != 0;
        if ((value & ~known) != 0 || lmeChanges && (state.cr0 & CpuState.CR0_PG) != 0) {
            throw state.gp();
        }
        // LMA is the processor's to set (SDM vol. 3 §2.2.1).
        state.efer = value & ~CpuState.EFER_LMA | state.efer & CpuState.EFER_LMA;
        mmu.flushAll();
    }

    /** SWAPGS. */
    void swapGs() {
        long base = state.segments[GS].base;
        state.segments[GS].base = kernelGsBase;
        state.r[CpuState.SEGMENT_BASES + 1 + GS] = kernelGsBase;
        kernelGsBase = base;
    }
}
