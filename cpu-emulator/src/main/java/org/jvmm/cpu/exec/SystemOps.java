package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.Breakpoints;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.state.CpuidModel;

/** Control and debug registers, descriptor-table registers, MSR access, CPUID, time-stamp counter, random numbers. */
final class SystemOps {
    private static final int RAX = X86Regs.RAX;
    private static final int RBX = X86Regs.RBX;
    private static final int RCX = X86Regs.RCX;
    private static final int RDX = X86Regs.RDX;
    private static final long CR0_FIXED = 0x10;
    private static final long CR0_KNOWN = 0xE005_003FL;
    private static final long CR0_CD_NW = 0x6000_0000L;
    /** TSD, DE, PSE, PAE, PGE, PCE, OSFXSR, OSXMMEXCPT, and what has a name: what CPUID announces. */
    private static final long CR4_KNOWN = 0x7BC | CpuState.CR4_UMIP | CpuState.CR4_FSGSBASE | CpuState.CR4_PCIDE | CpuState.CR4_OSXSAVE
            | CpuState.CR4_SMEP | CpuState.CR4_SMAP;
    /** Bits of CR4 whose change makes PAE paging load its directory pointers (SDM vol. 3 §4.4.1). */
    private static final long CR4_RELOADS = CpuState.CR4_PAE | CpuState.CR4_PGE | CpuState.CR4_PSE | CpuState.CR4_SMEP;
    private static final long CR3_NO_FLUSH = Long.MIN_VALUE;
    /** Bits that a CR3 with 46 physical address bits does not have. */
    private static final long CR3_RESERVED = 0x7FFF_C000_0000_0000L;
    private static final long PCID = 0xFFF;

    private final CpuState state;
    private final Mmu mmu;
    private final Operands ops;
    private final MsrFile msrs;
    private final CpuidModel cpuid;
    private final CpuInterrupts interrupts;
    private final EntropySource random = new EntropySource();

    SystemOps(Operands ops, MsrFile msrs, CpuidModel cpuid, CpuInterrupts interrupts) {
        this.ops = ops;
        this.state = ops.state;
        this.mmu = ops.mmu;
        this.msrs = msrs;
        this.cpuid = cpuid;
        this.interrupts = interrupts;
    }

    /** #GP unless the privilege level is 0. */
    void privileged() {
        if (state.cpl != 0) {
            throw state.gp();
        }
    }

    void moveFromControl(Instruction insn) {
        checkControl(insn.reg1);
        privileged();
        long value = switch (insn.reg1) {
            case 0 -> state.cr0;
            case 2 -> state.cr2;
            case 3 -> state.cr3;
            case 4 -> state.cr4;
            case 8 -> interrupts.readCr8();
            default -> throw state.ud();
        };
        ops.setRegister(insn.reg0, insn.size0, value);
    }

    /** A register that does not exist is #UD at any privilege. */
    private void checkControl(int register) {
        if (register != 0 && register != 8 && (register < 2 || register > 4)) {
            throw state.ud();
        }
    }

    void moveToControl(Instruction insn) {
        checkControl(insn.reg0);
        privileged();
        long value = ops.register(insn.reg1, insn.size1);
        switch (insn.reg0) {
            case 0 -> writeCr0(value);
            case 2 -> state.cr2 = value;
            case 3 -> writeCr3(value);
            case 4 -> writeCr4(value);
            case 8 -> {
                if ((value & ~15L) != 0) {
                    throw state.gp();
                }
                interrupts.writeCr8((int) value);
            }
            default -> throw state.ud();
        }
    }

    /**
     * Writes CR3. The TLB holds the translations of one process-context identifier at a time: a switch to another drops those that are not global, whatever
     * bit 63 asks; so does a switch to the same one without that bit (SDM vol. 3 §4.10.4.1 asks for no more, and a processor may always drop more).
     */
    private void writeCr3(long value) {
        boolean contexts = (state.cr4 & CpuState.CR4_PCIDE) != 0;
        if (state.longMode() && ((value & CR3_RESERVED) != 0 || !contexts && value < 0)) {
            throw state.gp();
        }
        if (state.paePaging() && !mmu.loadDirectoryPointers(value)) {
            throw state.gp();
        }
        long old = state.cr3;
        state.cr3 = value & ~CR3_NO_FLUSH;
        if (!contexts || value >= 0 || ((old ^ value) & PCID) != 0) {
            mmu.flushNonGlobal();
        }
    }

