package org.jvmm.cpu.state;

import org.jvmm.core.cpu.SegmentState;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.sse.SseState;
import org.jvmm.cpu.x87.X87State;

/**
 * The architectural state of one x86-64 processor, in the form that executes fastest.
 *
 * <p><b>Registers.</b> {@link #r} holds the sixteen general registers and, above them, the constants that address arithmetic adds without asking:
 * slot 16 the address of the running block, slots 24 to 30 segment bases, slot 31 always zero; then the MMU's TLBs.
 *
 * <p><b>Flags.</b> The six arithmetic flags are kept as two longs. {@link #flagResult} is the result, sign-extended to 64 bits: ZF is "equals zero",
 * SF is "negative", PF is the parity of its low byte. {@link #flagAux} holds what the result does not tell: bit 63 CF, bit 62 the carry into the
 * sign bit (so OF = bit 63 xor bit 62), bit 3 AF; bits 7 and 2 are inverted into SF and PF, for flags loaded whole by POPF and the like.
 */
public final class CpuState {
    /** CF in RFLAGS. */
    public static final int CF = 1;
    /** PF in RFLAGS. */
    public static final int PF = 4;
    /** AF in RFLAGS. */
    public static final int AF = 0x10;
    /** ZF in RFLAGS. */
    public static final int ZF = 0x40;
    /** SF in RFLAGS. */
    public static final int SF = 0x80;
    /** TF in RFLAGS. */
    public static final int TF = 0x100;
    /** IF in RFLAGS. */
    public static final int IF = 0x200;
    /** DF in RFLAGS. */
    public static final int DF = 0x400;
    /** OF in RFLAGS. */
    public static final int OF = 0x800;
    /** IOPL in RFLAGS. */
    public static final int IOPL = 0x3000;
    /** NT in RFLAGS. */
    public static final int NT = 0x4000;
    /** RF in RFLAGS. */
    public static final int RF = 0x10000;
    /** VM in RFLAGS. */
    public static final int VM = 0x20000;
    /** AC in RFLAGS. */
    public static final int AC = 0x40000;
    /** ID in RFLAGS. */
    public static final int ID = 0x200000;
    /** The arithmetic flags. */
    public static final int ARITHMETIC = CF | PF | AF | ZF | SF | OF;

    /** CR0 bits. */
    public static final long CR0_PE = 1;
    /** Monitor coprocessor. */
    public static final long CR0_MP = 2;
    /** Emulation. */
    public static final long CR0_EM = 4;
    /** Task switched. */
    public static final long CR0_TS = 8;
    /** Numeric error. */
    public static final long CR0_NE = 0x20;
    /** Write protect. */
    public static final long CR0_WP = 0x10000;
    /** Paging. */
    public static final long CR0_PG = 0x8000_0000L;
    /** CR0: alignment checks in user mode. */
    public static final long CR0_AM = 0x4_0000;
    /** CR4: no RDTSC in user mode. */
    public static final long CR4_TSD = 4;
    /** CR4: I/O breakpoints, and no DR4 and DR5. */
    public static final long CR4_DE = 8;
    /** CR4: 4 MiB pages in 32-bit paging. */
    public static final long CR4_PSE = 0x10;
    /** CR4: user mode may not read the descriptor-table registers. */
    public static final long CR4_UMIP = 0x800;
    /** CR4: process-context identifiers. */
    public static final long CR4_PCIDE = 0x2_0000;
    /** CR4: the supervisor may not execute user pages. */
    public static final long CR4_SMEP = 0x10_0000;
    /** CR4: the supervisor may not access user pages unless AC is set. */
    public static final long CR4_SMAP = 0x20_0000;
    /** CR4: physical-address extension. */
    public static final long CR4_PAE = 0x20;
    /** CR4: global pages. */
    public static final long CR4_PGE = 0x80;
    /** CR4: RDFSBASE and its kin. */
    public static final long CR4_FSGSBASE = 0x1_0000;
    /** CR4: XSAVE, and XCR0 with it. */
    public static final long CR4_OSXSAVE = 0x4_0000;
    /** XCR0: x87 state. */
    public static final long XCR0_X87 = 1;
    /** XCR0: XMM registers and MXCSR. */
    public static final long XCR0_SSE = 2;
    /** XCR0: upper halves of the YMM registers. */
    public static final long XCR0_AVX = 4;
    /** EFER: SYSCALL enable. */
    public static final long EFER_SCE = 1;
    /** EFER: long mode enable. */
    public static final long EFER_LME = 0x100;
    /** EFER: long mode active. */
    public static final long EFER_LMA = 0x400;
    /** EFER: no-execute enable. */
    public static final long EFER_NXE = 0x800;

    /** Slot of the running block's address in {@link #r}. */
    public static final int BLOCK_RIP = 16;
    /** First of the segment-base slots in {@link #r}: none, then ES to GS in their encoding order. */
    public static final int SEGMENT_BASES = 24;
    /** Slot that is always zero. */
    public static final int ZERO = 31;
    /** Slot of the privilege that accesses have, for the TLBs: 1 user, 0 supervisor. */
    public static final int PRIVILEGE = 17;
    /** First slot of the TLBs, which the MMU keeps behind the registers. */
    public static final int TLBS = 32;
    /** Words of the TLBs. */
    public static final int TLB_WORDS = 3 * 4096;

