package org.jvmm.cpu.exec;

import java.lang.invoke.VarHandle;
import org.jvmm.core.cpu.VmOps;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.core.irq.CpuInterrupts;
import org.jvmm.cpu.decode.Instruction;
import org.jvmm.cpu.decode.Op;
import org.jvmm.cpu.fault.CpuException;
import org.jvmm.cpu.mmu.Mmu;
import org.jvmm.cpu.state.Breakpoints;
import org.jvmm.cpu.state.CpuState;
import org.jvmm.cpu.state.CpuidModel;

/** Every instruction in every mode, from its decoded form. {@link CpuState#rip} is the address behind the instruction on entry. */
final class SlowPath {
    /** {@link #interruptShadow} after a load of SS by MOV or POP. */
    static final int SHADOW_STACK = 1;
    /** {@link #interruptShadow} after STI. */
    static final int SHADOW_STI = 2;
    private static final int RAX = X86Regs.RAX;
    private static final int PAUSES_A_YIELD = 32;

    private final CpuState state;
    private final Mmu mmu;
    private final VmOps devices;
    private final Operands ops;
    private final IntegerOps integers;
    private final StringOps strings;
    private final SegmentOps segments;
    private final InterruptOps interruptOps;
    private final ControlOps control;
    private final SystemOps system;
    private final VectorOps vectors;
    private final XsaveOps xsave;
    private final BitOps bits;
    private final DecimalOps decimals;
    private final MsrFile msrs;
    /** What a serialising instruction must look at; null with one CPU. */
    private BlockCache shared;
    private int pauses;

    /** HLT or MWAIT was executed; cleared by whoever wakes the CPU. */
    boolean halted;
    /**
     * Interrupts wait for one more instruction: {@link #SHADOW_STI} after STI (SDM vol. 2, STI), {@link #SHADOW_STACK} after MOV SS (SDM vol. 3 §6.8.3),
     * else 0. It may stay set after that instruction, which delays the next interrupt by one more.
     */
    int interruptShadow;
    /** An NMI was delivered and no IRET executed since (SDM vol. 3 §6.7.1). */
    boolean nmiBlocked;
    /** Something waits for IF: instructions that set it must leave the loop. Set by the vCPU. */
    boolean interruptWaiting;
    /** Port instructions executed. */
    long portAccesses;

    SlowPath(CpuState state, Mmu mmu, VmOps devices, CpuInterrupts interrupts, MsrFile msrs, CpuidModel cpuid) {
        this.state = state;
        this.mmu = mmu;
        this.devices = devices;
        this.msrs = msrs;
        this.ops = new Operands(state, mmu);
        this.integers = new IntegerOps(ops);
        this.strings = new StringOps(ops, devices);
        this.segments = new SegmentOps(ops);
        this.interruptOps = new InterruptOps(ops, segments);
        this.control = new ControlOps(ops, segments, msrs);
        this.system = new SystemOps(ops, msrs, cpuid, interrupts);
        this.vectors = new VectorOps(ops);
        this.xsave = new XsaveOps(ops, cpuid.stateComponents());
        this.bits = new BitOps(ops);
        this.decimals = new DecimalOps(ops);
    }

    /** Makes this one of several CPUs. */
    void share(BlockCache blocks) {
        shared = blocks;
    }

    InterruptOps interrupts() {
        return interruptOps;
    }

    SegmentOps segments() {
        return segments;
    }

    /** Executes an instruction in the middle of a block. */
    void execute(Instruction insn) {
        if (insn.op == Op.SSE) {
            vectors.sse(insn);
        } else if (!integer(insn) && !bits(insn) && !extension(insn)) {
            other(insn);
        }
    }

    /**
     * Executes the last instruction of a block.
     *
     * @return whether the loop may go on at {@link CpuState#rip} without a look at interrupts
     */
    boolean executeEnd(Instruction insn) {
        boolean stay = end(insn);
        if (shared != null && serialises(insn.op)) {
            VarHandle.fullFence();
            shared.serialise();
        }
        return stay;
    }

