package org.jvmm.cpu.exec;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.cpu.state.CpuState;

/**
 * What all parts of a region's translation need: the JVM locals that hold general registers and flag words, how they go back to {@link CpuState}, addresses,
 * and the guest's memory.
 */
abstract class RegionCode {
    static final ClassDesc SUPER = desc("CompiledRegion");
    static final ClassDesc REGION = desc("Region");
    static final ClassDesc INTERPRETER = desc("Interpreter");
    static final ClassDesc FLAGS = desc("FlagWords");
    static final ClassDesc INSTRUCTION = ClassDesc.of("org.jvmm.cpu.decode.Instruction");
    static final ClassDesc STATE = ClassDesc.of("org.jvmm.cpu.state.CpuState");
    static final ClassDesc MMU = ClassDesc.of("org.jvmm.cpu.mmu.Mmu");
    static final ClassDesc VAR_HANDLE = ClassDesc.of("java.lang.invoke.VarHandle");
    static final ClassDesc EXCEPTION = ClassDesc.of("org.jvmm.cpu.fault.CpuException");
    static final ClassDesc J = ConstantDescs.CD_long;
    static final ClassDesc I = ConstantDescs.CD_int;
    static final ClassDesc V = ConstantDescs.CD_void;
    static final ClassDesc ARRAY = J.arrayType();
    static final MethodTypeDesc RUN = MethodTypeDesc.of(V, STATE, ARRAY, MMU, INTERPRETER);
    static final MethodTypeDesc JJ_J = MethodTypeDesc.of(J, J, J);
    static final MethodTypeDesc JJJ_J = MethodTypeDesc.of(J, J, J, J);

    // Locals: this, the parameters, then ours; longs take two slots.
    static final int S = 1;
    static final int R = 2;
    static final int M = 3;
    static final int IN = 4;
    static final int REGION_LOCAL = 5;
    static final int POSITION = 6;
    static final int FAILURE = 7;
    static final int ENTRY = 8;
    static final int NEXT = 10;
    static final int RETIRED = 12;
    static final int RESULT = 14;
    static final int AUX = 16;
    static final int A = 18;
    static final int B = 20;
    static final int X = 22;
    static final int ADDRESS = 24;
    /** Operands of the last comparison, sign-extended. */
    static final int LEFT = 26;
    static final int RIGHT = 28;
    static final int ACCESSES = 30;
    static final int REGISTERS = 32;

    static final int RSP = X86Regs.RSP;

    final Region region;
    final CodeBuilder c;
    final int usedRegisters;
    final int writtenRegisters;
    final Label epilogue;
    final Queue<Runnable> stubs = new ArrayDeque<>();

    /** The block being translated, the words of its uops, its index in the region, and its offset from the entry. */
    Block block;
    long[] words;
    int blockIndex;
    int blockOffset;
    /** Index of the instruction being translated. */
    int index;
    /** LEFT and RIGHT hold what the flags stand for. */
    boolean compared;

    RegionCode(Region region, CodeBuilder code) {
        this.region = region;
        this.c = code;
        this.usedRegisters = RegionRegisters.used(region);
        this.writtenRegisters = RegionRegisters.written(region);
        this.epilogue = code.newLabel();
    }

    static ClassDesc desc(String name) {
        return ClassDesc.of("org.jvmm.cpu.exec", name);
    }

    static int local(int slot) {
        return REGISTERS + 2 * slot;
    }

    void spill() {
        for (int i = 0; i < 16; i++) {
            if ((writtenRegisters & 1 << i) != 0) {
                c.aload(R).loadConstant(i).lload(local(i)).lastore();
            }
        }
        c.aload(S).lload(RESULT).putfield(STATE, "flagResult", J);
        c.aload(S).lload(AUX).putfield(STATE, "flagAux", J);
    }