    /** Bits of {@link #flagAux} that an addition or subtraction sets. */
    public static final long AUX_MASK = 0xC000_0000_0000_0008L;
    private static final long AUX_CF = Long.MIN_VALUE;
    private static final int AUX_AF = 8;
    private static final int AUX_SF_INVERTED = 0x80;
    private static final int AUX_PF_INVERTED = 4;

    /**
     * General registers and address constants, and behind them the TLBs: with one array the interpreter's loop needs one base and one length where it
     * would need four.
     */
    public final long[] r = new long[TLBS + TLB_WORDS];
    /** Address of the current instruction (offset in CS); exact only outside the interpreter's loop. */
    public long rip;
    /** Result that ZF, SF and PF follow. */
    public long flagResult = 1;
    /** CF, OF, AF and the corrections. */
    public long flagAux;
    /** RFLAGS without the arithmetic flags: IF, DF, TF, IOPL, NT, RF, AC, ID, and the constant bit 1. */
    public int systemFlags = 2;

    /** ES, CS, SS, DS, FS, GS. */
    public final SegmentState[] segments = new SegmentState[6];
    /** Task register. */
    public final SegmentState tr = new SegmentState().set(0, 0, 0xFFFF, 0x8B);
    /** Local descriptor table register. */
    public final SegmentState ldt = new SegmentState().set(0, 0, 0xFFFF, 0x82);
    /** GDT base. */
    public long gdtBase;
    /** GDT limit. */
    public int gdtLimit = 0xFFFF;
    /** IDT base. */
    public long idtBase;
    /** IDT limit. */
    public int idtLimit = 0xFFFF;
    /** Control register 0; after reset caches are off (SDM vol. 3, table 9-1). */
    public long cr0 = 0x6000_0010L;
    /** Page-fault address. */
    public long cr2;
    /** Page-table root. */
    public long cr3;
    /** Control register 4. */
    public long cr4;
    /** Extended features. */
    public long efer;
    /** Extended control register 0: the state components in use. */
    public long xcr0 = XCR0_X87;
    /** The four directory pointers of PAE paging, as loaded with CR3 (SDM vol. 3 §4.4.1). */
    public final long[] directoryPointers = new long[4];
    /** Breakpoints that the current instruction has hit, as in DR6. */
    public int debugHits;
    /** Debug registers. */
    public final long[] dr = { 0, 0, 0, 0, 0, 0, 0xFFFF_0FF0L, 0x400 };

    /** Current privilege level. */
    public int cpl;
    /** Code size: 2, 4 or 8 bytes (16-bit, 32-bit, 64-bit mode). */
    public int mode = 2;

    /** XMM registers and MXCSR. */
    public final SseState sse = new SseState();
    /** x87 registers. */
    public final X87State x87 = new X87State();

    /** The exception this CPU throws. */
    public final CpuException exception = new CpuException();

    /** The reset state (SDM vol. 3, table 9-1). */
    public CpuState() {
        for (int i = 0; i < 6; i++) {
            segments[i] = new SegmentState();
        }
        init();
    }

    /** What INIT resets (SDM vol. 3, table 9-1): not the x87, MMX and XMM registers, XCR0, and the cache bits of CR0. */
    public void init() {
        java.util.Arrays.fill(r, 0, 16, 0);
        r[2] = 0x600;
        rip = 0xFFF0;
        setRflags(2);
        for (int i = 0; i < 6; i++) {
            segments[i].set(0, 0, 0xFFFF, 0x93);
        }
        segments[X86Sregs.CS].set(0xF000, 0xFFFF0000L, 0xFFFF, 0x9B);
        tr.set(0, 0, 0xFFFF, 0x8B);
        ldt.set(0, 0, 0xFFFF, 0x82);
        gdtBase = 0;
        gdtLimit = 0xFFFF;
        idtBase = 0;
        idtLimit = 0xFFFF;
        cr0 = cr0 & 0x6000_0000L | 0x10;
        cr2 = 0;
        cr3 = 0;
        cr4 = 0;
        efer = 0;
        java.util.Arrays.fill(dr, 0, 4, 0);
        dr[6] = 0xFFFF_0FF0L;
        dr[7] = 0x400;
        cpl = 0;
        updateMode();
    }

    /** Throws an exception of the guest's processor. */
    public CpuException fault(int vector, int errorCode) {
        return exception.set(vector, errorCode);
    }

    /** General protection with error code 0. */
    public CpuException gp() {
        return exception.set(CpuException.GP, 0);
    }

    /** Invalid opcode. */
    public CpuException ud() {
        return exception.set(CpuException.UD, 0);
    }

    /** Whether 64-bit or compatibility mode is active. */
    public boolean longMode() {
        return (efer & EFER_LMA) != 0;
    }

    /** Whether protected mode is on. */
    public boolean protectedMode() {
        return (cr0 & CR0_PE) != 0;
    }