    /** SDM vol. 3 §8.3. */
    private static boolean serialises(Op op) {
        return switch (op) {
            case CPUID, IRET, MOVTOCR, MOVTODR, WRMSR, INVLPG, WBINVD, INVD, LGDT, LIDT, LLDT, LTR -> true;
            default -> false;
        };
    }

    private boolean end(Instruction insn) {
        interruptShadow = 0;
        switch (insn.op) {
            case HLT -> {
                system.privileged();
                halted = true;
                return false;
            }
            case STI -> {
                checkIoPrivilege();
                interruptShadow = (state.systemFlags & CpuState.IF) == 0 ? SHADOW_STI : 0;
                state.systemFlags |= CpuState.IF;
                return !interruptWaiting;
            }
            case MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS -> {
                if (!string(insn)) {
                    state.rip -= insn.length;
                }
                return true;
            }
            case IRET -> {
                // NMIs are open again even when IRET faults (SDM vol. 3 §6.7.1).
                boolean look = nmiBlocked;
                interruptWaiting |= look;
                nmiBlocked = false;
                execute(insn);
                return !interruptWaiting && !leavesLoop();
            }
            case POPF, SYSRET, MOVTOCR, WRMSR -> {
                execute(insn);
                return !interruptWaiting && !leavesLoop();
            }
            case MOVTOSEG, POPSEG -> {
                execute(insn);
                interruptShadow = insn.reg0 == X86Sregs.SS ? SHADOW_STACK : 0;
                return !leavesLoop();
            }
            default -> {
                execute(insn);
                return !leavesLoop();
            }
        }
    }

    /** Whether instructions must be executed one by one: TF is set, or a breakpoint enabled. */
    boolean mustStep() {
        return (state.systemFlags & CpuState.TF) != 0 || Breakpoints.any(state.dr);
    }

    /** Whether the loop does not do what the flags and debug registers ask for now. */
    private boolean leavesLoop() {
        return mustStep() || state.checksAlignment() != mmu.checksAlignment();
    }

    /** Has string instructions stop after each repetition, or go on. */
    void oneRepetition(boolean on) {
        strings.oneRepetition(on);
    }

    private boolean string(Instruction insn) {
        if (insn.op == Op.INS || insn.op == Op.OUTS) {
            checkPort((int) state.r[X86Regs.RDX] & 0xFFFF, insn.size);
            portAccesses++;
        }
        return strings.execute(insn);
    }

    private boolean integer(Instruction insn) {
        switch (insn.op) {
            case ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST -> integers.binary(insn, Ops.number(insn.op));
            case MOV, MOVZX, MOVNTI -> ops.write0(insn, ops.read1(insn));
            case MOVSX, MOVSXD -> ops.write0(insn, Alu.signExtend(ops.read1(insn), insn.size1));
            case LEA -> ops.setRegister(insn.reg0, insn.size, ops.offset(insn));
            case INC -> integers.step(insn, 1);
            case DEC -> integers.step(insn, -1);
            case NOT -> integers.not(insn);
            case NEG -> integers.negate(insn);
            case ROL, ROR, RCL, RCR, SHL, SHR, SAR -> integers.shift(insn);
            case XCHG -> integers.exchange(insn);
            case CMOVCC -> conditionalMove(insn);
            case SETCC -> ops.write0(insn, state.condition(insn.condition) ? 1 : 0);
            case PUSH -> integers.push(insn);
            case POP -> integers.pop(insn);
            case IMUL -> integers.multiply(insn, true);
            case MUL -> integers.multiply(insn, false);
            case DIV -> integers.divide(insn, false);
            case IDIV -> integers.divide(insn, true);
            case CBW -> integers.widenAccumulator(insn);
            case CWD -> integers.signIntoData(insn);
            case MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS -> string(insn);
            case JCC -> control.jumpIf(insn, state.condition(insn.condition));
            case JMP -> control.jump(insn);
            case CALL -> control.call(insn);
            case RET -> control.ret(insn);
            case NOP, LFENCE, SFENCE -> {
            }
            case MFENCE -> mmu.locked().fullFence();
            case PAUSE -> pause();
            // Nothing to flush, but the address must be good.
            case CLFLUSH -> mmu.read8(ops.address(insn));
            default -> {
                return false;
            }
        }
        return true;
    }