    /** Writes CR0, entering or leaving long mode with paging (SDM vol. 3 §2.5 and §9.8.5). */
    void writeCr0(long value) {
        boolean paging = (value & CpuState.CR0_PG) != 0;
        boolean protection = (value & CpuState.CR0_PE) != 0;
        // PG without PE and NW without CD are refused.
        if (value >>> 32 != 0 || paging && !protection || (value & CR0_CD_NW) == 0x2000_0000L) {
            throw state.gp();
        }
        boolean wasPaging = (state.cr0 & CpuState.CR0_PG) != 0;
        long efer = state.efer;
        if (paging && !wasPaging && (efer & CpuState.EFER_LME) != 0) {
            boolean code64 = (state.segments[X86Sregs.CS].attributes & 1 << 13) != 0;
            if ((state.cr4 & CpuState.CR4_PAE) == 0 || code64) {
                throw state.gp();
            }
            efer |= CpuState.EFER_LMA;
        } else if (!paging && wasPaging) {
            if (state.mode == 8 || (state.cr4 & CpuState.CR4_PCIDE) != 0) {
                throw state.gp();
            }
            efer &= ~CpuState.EFER_LMA;
        }
        boolean pae = paging && (efer & CpuState.EFER_LMA) == 0 && (state.cr4 & CpuState.CR4_PAE) != 0;
        if (pae && ((value ^ state.cr0) & (CpuState.CR0_PG | CR0_CD_NW)) != 0 && !mmu.loadDirectoryPointers(state.cr3)) {
            throw state.gp();
        }
        state.efer = efer;
        boolean flush = ((value ^ state.cr0) & (CpuState.CR0_PG | CpuState.CR0_WP | CpuState.CR0_PE)) != 0;
        state.cr0 = value & CR0_KNOWN | CR0_FIXED;
        if (flush) {
            mmu.flushAll();
        }
        state.updateMode();
    }

    private void writeCr4(long value) {
        long changed = value ^ state.cr4;
        boolean contexts = (changed & value & CpuState.CR4_PCIDE) != 0;
        if ((value & ~CR4_KNOWN) != 0 || state.longMode() && (value & CpuState.CR4_PAE) == 0
                || contexts && (!state.longMode() || (state.cr3 & PCID) != 0)) {
            throw state.gp();
        }
        boolean paging = (state.cr0 & CpuState.CR0_PG) != 0 && !state.longMode();
        if (paging && (value & CpuState.CR4_PAE) != 0 && (changed & CR4_RELOADS) != 0 && !mmu.loadDirectoryPointers(state.cr3)) {
            throw state.gp();
        }
        state.cr4 = value;
        mmu.flushAll();
    }

    /** INVPCID (SDM vol. 2). One identifier's translations are there at a time, so the types differ in whether global ones go too. */
    void invalidateContext(Instruction insn) {
        privileged();
        long type = ops.register(insn.reg0, state.mode == 8 ? 8 : 4);
        long address = ops.address(insn);
        long context = mmu.read64(address);
        long linear = mmu.read64(address + 8);
        boolean single = type <= 1 && type >= 0;
        boolean wrong = type < 0 || type > 3 || (context & ~PCID) != 0 || type == 0 && !CpuState.isCanonical(linear)
                || single && context != 0 && (state.cr4 & CpuState.CR4_PCIDE) == 0;
        if (wrong) {
            throw state.gp();
        }
        if (type == 2) {
            mmu.flushAll();
        } else if (type == 3) {
            mmu.flushNonGlobal();
        } else if (context == (state.cr3 & PCID) || (state.cr4 & CpuState.CR4_PCIDE) == 0) {
            if (type == 0) {
                mmu.flushPage(linear);
            } else {
                mmu.flushNonGlobal();
            }
        }
    }

    /** STAC and CLAC. */
    void setAccess(boolean open) {
        if (state.cpl != 0) {
            throw state.ud();
        }
        state.systemFlags = open ? state.systemFlags | CpuState.AC : state.systemFlags & ~CpuState.AC;
    }

    /** #GP where user-mode instruction prevention forbids SGDT, SIDT, SLDT, SMSW and STR (SDM vol. 3 §2.5). */
    void checkUserInstruction() {
        if (state.cpl != 0 && (state.cr4 & CpuState.CR4_UMIP) != 0) {
            throw state.gp();
        }
    }

    /** LMSW: can set PE but not clear it (SDM vol. 2, LMSW). */
    void loadMachineStatus(Instruction insn) {
        privileged();
        long low = ops.read0(insn) & 15;
        writeCr0(state.cr0 & ~14L | low | state.cr0 & 1);
    }

    void storeMachineStatus(Instruction insn) {
        checkUserInstruction();
        storeSelectorLike(insn, state.cr0);
    }

    /** SMSW, SLDT, STR: 16 bits to memory, the operand size to a register. */
    void storeSelectorLike(Instruction insn, long value) {
        if (insn.kind0 == Instruction.MEM) {
            mmu.write16(ops.address(insn), value & 0xFFFF);
        } else {
            ops.setRegister(insn.reg0, insn.size0, value);
        }
    }