    /** Whether an address has 48 significant bits (SDM vol. 1 §3.3.7.1). */
    public static boolean isCanonical(long address) {
        return address << 16 >> 16 == address;
    }

    /** Whether PAE paging is in use, with its directory pointers in registers. */
    public boolean paePaging() {
        return (cr0 & CR0_PG) != 0 && (cr4 & CR4_PAE) != 0 && !longMode();
    }

    /** Whether explicit supervisor accesses to user pages are refused (SDM vol. 3 §4.6.1). */
    public boolean smapCloses() {
        return (cr4 & CR4_SMAP) != 0 && (systemFlags & AC) == 0;
    }

    /** Whether accesses must be aligned now: #AC in user mode (SDM vol. 3 §6.15, interrupt 17). */
    public boolean checksAlignment() {
        return cpl == 3 && (systemFlags & AC) != 0 && (cr0 & CR0_AM) != 0;
    }

    /** Negative when SF is set, of the two flag words. */
    public static long signed(long result, long aux) {
        return result ^ aux << 56;
    }

    /** Negative when SF differs from OF, of the two flag words. */
    public static long less(long result, long aux) {
        return result ^ aux << 56 ^ aux ^ aux << 1;
    }

    /** Carry. */
    public boolean cf() {
        return flagAux < 0;
    }

    /** Carry as 0 or 1. */
    public int carry() {
        return (int) (flagAux >>> 63);
    }

    /** Zero. */
    public boolean zf() {
        return flagResult == 0;
    }

    /** Sign. */
    public boolean sf() {
        return (flagResult ^ flagAux << 56) < 0;
    }

    /** Overflow. */
    public boolean of() {
        return (flagAux ^ flagAux << 1) < 0;
    }

    /** Parity (even). */
    public boolean pf() {
        return (Integer.bitCount((int) flagResult & 0xFF) + ((int) flagAux >> 2) & 1) == 0;
    }

    /** Auxiliary carry. */
    public boolean af() {
        return (flagAux & AUX_AF) != 0;
    }

    /** Evaluates a condition code, 0 (O) to 15 (NLE) (SDM vol. 2, appendix B.1.4.7). */
    public boolean condition(int code) {
        boolean value = switch (code >> 1) {
            case 0 -> of();
            case 1 -> cf();
            case 2 -> zf();
            case 3 -> cf() || zf();
            case 4 -> sf();
            case 5 -> pf();
            case 6 -> sf() != of();
            default -> zf() || sf() != of();
        };
        return value != ((code & 1) != 0);
    }

    /** RFLAGS as PUSHF would store them, RF and VM included. */
    public int rflags() {
        return systemFlags | (cf() ? CF : 0) | (pf() ? PF : 0) | (af() ? AF : 0) | (zf() ? ZF : 0) | (sf() ? SF : 0) | (of() ? OF : 0);
    }

    /** Replaces all flags. */
    public void setRflags(long flags) {
        systemFlags = (int) flags & ~ARITHMETIC | 2;
        setArithmeticFlags((int) flags);
    }

    /** Replaces the six arithmetic flags by those of {@code flags}. */
    public void setArithmeticFlags(int flags) {
        boolean zero = (flags & ZF) != 0;
        boolean carry = (flags & CF) != 0;
        boolean overflow = (flags & OF) != 0;
        // A result of 0 has SF clear and PF set; a result of 1 has both clear.
        flagResult = zero ? 0 : 1;
        flagAux = (carry ? AUX_CF : 0) | (carry != overflow ? AUX_CF >>> 1 : 0) | ((flags & AF) != 0 ? AUX_AF : 0)
                | ((flags & SF) != 0 ? AUX_SF_INVERTED : 0) | (zero == (flags & PF) > 0 ? 0 : AUX_PF_INVERTED);
    }

    /** Sets CF alone, keeping OF. */
    public void setCarry(boolean carry) {
        if (carry != cf()) {
            flagAux ^= AUX_CF | AUX_CF >>> 1;
        }
    }

    /** Sets flags after an operation that defines CF and OF itself; ZF, SF, PF follow {@code result}, which is sign-extended. */
    public void setFlags(long result, boolean carry, boolean overflow) {
        flagResult = result;
        flagAux = (carry ? AUX_CF : 0) | (carry != overflow ? AUX_CF >>> 1 : 0);
    }

    /** Copies the segment bases into their slots of {@link #r}; in 64-bit mode all but FS and GS are zero (SDM vol. 1 §3.3.7.1). */
    public void updateSegmentBases() {
        boolean flat = mode == 8;
        for (int i = 0; i < 6; i++) {
            r[SEGMENT_BASES + 1 + i] = flat && i < X86Sregs.FS ? 0 : segments[i].base;
        }
    }

    /** Recomputes {@link #mode} from CS and EFER; the segment bases follow. */
    public void updateMode() {
        int attributes = segments[X86Sregs.CS].attributes;
        if (longMode() && (attributes & 1 << 13) != 0) {
            mode = 8;
        } else {
            mode = protectedMode() && (attributes & 1 << 14) != 0 ? 4 : 2;
        }
        updateSegmentBases();
    }
}