    /** The guest waits for another CPU, whose thread may need this processor. */
    private void pause() {
        if (shared == null) {
            return;
        }
        if (++pauses % PAUSES_A_YIELD == 0) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    /** The move's load happens, and 32-bit destinations are cleared above, whatever the condition (SDM vol. 2, CMOVcc). */
    private void conditionalMove(Instruction insn) {
        long value = ops.read1(insn);
        ops.setRegister(insn.reg0, insn.size, state.condition(insn.condition) ? value : ops.register(insn.reg0, insn.size));
    }

    private boolean bits(Instruction insn) {
        switch (insn.op) {
            case BT -> integers.bitTest(insn, 0);
            case BTS -> integers.bitTest(insn, 1);
            case BTR -> integers.bitTest(insn, 2);
            case BTC -> integers.bitTest(insn, 3);
            case BSF -> integers.bitScan(insn, true);
            case BSR -> integers.bitScan(insn, false);
            case POPCNT -> integers.popcnt(insn);
            case BSWAP -> integers.byteSwap(insn);
            case MOVBE -> integers.moveBigEndian(insn);
            case CRC32 -> integers.crc32(insn);
            case SHLD -> integers.doubleShift(insn, true);
            case SHRD -> integers.doubleShift(insn, false);
            case XADD -> integers.exchangeAdd(insn);
            case CMPXCHG -> integers.compareExchange(insn);
            case CMPXCHG8B -> integers.compareExchangePair(insn);
            case CLC -> state.setCarry(false);
            case STC -> state.setCarry(true);
            case CMC -> state.setCarry(!state.cf());
            case CLD -> state.systemFlags &= ~CpuState.DF;
            case STD -> state.systemFlags |= CpuState.DF;
            case CLI -> {
                checkIoPrivilege();
                state.systemFlags &= ~CpuState.IF;
            }
            case SAHF -> state.setArithmeticFlags(state.rflags() & CpuState.OF | (int) (state.r[RAX] >>> 8) & 0xD5);
            case LAHF -> ops.setRegister(16, 1, state.rflags() & 0xD5 | 2);
            case PUSHF -> ops.push(insn.size, state.rflags() & ~(CpuState.RF | CpuState.VM));
            case POPF -> interruptOps.restoreFlags(ops.pop(insn.size) & ~CpuState.RF, state.rflags(), state.cpl, insn.size);
            case PUSHA -> integers.pushAll(insn.size);
            case POPA -> integers.popAll(insn.size);
            case ENTER -> integers.enter(insn);
            case LEAVE -> integers.leave(insn);
            case XLAT -> ops.setRegister(RAX, 1, mmu.read8(ops.linear(insn.segmentOverride ? insn.segment : X86Sregs.DS,
                    Alu.zeroExtend(state.r[X86Regs.RBX] + (state.r[RAX] & 0xFF), insn.addressSize))));
            case LOOP -> control.loop(insn, false, false);
            case LOOPE -> control.loop(insn, true, true);
            case LOOPNE -> control.loop(insn, true, false);
            case JRCXZ -> control.jumpIfCounterZero(insn);
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What came after the 80386, and what 64-bit mode took away. */
    private boolean extension(Instruction insn) {
        switch (insn.op) {
            case LZCNT -> bits.count(insn, true);
            case TZCNT -> bits.count(insn, false);
            case ADCX -> bits.addWithCarry(insn, CpuState.CF);
            case ADOX -> bits.addWithCarry(insn, CpuState.OF);
            case ANDN, BLSR, BLSMSK, BLSI -> bits.logic(insn);
            case BZHI -> bits.zeroHigh(insn);
            case BEXTR -> bits.extract(insn);
            case PDEP -> bits.spread(insn, true);
            case PEXT -> bits.spread(insn, false);
            case MULX -> bits.multiply(insn);
            case RORX, SARX, SHLX, SHRX -> bits.shift(insn);
            case XSAVE, XSAVEOPT, XSAVEC -> xsave.save(insn);
            case XRSTOR -> xsave.restore(insn);
            case XGETBV -> xsave.read();
            case XSETBV -> {
                xsave.checkEnabled();
                system.privileged();
                xsave.write();
            }
            case RDPID -> system.readProcessorId(insn);
            case RDFSBASE -> system.segmentBase(insn, X86Sregs.FS, false);
            case RDGSBASE -> system.segmentBase(insn, X86Sregs.GS, false);
            case WRFSBASE -> system.segmentBase(insn, X86Sregs.FS, true);
            case WRGSBASE -> system.segmentBase(insn, X86Sregs.GS, true);
            case EMMS -> vectors.emptyMmx();
            case DAA -> decimals.adjustPacked(false);
            case DAS -> decimals.adjustPacked(true);
            case AAA -> decimals.adjustUnpacked(false);
            case AAS -> decimals.adjustUnpacked(true);
            case AAM -> decimals.afterMultiply(insn);
            case AAD -> decimals.beforeDivide(insn);
            case BOUND -> decimals.bound(insn);
            case ARPL -> decimals.adjustPrivilege(insn);
            case SALC -> ops.setRegister(RAX, 1, state.cf() ? 0xFF : 0);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void other(Instruction insn) {
        switch (insn.op) {
            case FPU -> vectors.x87(insn);
            case FWAIT -> vectors.fwait();
            case FXSAVE -> vectors.saveAll(insn);
            case FXRSTOR -> vectors.restoreAll(insn);
            case LDMXCSR -> vectors.loadControl(insn);
            case STMXCSR -> vectors.storeControl(insn);
            case JMPF -> control.jumpFar(insn);
            case CALLF -> control.callFar(insn);
            case RETF -> control.returnFar(insn);
            case SYSCALL -> control.syscall();
            case SYSRET -> control.sysret(insn);
            case IRET -> returnFromInterrupt(insn);
            case INT3 -> softwareInterrupt(CpuException.BP);
            case INT -> softwareInterrupt((int) insn.imm & 0xFF);
            case INTO -> {
                if (state.of()) {
                    softwareInterrupt(CpuException.OF);
                }
            }
            case INT1 -> interruptOps.deliver(CpuException.DB, false, 0, InterruptOps.Cause.HARDWARE);
            case PUSHSEG -> ops.push(insn.size, state.segments[insn.reg0].selector);
            case POPSEG -> popSegment(insn);
            case MOVFROMSEG -> system.storeSelectorLike(insn, state.segments[insn.reg1].selector);
            case MOVTOSEG -> segments.load(insn.reg0, (int) ops.read1(insn) & 0xFFFF);
            case LSS, LDS, LES, LFS, LGS -> loadFarPointer(insn);
            case IN -> portRead(insn);
            case OUT -> portWrite(insn);
            default -> privilegedOrUnknown(insn);
        }
    }

    private void privilegedOrUnknown(Instruction insn) {
        switch (insn.op) {
            case MOVFROMCR -> system.moveFromControl(insn);
            case MOVTOCR -> system.moveToControl(insn);
            case MOVFROMDR -> system.moveFromDebug(insn);
            case MOVTODR -> system.moveToDebug(insn);
            case RDMSR -> system.readMsr();
            case WRMSR -> system.writeMsr();
            case RDTSC -> system.readTimeStamp(false);
            case RDTSCP -> system.readTimeStamp(true);
            case CPUID -> system.cpuid();
            case RDRAND, RDSEED -> system.random(insn);
            case CLTS -> system.clearTaskSwitched();
            case LMSW -> system.loadMachineStatus(insn);
            case SMSW -> system.storeMachineStatus(insn);
            case SGDT -> system.storeTable(insn, state.gdtBase, state.gdtLimit);
            case SIDT -> system.storeTable(insn, state.idtBase, state.idtLimit);
            case LGDT -> system.loadTable(insn, false);
            case LIDT -> system.loadTable(insn, true);
            case SLDT -> {
                system.checkUserInstruction();
                system.storeSelectorLike(insn, state.ldt.selector);
            }
            case STR -> {
                system.checkUserInstruction();
                system.storeSelectorLike(insn, state.tr.selector);
            }
            case LLDT -> {
                system.privileged();
                segments.loadLocalTable((int) ops.read0(insn) & 0xFFFF);
            }
            case LTR -> {
                system.privileged();
                segments.loadTask((int) ops.read0(insn) & 0xFFFF);
            }
            case LAR -> segments.inspect(insn, false);
            case LSL -> segments.inspect(insn, true);
            case VERR -> segments.verify(insn, false);
            case VERW -> segments.verify(insn, true);
            case INVLPG -> system.invalidatePage(insn);
            case INVPCID -> system.invalidateContext(insn);
            case STAC -> system.setAccess(true);
            case CLAC -> system.setAccess(false);
            case WBINVD, INVD -> system.privileged();
            // There are no performance counters to read.
            case RDPMC -> throw state.gp();
            case SWAPGS -> {
                system.privileged();
                msrs.swapGs();
            }
            default -> throw state.ud();
        }
    }

    private void softwareInterrupt(int vector) {
        interruptOps.deliver(vector, false, 0, InterruptOps.Cause.SOFTWARE);
    }

    private void returnFromInterrupt(Instruction insn) {
        if (state.protectedMode()) {
            interruptOps.returnFromInterrupt(insn.size);
        } else {
            interruptOps.returnReal(insn.size);
        }
    }

    private void popSegment(Instruction insn) {
        int selector = (int) mmu.read(ops.stackAddress(0), insn.size) & 0xFFFF;
        segments.load(insn.reg0, selector);
        ops.addToStack(insn.size);
    }

    private void loadFarPointer(Instruction insn) {
        long address = ops.address(insn);
        long offset = mmu.read(address, insn.size);
        int selector = (int) mmu.read16(address + insn.size);
        int segment = switch (insn.op) {
            case LSS -> X86Sregs.SS;
            case LDS -> X86Sregs.DS;
            case LES -> X86Sregs.ES;
            case LFS -> X86Sregs.FS;
            default -> X86Sregs.GS;
        };
        segments.load(segment, selector);
        ops.setRegister(insn.reg0, insn.size, offset);
    }

    private void checkIoPrivilege() {
        if (state.protectedMode() && state.cpl > (state.systemFlags & CpuState.IOPL) >> 12) {
            throw state.gp();
        }
    }

    /** Ports beyond IOPL need the TSS's permission bitmap (SDM vol. 1 §19.5.2). */
    private void checkPort(int port, int size) {
        if ((state.cr4 & CpuState.CR4_DE) != 0 && Breakpoints.any(state.dr)) {
            state.debugHits |= Breakpoints.port(state.dr, port, size);
        }
        if (!state.protectedMode() || state.cpl <= (state.systemFlags & CpuState.IOPL) >> 12) {
            return;
        }
        if (state.tr.limit < 0x67) {
            throw state.gp();
        }
        int map = (int) mmu.readSystem(state.tr.base + 0x66, 2);
        int at = map + (port >> 3);
        if (at + 1 > state.tr.limit) {
            throw state.gp();
        }
        long permissions = mmu.readSystem(state.tr.base + at, 2) >>> (port & 7);
        if ((permissions & (1L << size) - 1) != 0) {
            throw state.gp();
        }
    }

    private void portRead(Instruction insn) {
        int port = insn.kind1 == Instruction.IMM ? (int) insn.imm & 0xFF : (int) state.r[X86Regs.RDX] & 0xFFFF;
        checkPort(port, insn.size0);
        portAccesses++;
        ops.setRegister(RAX, insn.size0, devices.pioRead(port, insn.size0));
    }

    private void portWrite(Instruction insn) {
        int port = insn.kind0 == Instruction.IMM ? (int) insn.imm & 0xFF : (int) state.r[X86Regs.RDX] & 0xFFFF;
        checkPort(port, insn.size1);
        portAccesses++;
        devices.pioWrite(port, insn.size1, ops.register(RAX, insn.size1));
    }
}
