package org.jvmm.cpu.exec;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import org.jvmm.cpu.state.CpuState;

/**
 * Writes the body of {@link CompiledRegion#run} for one {@link Region}: the general registers and the two flag words live in JVM locals, and go back to
 * {@link CpuState} where control leaves, before an instruction that is left to {@link SlowPath}, and in the one handler for exceptions.
 *
 * <p>It only translates; what JVM code is good is the JVM compiler's business: flags that nobody reads, for instance, are computed here and dropped there.
 */
final class RegionCompiler extends RegionForms {
    private final Label[] starts;

    private RegionCompiler(Region region, CodeBuilder code) {
        super(region, code);
        this.starts = new Label[region.blocks.length];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = code.newLabel();
        }
    }

    /** The class file of a {@link CompiledRegion}. */
    static byte[] compile(Region region) {
        return ClassFile.of().build(desc("Compiled"),
                builder -> builder.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER).withSuperclass(SUPER)
                        .withMethodBody(ConstantDescs.INIT_NAME, MethodTypeDesc.of(V, REGION), 0, code -> code.aload(0).aload(1)
                                .invokespecial(SUPER, ConstantDescs.INIT_NAME, MethodTypeDesc.of(V, REGION)).return_())
                        .withMethodBody("run", RUN, 0, code -> new RegionCompiler(region, code).method()));
    }

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

    private void translate(int at) {
        block = region.blocks[at];
        words = region.code[at];
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
        for (int i = 0; i < words.length; i += 2) {
            index = i >> 1;
            long w = words[i];
            long im = words[i + 1];
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

    private void end(int uop, long w, long im) {
        int behind = blockOffset + block.length;
        if (uop < Uop.FALL || uop >= Uop.FUSED) {
            if (uop >= Uop.FUSED) {
                registers(Fusion.comparison(uop), w, im);
            }
            Label taken = c.newLabel();
            branchIf(Uop.condition(w), taken);
            proceed(region.fallThrough[blockIndex], behind);
            c.labelBinding(taken);
            branch(blockOffset + (int) im);
            return;
        }
        switch (uop) {
            case Uop.FALL -> proceed(region.fallThrough[blockIndex], behind);
            case Uop.JMP -> branch(blockOffset + (int) im);
            case Uop.CALL -> {
                int target = blockOffset + (int) im;
                if (leaves(region.taken[blockIndex], target)) {
                    aim(target);
                }
                pushReturn(behind);
                Label overwritten = c.newLabel();
                c.aload(REGION_LOCAL).getfield(REGION, "valid", ConstantDescs.CD_boolean).ifeq(overwritten);
                stubs.add(() -> {
                    c.labelBinding(overwritten);
                    leave(target);
                });
                proceed(region.taken[blockIndex], target);
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
                leave(blockOffset + block.offset(index));
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

    /** A jump that is taken. */
    private void branch(int offset) {
        if (leaves(region.taken[blockIndex], offset)) {
            aim(offset);
            c.goto_(epilogue);
        } else {
            proceed(region.taken[blockIndex], offset);
        }
    }

    /** Makes an address relative to the entry's the next one; the branch faults when it is none. Inside the page it is one. */
    private void aim(int offset) {
        mayFault();
        entryPlus(offset);
        c.lstore(NEXT);
        checkTarget();
    }

    private boolean leaves(int next, int offset) {
        return next < 0 || region.offset(region.blocks[next]) != offset;
    }

    private void proceed(int next, int offset) {
        if (leaves(next, offset)) {
            leave(offset);
            return;
        }
        if (next > blockIndex) {
            c.goto_(starts[next]);
        } else {
            // Every cycle has such an edge: here interrupts and overwritten code are seen.
            Label out = c.newLabel();
            c.aload(IN).invokevirtual(INTERPRETER, "attentionRequested", MethodTypeDesc.of(ConstantDescs.CD_boolean)).ifne(out);
            c.goto_(starts[next]);
            c.labelBinding(out);
            leave(offset);
        }
    }
}
