package org.jvmm.cpu.exec;

import java.lang.classfile.ClassFile;
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
 * Writes the body of {@link CompiledRegion#run} for one {@link Region}: the general registers and the two flag words live in JVM locals, and go back to
 * {@link CpuState} where control leaves, before an instruction that is left to {@link SlowPath}, and in the one handler for exceptions.
 *
 * <p>It only translates; what JVM code is good is the JVM compiler's business: flags that nobody reads, for instance, are computed here and dropped there.
 */
final class RegionCompiler {
    private static final ClassDesc SUPER = desc("CompiledRegion");
    private static final ClassDesc REGION = desc("Region");
    private static final ClassDesc INTERPRETER = desc("Interpreter");
    private static final ClassDesc FLAGS = desc("FlagWords");
    private static final ClassDesc INSTRUCTION = ClassDesc.of("org.jvmm.cpu.decode.Instruction");
    private static final ClassDesc STATE = ClassDesc.of("org.jvmm.cpu.state.CpuState");
    private static final ClassDesc MMU = ClassDesc.of("org.jvmm.cpu.mmu.Mmu");
    private static final ClassDesc VAR_HANDLE = ClassDesc.of("java.lang.invoke.VarHandle");
    private static final ClassDesc EXCEPTION = ClassDesc.of("org.jvmm.cpu.fault.CpuException");
    private static final ClassDesc J = ConstantDescs.CD_long;
    private static final ClassDesc I = ConstantDescs.CD_int;
    private static final ClassDesc V = ConstantDescs.CD_void;
    private static final ClassDesc ARRAY = J.arrayType();
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(V, STATE, ARRAY, MMU, INTERPRETER);
    private static final MethodTypeDesc JJ_J = MethodTypeDesc.of(J, J, J);
    private static final MethodTypeDesc JJJ_J = MethodTypeDesc.of(J, J, J, J);

    // Locals: this, the parameters, then ours; longs take two slots.
    private static final int S = 1;
    private static final int R = 2;
    private static final int M = 3;
    private static final int IN = 4;
    private static final int REGION_LOCAL = 5;
    private static final int POSITION = 6;
    private static final int FAILURE = 7;
    private static final int ENTRY = 8;
    private static final int NEXT = 10;
    private static final int RETIRED = 12;
    private static final int RESULT = 14;
    private static final int AUX = 16;
    private static final int A = 18;
    private static final int B = 20;
    private static final int X = 22;
    private static final int ADDRESS = 24;
    /** Operands of the last comparison, sign-extended. */
    private static final int LEFT = 26;
    private static final int RIGHT = 28;
    private static final int ACCESSES = 30;
    private static final int REGISTERS = 32;

    private static final int RSP = X86Regs.RSP;

    private final Region region;
    private final CodeBuilder c;
    private final int usedRegisters;
    private final int writtenRegisters;
    private final Label[] starts;
    private final Label epilogue;
    private final Queue<Runnable> stubs = new ArrayDeque<>();

    /** The block being translated, its index in the region, and its offset from the entry. */
    private Block block;
    private int blockIndex;
    private int blockOffset;
    /** Index of the instruction being translated. */
    private int index;
    /** LEFT and RIGHT hold what the flags stand for. */
    private boolean compared;

    private RegionCompiler(Region region, CodeBuilder code) {
        this.region = region;
        this.c = code;
        this.usedRegisters = usedRegisters(region);
        this.writtenRegisters = writtenRegisters(region);
        this.starts = new Label[region.blocks.length];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = code.newLabel();
        }
        this.epilogue = code.newLabel();
    }

    private static ClassDesc desc(String name) {
        return ClassDesc.of("org.jvmm.cpu.exec", name);
    }

    /** The class file of a {@link CompiledRegion}. */
    static byte[] compile(Region region) {
        return ClassFile.of().build(desc("Compiled"),
                builder -> builder.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER).withSuperclass(SUPER)
                        .withMethodBody(ConstantDescs.INIT_NAME, MethodTypeDesc.of(V, REGION), 0, code -> code.aload(0).aload(1)
                                .invokespecial(SUPER, ConstantDescs.INIT_NAME, MethodTypeDesc.of(V, REGION)).return_())
                        .withMethodBody("run", RUN, 0, code -> new RegionCompiler(region, code).method()));
    }

    /** Registers that have a local: those that some form of the region names. */
    private static int usedRegisters(Region region) {
        int used = 0;
        for (Block b : region.blocks) {
            for (int i = 0; i < b.code.length; i += 2) {
                long w = b.code[i];
                int uop = (int) w & 0xFF;
                used |= writtenRegisters(uop, w);
                if (throughInterpreter(uop)) {
                    continue;
                }
                if (hasAddress(uop)) {
                    used |= bit(Uop.base(w)) | bit(Uop.index(w));
                }
                if (uop < Uop.TERMINATORS) {
                    used |= bit(Uop.d(w)) | bit(Uop.s(w));
                } else if (uop == Uop.JMP_R || uop == Uop.CALL_R) {
                    used |= bit(Uop.s(w));
                }
            }
        }
        return used;
    }

    /** Registers whose local may differ from {@link CpuState#r}. */
    private static int writtenRegisters(Region region) {
        int written = 0;
        for (Block b : region.blocks) {
            for (int i = 0; i < b.code.length; i += 2) {
                written |= writtenRegisters((int) b.code[i] & 0xFF, b.code[i]);
            }
        }
        return written;
    }

    private static int writtenRegisters(int uop, long w) {
        if (throughInterpreter(uop)) {
            return 0;
        }
        return switch (uop) {
            case Uop.CALL, Uop.RET, Uop.CALL_R, Uop.CALL_M -> 1 << RSP;
            case Uop.PUSH -> bit(Uop.base(w));
            case Uop.POP -> bit(Uop.base(w)) | bit(Uop.d(w));
            case Uop.LEAVE -> 1 << RSP | bit(Uop.d(w));
            default -> uop < Uop.STORES ? bit(Uop.d(w)) : 0;
        };
    }

    private static boolean hasAddress(int uop) {
        return uop >= Uop.ADDRESSED && uop < Uop.TERMINATORS || uop == Uop.LOADS || uop == Uop.ALU_MR || uop == Uop.JMP_M
                || uop == Uop.CALL_M;
    }

    /** Forms that work on {@link CpuState} alone, with the locals spilled around them. */
    private static boolean throughInterpreter(int uop) {
        return uop == Uop.SLOW || uop == Uop.SLOW_END || uop == Uop.NOP;
    }

    private static int bit(int slot) {
        return slot < 16 ? 1 << slot : 0;
    }

    // ---- frame --------------------------------------------------------------------------------------------------------------------------

    private void method() {
        Label begin = c.newLabel();
        Label end = c.newLabel();
        Label handler = c.newLabel();
        c.aload(0).getfield(SUPER, "region", REGION).astore(REGION_LOCAL);
        c.iconst_0().istore(POSITION).lconst_0().lstore(RETIRED);
        for (int local = A; local < REGISTERS; local += 2) {
            c.lconst_0().lstore(local);
        }
        c.aload(S).getfield(STATE, "rip", J).dup2().lstore(ENTRY).lstore(NEXT);
        reload();
        c.labelBinding(begin);
        for (int i = 0; i < region.blocks.length; i++) {
            translate(i);
        }
        while (!stubs.isEmpty()) {
            stubs.remove().run();
        }
        c.labelBinding(epilogue);
        c.labelBinding(end);
        spill();
        c.aload(IN).lload(RETIRED).lload(ACCESSES).invokevirtual(INTERPRETER, "addRetired", MethodTypeDesc.of(V, J, J));
        c.aload(S).lload(NEXT).putfield(STATE, "rip", J).return_();
        c.labelBinding(handler);
        c.astore(FAILURE);
        spill();
        c.aload(IN).aload(REGION_LOCAL).iload(POSITION).lload(ENTRY).lload(RETIRED).lload(ACCESSES)
                .invokevirtual(INTERPRETER, "faulted", MethodTypeDesc.of(V, REGION, I, J, J, J));
        c.aload(FAILURE).athrow();
        c.exceptionCatchAll(begin, end, handler);
    }

    private static int local(int slot) {
        return REGISTERS + 2 * slot;
    }

    private void spill() {
        for (int i = 0; i < 16; i++) {
            if ((writtenRegisters & 1 << i) != 0) {
                c.aload(R).loadConstant(i).lload(local(i)).lastore();
            }
        }
        c.aload(S).lload(RESULT).putfield(STATE, "flagResult", J);
        c.aload(S).lload(AUX).putfield(STATE, "flagAux", J);
    }

    private void reload() {
        for (int i = 0; i < 16; i++) {
            if ((usedRegisters & 1 << i) != 0) {
                c.aload(R).loadConstant(i).laload().lstore(local(i));
            }
        }
        c.aload(S).getfield(STATE, "flagResult", J).lstore(RESULT);
        c.aload(S).getfield(STATE, "flagAux", J).lstore(AUX);
    }

    private void constant(long value) {
        c.loadConstant(value);
    }

    /** Adds a constant to the long on the stack. */
    private void plus(long value) {
        if (value != 0) {
            constant(value);
            c.ladd();
        }
    }

    private void entryPlus(long offset) {
        c.lload(ENTRY);
        plus(offset);
    }

    private int position() {
        return region.firstPosition[blockIndex] + index;
    }

    /** Tells the handler which instruction is about to run. */
    private void mayFault() {
        c.loadConstant(position()).istore(POSITION);
    }

    // ---- blocks -------------------------------------------------------------------------------------------------------------------------

    private void translate(int at) {
        block = region.blocks[at];
        blockIndex = at;
        blockOffset = region.offset(block);
        compared = false;
        c.labelBinding(starts[at]);
        c.lload(RETIRED);
        plus(block.count);
        c.lstore(RETIRED);
        if (block.accesses != 0) {
            c.lload(ACCESSES);
            plus(block.accesses);
            c.lstore(ACCESSES);
        }
        for (int i = 0; i < block.code.length; i += 2) {
            index = i >> 1;
            long w = block.code[i];
            long im = block.code[i + 1];
            int uop = (int) w & 0xFF;
            if (uop >= Uop.TERMINATORS) {
                end(uop, w, im);
            } else if (uop >= Uop.STORES) {
                store(uop, w, im);
            } else if (uop >= Uop.LOADS64) {
                load(uop, w, im);
            } else {
                registers(uop, w, im);
            }
        }
    }

    private void get(int slot) {
        if (slot == CpuState.ZERO) {
            c.lconst_0();
        } else {
            c.lload(local(slot));
        }
    }

    private void set(int slot) {
        c.lstore(local(slot));
    }

    private void low32() {
        constant(0xFFFF_FFFFL);
        c.land();
    }

    private void signed32() {
        c.l2i().i2l();
    }

    /** Pushes {@link Uop#b}. */
    private void second(long w, long im) {
        if (Uop.s(w) == CpuState.ZERO) {
            constant(im >> 32);
        } else {
            get(Uop.s(w));
            plus(im >> 32);
        }
    }

    /** Pushes {@link Uop#address}. */
    private void address(long w, long im) {
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

    private void read(int bits) {
        // The address is on the stack; the MMU wants it last.
        c.lstore(ADDRESS);
        mayFault();
        c.aload(R).aload(M).lload(ADDRESS).invokestatic(MMU, "read" + bits, MethodTypeDesc.of(J, ARRAY, MMU, J));
        fence("acquireFence");
    }

    /** Writes X to ADDRESS. */
    private void write(int bits) {
        mayFault();
        fence("releaseFence");
        c.aload(R).aload(M).lload(ADDRESS).lload(X).invokestatic(MMU, "write" + bits, MethodTypeDesc.of(V, ARRAY, MMU, J, J));
    }

    /** Keeps the JVM's compiler from moving guest accesses across each other; no instruction on x86 (SDM vol. 3 §8.2.2). */
    private void fence(String kind) {
        if (region.owner().shared()) {
            c.invokestatic(VAR_HANDLE, kind, MethodTypeDesc.of(V));
        }
    }

    /** After a store: leaves when it changed the region's own bytes. */
    private void leaveIfOverwritten() {
        Label overwritten = c.newLabel();
        c.aload(REGION_LOCAL).getfield(REGION, "valid", ConstantDescs.CD_boolean).ifeq(overwritten);
        int unretired = block.count - index - 1;
        int next = blockOffset + block.offsets[index + 1];
        stubs.add(() -> {
            c.labelBinding(overwritten);
            c.lload(RETIRED);
            plus(-unretired);
            c.lstore(RETIRED);
            leave(next);
        });
    }

    /** Leaves the region for an address relative to its entry. */
    private void leave(int target) {
        entryPlus(target);
        c.lstore(NEXT).goto_(epilogue);
    }

    // ---- flags --------------------------------------------------------------------------------------------------------------------------

    /** Whether anything can see the flags of the instruction at {@link #index} before they are replaced. */
    private boolean flagsNeeded() {
        for (int i = index + 1; 2 * i < block.code.length; i++) {
            int uop = (int) block.code[2 * i] & 0xFF;
            if (uop >= Uop.LOADS64 || uop == Uop.SLOW || uop >= Uop.CARRYING && uop < Uop.ADDRESSED || uop == Uop.ALU_RM
                    || uop == Uop.ALU_MR) {
                return true;
            }
            if (uop >= Uop.ADD64 && uop < Uop.CARRYING) {
                return false;
            }
        }
        return true;
    }

    /** The result is in X, sign-extended on the stack; the auxiliary word follows by {@code aux}. */
    private void flags(Runnable aux) {
        c.lstore(RESULT);
        aux.run();
        c.lstore(AUX);
    }

    private void operands(String function) {
        c.lload(A).lload(B).lload(X).invokestatic(FLAGS, function, JJJ_J);
    }

    private void compares(int size) {
        // Sign extension keeps the unsigned order too.
        for (int from : new int[] { A, B }) {
            c.lload(from);
            if (size == 4) {
                signed32();
            } else if (size == 1) {
                c.l2i().i2b().i2l();
            }
            c.lstore(from == A ? LEFT : RIGHT);
        }
        compared = true;
    }

    /** Flags of a logical operation whose sign-extended result is on the stack: like a comparison of it with 0. */
    private void logicFlags() {
        c.dup2().lstore(RESULT).lstore(LEFT).lconst_0().dup2().lstore(RIGHT).lstore(AUX);
        compared = true;
    }

    /** A two-operand operation on A and B of 8 or 4 bytes; leaves the result in X. */
    private void binary(int op, int size) {
        boolean wide = size == 8;
        c.lload(A).lload(B);
        switch (op) {
            case Ops.ADD -> c.ladd();
            case Ops.SUB, Ops.CMP -> c.lsub();
            case Ops.AND, Ops.TEST -> c.land();
            case Ops.OR -> c.lor();
            default -> c.lxor();
        }
        if (!wide && Ops.writes(op)) {
            low32();
        }
        c.lstore(X);
        boolean arithmetic = op == Ops.ADD || op == Ops.SUB || op == Ops.CMP;
        if (!flagsNeeded()) {
            compared = false;
            return;
        }
        c.lload(X);
        if (!wide) {
            signed32();
        }
        if (!arithmetic) {
            logicFlags();
        } else {
            String function = (op == Ops.ADD ? "add" : "sub") + (wide ? "64" : "32");
            flags(() -> operands(function));
            compared = false;
            if (op != Ops.ADD) {
                compares(size);
            }
        }
    }

    /** Pushes a condition as an int. */
    private void condition(int code) {
        c.loadConstant(code).lload(RESULT).lload(AUX).invokestatic(FLAGS, "condition",
                MethodTypeDesc.of(ConstantDescs.CD_boolean, I, J, J));
    }

    /** Branches to {@code target} when a condition holds. */
    private void branchIf(int code, Label target) {
        if (!compared || code < 2 || code == 10 || code == 11) {
            condition(code);
            c.ifne(target);
            return;
        }
        if (code == 8 || code == 9) {
            c.lload(RESULT).lconst_0().lcmp();
        } else {
            c.lload(LEFT).lload(RIGHT);
            if (code == 2 || code == 3 || code == 6 || code == 7) {
                c.invokestatic(ConstantDescs.CD_Long, "compareUnsigned", MethodTypeDesc.of(I, J, J));
            } else {
                c.lcmp();
            }
        }
        switch (code) {
            case 2, 8, 12 -> c.iflt(target);
            case 3, 9, 13 -> c.ifge(target);
            case 4 -> c.ifeq(target);
            case 5 -> c.ifne(target);
            case 6, 14 -> c.ifle(target);
            default -> c.ifgt(target);
        }
    }

    // ---- register forms -----------------------------------------------------------------------------------------------------------------

    private void registers(int uop, long w, long im) {
        int d = Uop.d(w);
        switch (uop) {
            case Uop.NOP -> {
            }
            case Uop.SLOW -> slow();
            case Uop.MOV64 -> moved(d, () -> get(Uop.s(w)));
            case Uop.MOV32 -> moved(d, () -> {
                get(Uop.s(w));
                low32();
            });
            case Uop.MOV_RI -> moved(d, () -> constant(im));
            case Uop.MOVZX8 -> moved(d, () -> masked(Uop.s(w), 0xFF));
            case Uop.MOVZX16 -> moved(d, () -> masked(Uop.s(w), 0xFFFF));
            case Uop.MOVSXD -> moved(d, () -> {
                get(Uop.s(w));
                signed32();
            });
            case Uop.MOV8 -> {
                masked(Uop.s(w), 0xFF);
                low8(d);
            }
            case Uop.LEA64 -> moved(d, () -> address(w, im));
            case Uop.LEA32 -> moved(d, () -> {
                address(w, im);
                low32();
            });
            case Uop.ZERO -> {
                c.lconst_0().dup2();
                set(d);
                logicFlags();
            }
            case Uop.ALU_RM -> aluFromMemory(w, im);
            case Uop.ALU_MR -> aluToMemory(w, im);
            case Uop.CMP8, Uop.TEST8 -> {
                get(d);
                c.lstore(A);
                second(w, im);
                c.lstore(B);
                compare8(uop == Uop.TEST8);
            }
            default -> {
                if (uop >= Uop.SHL64 && uop <= Uop.SAR32) {
                    shift(uop, w, im);
                } else if (uop < Uop.SHL64) {
                    int op = arithmetic(uop);
                    get(d);
                    c.lstore(A);
                    second(w, im);
                    c.lstore(B);
                    binary(op, sizeOf(uop));
                    keep(op, d);
                } else {
                    lessFrequent(uop, w, im);
                }
            }
        }
    }

    private void moved(int d, Runnable value) {
        value.run();
        set(d);
    }

    private void masked(int slot, long mask) {
        get(slot);
        constant(mask);
        c.land();
    }

    /** Replaces the low byte of a register by the value 0 to 255 on the stack. */
    private void low8(int d) {
        get(d);
        constant(~0xFFL);
        c.land().lor();
        set(d);
    }

    private void keep(int op, int d) {
        if (Ops.writes(op)) {
            c.lload(X);
            set(d);
        }
    }

    private static int arithmetic(int uop) {
        return switch (uop) {
            case Uop.ADD64, Uop.ADD32 -> Ops.ADD;
            case Uop.SUB64, Uop.SUB32 -> Ops.SUB;
            case Uop.CMP64, Uop.CMP32 -> Ops.CMP;
            case Uop.AND64, Uop.AND32 -> Ops.AND;
            case Uop.OR64, Uop.OR32 -> Ops.OR;
            case Uop.XOR64, Uop.XOR32 -> Ops.XOR;
            default -> Ops.TEST;
        };
    }

    private static int sizeOf(int uop) {
        return switch (uop) {
            case Uop.ADD64, Uop.SUB64, Uop.CMP64, Uop.AND64, Uop.OR64, Uop.XOR64, Uop.TEST64 -> 8;
            default -> 4;
        };
    }

    /** CMP or TEST of the low bytes of A and B. */
    private void compare8(boolean test) {
        c.lload(A).lload(B);
        if (test) {
            c.land().l2i().i2b().i2l();
            logicFlags();
            return;
        }
        c.lsub().dup2().lstore(X).l2i().i2b().i2l();
        flags(() -> operands("sub8"));
        compares(1);
    }

    private void shift(int uop, long w, long im) {
        int d = Uop.d(w);
        int n = (int) (im >> 32);
        boolean wide = uop == Uop.SHL64 || uop == Uop.SHR64 || uop == Uop.SAR64;
        get(d);
        c.dup2().lstore(A);
        if (uop == Uop.SHR32) {
            low32();
        } else if (uop == Uop.SAR32) {
            signed32();
        }
        c.loadConstant(n);
        switch (uop) {
            case Uop.SHL64, Uop.SHL32 -> c.lshl();
            case Uop.SHR64, Uop.SHR32 -> c.lushr();
            default -> c.lshr();
        }
        if (!wide) {
            low32();
        }
        c.dup2().lstore(X);
        set(d);
        compared = false;
        if (flagsNeeded()) {
            c.lload(X);
            if (!wide) {
                signed32();
            }
            boolean left = uop == Uop.SHL64 || uop == Uop.SHL32;
            String function = (left ? "shl" : uop == Uop.SHR64 || uop == Uop.SHR32 ? "shr" : "sar") + (wide ? "64" : "32");
            flags(() -> {
                c.lload(A).loadConstant(n);
                if (left) {
                    c.lload(X).invokestatic(FLAGS, function, MethodTypeDesc.of(J, J, I, J));
                } else {
                    c.invokestatic(FLAGS, function, MethodTypeDesc.of(J, J, I));
                }
            });
        }
    }

    private void lessFrequent(int uop, long w, long im) {
        int d = Uop.d(w);
        switch (uop) {
            case Uop.INC64, Uop.INC32, Uop.DEC64, Uop.DEC32 -> step(uop, d);
            case Uop.ROL32, Uop.ROR32 -> {
                get(d);
                c.l2i().loadConstant((int) (im >> 32))
                        .invokestatic(ConstantDescs.CD_Integer, uop == Uop.ROL32 ? "rotateLeft" : "rotateRight",
                                MethodTypeDesc.of(I, I, I))
                        .i2l();
                low32();
                c.dup2().lstore(X);
                set(d);
                c.lload(AUX).lload(X).invokestatic(FLAGS, uop == Uop.ROL32 ? "rol32" : "ror32", JJ_J).lstore(AUX);
                compared = false;
            }
            case Uop.CMOV64, Uop.CMOV32 -> {
                Label keep = c.newLabel();
                branchIf(Uop.condition(w) ^ 1, keep);
                get(Uop.s(w));
                set(d);
                c.labelBinding(keep);
                if (uop == Uop.CMOV32) {
                    get(d);
                    low32();
                    set(d);
                }
            }
            case Uop.SETCC -> {
                condition(Uop.condition(w));
                c.i2l();
                low8(d);
            }
            case Uop.IMUL64, Uop.IMUL64_I -> multiply(w, im, uop == Uop.IMUL64_I, true);
            case Uop.IMUL32, Uop.IMUL32_I -> multiply(w, im, uop == Uop.IMUL32_I, false);
            case Uop.MOVSX_RR -> {
                get(Uop.s(w));
                extend(w);
                set(d);
            }
            case Uop.LOADS -> {
                address(w, im);
                read(8 * Uop.size(w));
                extend(w);
                set(d);
            }
            case Uop.NOT -> {
                get(d);
                constant(-1);
                c.lxor();
                if (Uop.size(w) == 4) {
                    low32();
                }
                set(d);
            }
            case Uop.BSWAP -> {
                get(d);
                if (Uop.size(w) == 8) {
                    c.invokestatic(ConstantDescs.CD_Long, "reverseBytes", MethodTypeDesc.of(J, J));
                } else {
                    c.l2i().invokestatic(ConstantDescs.CD_Integer, "reverseBytes", MethodTypeDesc.of(I, I)).i2l();
                    low32();
                }
                set(d);
            }
            case Uop.NEG -> {
                c.lconst_0().lstore(A);
                get(d);
                c.lstore(B);
                binary(Ops.SUB, Uop.size(w));
                keep(Ops.SUB, d);
            }
            default -> throughInterpreter(w, im);
        }
    }

    private void step(int uop, int d) {
        boolean wide = uop == Uop.INC64 || uop == Uop.DEC64;
        boolean up = uop == Uop.INC64 || uop == Uop.INC32;
        get(d);
        c.dup2().lstore(A);
        plus(up ? 1 : -1);
        if (!wide) {
            low32();
        }
        c.dup2().lstore(X);
        set(d);
        c.lload(X);
        if (!wide) {
            signed32();
        }
        c.lstore(RESULT);
        c.lload(AUX).lload(A).lload(X).invokestatic(FLAGS, (up ? "increment" : "decrement") + (wide ? "64" : "32"), JJJ_J).lstore(AUX);
        compared = false;
    }

    private void multiply(long w, long im, boolean immediate, boolean wide) {
        int d = Uop.d(w);
        get(immediate ? Uop.s(w) : d);
        if (!wide) {
            signed32();
        }
        c.dup2().lstore(A);
        if (immediate) {
            constant(im >> 32);
        } else {
            get(Uop.s(w));
            if (!wide) {
                signed32();
            }
        }
        c.dup2().lstore(B).lmul();
        if (!wide) {
            low32();
        }
        c.dup2().lstore(X);
        set(d);
        c.lload(X);
        if (!wide) {
            signed32();
        }
        compared = false;
        flags(() -> {
            if (wide) {
                operands("imul64");
            } else {
                c.lload(A).lload(B).invokestatic(FLAGS, "imul32", JJ_J);
            }
        });
    }

    /** Sign-extends the size in the size field to the size in the ALU field. */
    private void extend(long w) {
        switch (Uop.size(w)) {
            case 1 -> c.l2i().i2b().i2l();
            case 2 -> c.l2i().i2s().i2l();
            default -> signed32();
        }
        if (Uop.aluOp(w) != 8) {
            low32();
        }
    }

    /** The forms that are too rare for code of their own. */
    private void throughInterpreter(long w, long im) {
        mayFault();
        spill();
        c.aload(R).loadConstant(CpuState.BLOCK_RIP);
        entryPlus(blockOffset);
        c.lastore();
        c.aload(IN);
        constant(w);
        constant(im);
        c.invokevirtual(INTERPRETER, "rareForm", MethodTypeDesc.of(V, J, J));
        reload();
        compared = false;
    }

    private void slow() {
        int position = position();
        mayFault();
        spill();
        c.aload(IN).aload(REGION_LOCAL).getfield(REGION, "slow", INSTRUCTION.arrayType()).loadConstant(position).aaload();
        entryPlus(blockOffset + block.offsets[index + 1]);
        c.invokevirtual(INTERPRETER, "slowForm", MethodTypeDesc.of(V, INSTRUCTION, J));
        reload();
        compared = false;
        leaveIfOverwritten();
    }

    // ---- memory forms -------------------------------------------------------------------------------------------------------------------

    private void load(int uop, long w, long im) {
        int d = Uop.d(w);
        address(w, im);
        if (uop < Uop.LOADS32) {
            read(64);
            switch (uop) {
                case Uop.LOAD64 -> set(d);
                case Uop.POP -> {
                    c.lstore(X);
                    get(Uop.base(w));
                    plus(8);
                    set(Uop.base(w));
                    c.lload(X);
                    set(d);
                }
                case Uop.LEAVE -> {
                    c.lload(ADDRESS);
                    plus(8);
                    set(RSP);
                    set(d);
                }
                default -> withLoaded(uop - Uop.LOADS64, w, im, 8);
            }
        } else if (uop < Uop.LOADS_SHORT) {
            read(32);
            switch (uop) {
                case Uop.LOAD32 -> set(d);
                case Uop.LOADSXD -> {
                    signed32();
                    set(d);
                }
                default -> withLoaded(uop - Uop.LOADS32 - 1, w, im, 4);
            }
        } else if (uop == Uop.LOAD8Z || uop == Uop.LOAD16Z) {
            read(uop == Uop.LOAD8Z ? 8 : 16);
            set(d);
        } else {
            read(8);
            c.lstore(A);
            second(w, im);
            c.lstore(B);
            compare8(uop == Uop.TEST8_M);
        }
    }

    /** The arithmetic forms, counted from 1 as in {@link Uop}: ADD, SUB, CMP, AND, OR, XOR with a register, TEST and CMP of memory with the second. */
    private void withLoaded(int form, long w, long im, int size) {
        int d = Uop.d(w);
        int op = switch (form) {
            case 1 -> Ops.ADD;
            case 2 -> Ops.SUB;
            case 3, 8 -> Ops.CMP;
            case 4 -> Ops.AND;
            case 5 -> Ops.OR;
            case 6 -> Ops.XOR;
            default -> Ops.TEST;
        };
        if (form >= 7) {
            c.lstore(A);
            second(w, im);
            c.lstore(B);
        } else {
            c.lstore(B);
            get(d);
            c.lstore(A);
        }
        binary(op, size);
        if (form < 7) {
            keep(op, d);
        }
    }

    private void store(int uop, long w, long im) {
        second(w, im);
        c.lstore(X);
        address(w, im);
        c.lstore(ADDRESS);
        switch (uop) {
            case Uop.STORE32 -> write(32);
            case Uop.STORE16 -> write(16);
            case Uop.STORE8 -> write(8);
            default -> write(64);
        }
        if (uop == Uop.PUSH) {
            c.lload(ADDRESS);
            set(Uop.base(w));
        }
        leaveIfOverwritten();
    }

    private void aluFromMemory(long w, long im) {
        throughInterpreter(w, im);
    }

    /** The flags change only after the store went through. */
    private void aluToMemory(long w, long im) {
        int size = Uop.size(w);
        int op = Uop.aluOp(w);
        if (size < 4 || op == Ops.ADC || op == Ops.SBB) {
            throughInterpreter(w, im);
            leaveIfOverwritten();
            return;
        }
        address(w, im);
        c.lstore(ADDRESS);
        mayFault();
        c.aload(M).lload(ADDRESS).loadConstant(size).invokevirtual(MMU, "readForWrite", MethodTypeDesc.of(J, J, I)).lstore(A);
        fence("acquireFence");
        second(w, im);
        c.lstore(B);
        c.lload(A).lload(B);
        switch (op) {
            case Ops.ADD -> c.ladd();
            case Ops.SUB -> c.lsub();
            case Ops.AND -> c.land();
            case Ops.OR -> c.lor();
            default -> c.lxor();
        }
        c.lstore(X);
        write(8 * size);
        binary(op, size);
        leaveIfOverwritten();
    }

    // ---- ends of blocks -----------------------------------------------------------------------------------------------------------------

    private void end(int uop, long w, long im) {
        int behind = blockOffset + block.length;
        if (uop < Uop.FALL) {
            Label taken = c.newLabel();
            branchIf(uop - Uop.TERMINATORS, taken);
            proceed(block.fallThrough, behind);
            c.labelBinding(taken);
            proceed(block.taken, blockOffset + (int) im);
            return;
        }
        switch (uop) {
            case Uop.FALL -> proceed(block.fallThrough, behind);
            case Uop.JMP -> proceed(block.taken, blockOffset + (int) im);
            case Uop.CALL -> {
                pushReturn(behind);
                int target = blockOffset + (int) im;
                Label overwritten = c.newLabel();
                c.aload(REGION_LOCAL).getfield(REGION, "valid", ConstantDescs.CD_boolean).ifeq(overwritten);
                stubs.add(() -> {
                    c.labelBinding(overwritten);
                    leave(target);
                });
                proceed(block.taken, target);
            }
            case Uop.RET -> {
                get(RSP);
                read(64);
                c.lstore(NEXT);
                checkTarget();
                get(RSP);
                plus(8);
                set(RSP);
                c.goto_(epilogue);
            }
            case Uop.JMP_R, Uop.CALL_R -> {
                mayFault();
                get(Uop.s(w));
                indirect(uop == Uop.CALL_R, behind);
            }
            case Uop.JMP_M, Uop.CALL_M -> {
                address(w, im);
                read(64);
                indirect(uop == Uop.CALL_M, behind);
            }
            default -> {
                // The instruction is the interpreter's; it was counted with the block.
                c.lload(RETIRED);
                plus(-1);
                c.lstore(RETIRED);
                leave(blockOffset + block.offsets[index]);
            }
        }
    }

    /** The target is on the stack. */
    private void indirect(boolean call, int behind) {
        c.lstore(NEXT);
        checkTarget();
        if (call) {
            pushReturn(behind);
        }
        c.goto_(epilogue);
    }

    /** The branch faults when NEXT is not canonical. */
    private void checkTarget() {
        Label wrong = c.newLabel();
        c.lload(NEXT).loadConstant(16).lshl().loadConstant(16).lshr().lload(NEXT).lcmp().ifne(wrong);
        stubs.add(() -> {
            c.labelBinding(wrong);
            c.aload(IN).invokevirtual(INTERPRETER, "nonCanonicalTarget", MethodTypeDesc.of(EXCEPTION)).athrow();
        });
    }

    private void pushReturn(int behind) {
        entryPlus(behind);
        c.lstore(X);
        get(RSP);
        plus(-8);
        c.lstore(ADDRESS);
        write(64);
        c.lload(ADDRESS);
        set(RSP);
    }

    private void proceed(Block next, int offset) {
        int to = next == null ? -1 : region.indexOf(next);
        if (to < 0 || region.offset(next) != offset) {
            leave(offset);
        } else if (to > blockIndex) {
            c.goto_(starts[to]);
        } else {
            // Every cycle has such an edge: here interrupts and overwritten code are seen.
            Label out = c.newLabel();
            c.aload(IN).invokevirtual(INTERPRETER, "attentionRequested", MethodTypeDesc.of(ConstantDescs.CD_boolean)).ifne(out);
            c.goto_(starts[to]);
            c.labelBinding(out);
            leave(offset);
        }
    }
}