    void reload() {
        for (int i = 0; i < 16; i++) {
            if ((usedRegisters & 1 << i) != 0) {
                c.aload(R).loadConstant(i).laload().lstore(local(i));
            }
        }
        c.aload(S).getfield(STATE, "flagResult", J).lstore(RESULT);
        c.aload(S).getfield(STATE, "flagAux", J).lstore(AUX);
    }

    void constant(long value) {
        c.loadConstant(value);
    }

    /** Adds a constant to the long on the stack. */
    void plus(long value) {
        if (value != 0) {
            constant(value);
            c.ladd();
        }
    }

    void entryPlus(long offset) {
        c.lload(ENTRY);
        plus(offset);
    }

    int position() {
        return region.firstPosition[blockIndex] + index;
    }

    /** Tells the handler which instruction is about to run. */
    void mayFault() {
        c.loadConstant(position()).istore(POSITION);
    }

    void get(int slot) {
        if (slot == CpuState.ZERO) {
            c.lconst_0();
        } else {
            c.lload(local(slot));
        }
    }

    void set(int slot) {
        c.lstore(local(slot));
    }

    void low32() {
        constant(0xFFFF_FFFFL);
        c.land();
    }

    void signed32() {
        c.l2i().i2l();
    }

    /** Pushes {@link Uop#b}. */
    void second(long w, long im) {
        if (Uop.s(w) == CpuState.ZERO) {
            constant(im >> 32);
        } else {
            get(Uop.s(w));
            plus(im >> 32);
        }
    }

    /** Pushes {@link Uop#address}. */
    void address(long w, long im) {
        int base = Uop.base(w);
        if (base == CpuState.BLOCK_RIP) {
            entryPlus(blockOffset + (int) im);
        } else if (base == CpuState.ZERO) {
            constant((int) im);
        } else {
            get(base);
            plus((int) im);
        }
        if ((w & Uop.COMPLEX_ADDRESS) != 0) {
            if (Uop.index(w) != CpuState.ZERO) {
                get(Uop.index(w));
                int scale = (int) w >>> 28 & 3;
                if (scale != 0) {
                    c.loadConstant(scale).lshl();
                }
                c.ladd();
            }
            int segment = (int) (w >>> 30) & 7;
            if (segment != 0) {
                c.aload(R).loadConstant(CpuState.SEGMENT_BASES + segment).laload().ladd();
            }
        }
    }

    void read(int bits) {
        // The address is on the stack; the MMU wants it last.
        c.lstore(ADDRESS);
        mayFault();
        c.aload(R).aload(M).lload(ADDRESS).invokestatic(MMU, "read" + bits, MethodTypeDesc.of(J, ARRAY, MMU, J));
        fence("acquireFence");
    }

    /** Writes X to ADDRESS. */
    void write(int bits) {
        mayFault();
        fence("releaseFence");
        c.aload(R).aload(M).lload(ADDRESS).lload(X).invokestatic(MMU, "write" + bits, MethodTypeDesc.of(V, ARRAY, MMU, J, J));
    }

    /** Keeps the JVM's compiler from moving guest accesses across each other; no instruction on x86 (SDM vol. 3 §8.2.2). */
    void fence(String kind) {
        if (region.owner().shared()) {
            c.invokestatic(VAR_HANDLE, kind, MethodTypeDesc.of(V));
        }
    }

    /** After a store: leaves when it changed the region's own bytes. */
    void leaveIfOverwritten() {
        Label overwritten = c.newLabel();
        c.aload(REGION_LOCAL).getfield(REGION, "valid", ConstantDescs.CD_boolean).ifeq(overwritten);
        int unretired = block.count - block.before(index + 1);
        int next = blockOffset + block.offset(index + 1);
        stubs.add(() -> {
            c.labelBinding(overwritten);
            c.lload(RETIRED);
            plus(-unretired);
            c.lstore(RETIRED);
            leave(next);
        });
    }

    /** Leaves the region for an address relative to its entry. */
    void leave(int target) {
        entryPlus(target);
        c.lstore(NEXT).goto_(epilogue);
    }
}