    void moveFromDebug(Instruction insn) {
        int index = debugIndex(insn.reg1);
        ops.setRegister(insn.reg0, insn.size0, state.dr[index]);
    }

    void moveToDebug(Instruction insn) {
        int index = debugIndex(insn.reg0);
        long value = ops.register(insn.reg1, insn.size1);
        if (index >= 6 && value >>> 32 != 0) {
            throw state.gp();
        }
        state.dr[index] = switch (index) {
            case 6 -> value & 0xE00F | 0xFFFF_0FF0L;
            case 7 -> value & 0xFFFF_23FFL | 0x400;
            default -> value;
        };
    }

    /** DR4 and DR5 are DR6 and DR7 unless CR4.DE says that they do not exist (SDM vol. 3 §17.2.2); #DB when DR7.GD guards the registers. */
    private int debugIndex(int register) {
        boolean alias = register == 4 || register == 5;
        if (register > 7 || alias && (state.cr4 & CpuState.CR4_DE) != 0) {
            throw state.ud();
        }
        privileged();
        if ((state.dr[7] & Breakpoints.DR7_GD) != 0) {
            state.dr[6] |= Breakpoints.DR6_BD;
            throw state.fault(CpuException.DB, 0);
        }
        return alias ? register + 2 : register;
    }

    void storeTable(Instruction insn, long base, int limit) {
        checkUserInstruction();
        long address = ops.address(insn);
        mmu.write16(address, limit);
        mmu.write(address + 2, state.mode == 8 ? 8 : 4, base);
    }

    void loadTable(Instruction insn, boolean interruptTable) {
        privileged();
        long address = ops.address(insn);
        int limit = (int) mmu.read16(address);
        long base = mmu.read(address + 2, state.mode == 8 ? 8 : 4);
        if (state.mode != 8 && insn.size == 2) {
            base &= 0xFF_FFFF;
        }
        if (state.mode == 8 && !CpuState.isCanonical(base)) {
            throw state.gp();
        }
        if (interruptTable) {
            state.idtBase = base;
            state.idtLimit = limit;
        } else {
            state.gdtBase = base;
            state.gdtLimit = limit;
        }
    }

    void invalidatePage(Instruction insn) {
        privileged();
        mmu.flushPage(ops.address(insn));
    }

    void readMsr() {
        privileged();
        long value = msrs.read((int) state.r[RCX]);
        state.r[RAX] = value & 0xFFFF_FFFFL;
        state.r[RDX] = value >>> 32;
    }

    void writeMsr() {
        privileged();
        msrs.write((int) state.r[RCX], state.r[RDX] << 32 | state.r[RAX] & 0xFFFF_FFFFL);
    }

    void readTimeStamp(boolean withAux) {
        if ((state.cr4 & CpuState.CR4_TSD) != 0 && state.cpl != 0) {
            throw state.gp();
        }
        long tsc = msrs.tsc();
        state.r[RAX] = tsc & 0xFFFF_FFFFL;
        state.r[RDX] = tsc >>> 32;
        if (withAux) {
            state.r[RCX] = msrs.tscAux;
        }
    }

    void cpuid() {
        cpuid.query((int) state.r[RAX], (int) state.r[RCX], (state.cr4 & CpuState.CR4_OSXSAVE) != 0, state.xcr0);
        state.r[RAX] = cpuid.eax & 0xFFFF_FFFFL;
        state.r[RBX] = cpuid.ebx & 0xFFFF_FFFFL;
        state.r[RCX] = cpuid.ecx & 0xFFFF_FFFFL;
        state.r[RDX] = cpuid.edx & 0xFFFF_FFFFL;
    }

    /** RDPID. */
    void readProcessorId(Instruction insn) {
        ops.setRegister(insn.reg0, insn.size0, msrs.tscAux);
    }

    /** RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE. */
    void segmentBase(Instruction insn, int segment, boolean write) {
        if ((state.cr4 & CpuState.CR4_FSGSBASE) == 0) {
            throw state.ud();
        }
        if (write) {
            long value = ops.register(insn.reg0, insn.size0);
            if (!CpuState.isCanonical(value)) {
                throw state.gp();
            }
            state.segments[segment].base = value;
            state.updateSegmentBases();
        } else {
            ops.setRegister(insn.reg0, insn.size0, state.segments[segment].base);
        }
    }

    /** RDRAND and RDSEED: always succeed, CF set and the other flags cleared. */
    void random(Instruction insn) {
        ops.setRegister(insn.reg0, insn.size0, random.next());
        state.setArithmeticFlags(CpuState.CF);
    }

    void clearTaskSwitched() {
        privileged();
        state.cr0 &= ~CpuState.CR0_TS;
    }
}
