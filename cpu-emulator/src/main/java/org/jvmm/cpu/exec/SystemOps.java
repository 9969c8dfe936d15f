package org.jvmm.cpu.exec;

import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.mmu.Mmu;
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
    /** VME, PVI, TSD, DE, PSE, PAE, MCE, PGE, PCE, OSFXSR, OSXMMEXCPT, FSGSBASE, OSXSAVE. */
    private static final long CR4_KNOWN = 0x7FF | CpuState.CR4_FSGSBASE | CpuState.CR4_OSXSAVE;
    private static final long CR4_TSD = 4;

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
            case 3 -> {
                // Bit 63 asks to keep translations; dropping more than asked is allowed.
                state.cr3 = value & Long.MAX_VALUE;
                mmu.flushNonGlobal();
            }
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

    /** Writes CR0, entering or leaving long mode with paging (SDM vol. 3 §9.8.5). */
    void writeCr0(long value) {
        boolean paging = (value & CpuState.CR0_PG) != 0;
        boolean protection = (value & CpuState.CR0_PE) != 0;
        // PG without PE and NW without CD are refused.
        if (value >>> 32 != 0 || paging && !protection || (value & 0x2000_0000L) != 0 && (value & 0x4000_0000L) == 0) {
            throw state.gp();
        }
        boolean wasPaging = (state.cr0 & CpuState.CR0_PG) != 0;
        if (paging && !wasPaging && (state.efer & CpuState.EFER_LME) != 0) {
            if ((state.cr4 & CpuState.CR4_PAE) == 0) {
                throw state.gp();
            }
            state.efer |= CpuState.EFER_LMA;
        } else if (!paging && wasPaging) {
            if (state.mode == 8) {
                throw state.gp();
            }
            state.efer &= ~CpuState.EFER_LMA;
        }
        state.cr0 = value & CR0_KNOWN | CR0_FIXED;
        mmu.flushAll();
        state.updateMode();
    }

    private void writeCr4(long value) {
        if ((value & ~CR4_KNOWN) != 0 || state.longMode() && (value & CpuState.CR4_PAE) == 0) {
            throw state.gp();
        }
        state.cr4 = value;
        mmu.flushAll();
    }

    /** LMSW: can set PE but not clear it (SDM vol. 2, LMSW). */
    void loadMachineStatus(Instruction insn) {
        privileged();
        long low = ops.read0(insn) & 15;
        writeCr0(state.cr0 & ~14L | low | state.cr0 & 1);
    }

    void storeMachineStatus(Instruction insn) {
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
        privileged();
        ops.setRegister(insn.reg0, insn.size0, state.dr[index]);
    }

    void moveToDebug(Instruction insn) {
        int index = debugIndex(insn.reg0);
        privileged();
        long value = ops.register(insn.reg1, insn.size1);
        if (index >= 6 && value >>> 32 != 0) {
            throw state.gp();
        }
        state.dr[index] = switch (index) {
            case 6 -> value & 0x1E00F | 0xFFFE_0FF0L;
            case 7 -> value & 0xFFFF_2BFFL | 0x400;
            default -> value;
        };
    }

    /** DR4 and DR5 are DR6 and DR7 (SDM vol. 3 §17.2.2). */
    private int debugIndex(int register) {
        if (register > 7) {
            throw state.ud();
        }
        return register == 4 || register == 5 ? register + 2 : register;
    }

    void storeTable(Instruction insn, long base, int limit) {
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
        if ((state.cr4 & CR4_TSD) != 0 && state.cpl != 0) {
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
            if (value << 16 >> 16 != value) {
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
