package org.jvmm.cpu.exec;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/** Flags and conditions: kept as a result and an auxiliary word ({@link FlagWords}), and as the two values last compared where a branch follows. */
abstract class RegionFlags extends RegionCode {
    RegionFlags(Region region, CodeBuilder code) {
        super(region, code);
    }

    /** Whether anything can see the flags of the instruction at {@link #index} before they are replaced. */
    boolean flagsNeeded() {
        return DeadFlags.needed(words, words.length, index);
    }

    /** The result is in X, sign-extended on the stack; the auxiliary word follows by {@code aux}. */
    void flags(Runnable aux) {
        c.lstore(RESULT);
        aux.run();
        c.lstore(AUX);
    }

    void operands(String function) {
        c.lload(A).lload(B).lload(X).invokestatic(FLAGS, function, JJJ_J);
    }

    void compares(int size) {
        // Sign extension keeps the unsigned order too.
        for (int from : new int[] { A, B }) {
            c.lload(from);
            if (size == 4) {
                signed32();
            } else if (size == 2) {
                c.l2i().i2s().i2l();
            } else if (size == 1) {
                c.l2i().i2b().i2l();
            }
            c.lstore(from == A ? LEFT : RIGHT);
        }
        compared = true;
    }

    /** Flags of a logical operation whose sign-extended result is on the stack: like a comparison of it with 0. */
    void logicFlags() {
        c.dup2().lstore(RESULT).lstore(LEFT).lconst_0().dup2().lstore(RIGHT).lstore(AUX);
        compared = true;
    }

    /** A two-operand operation on A and B of 8 or 4 bytes; leaves the result in X. */
    void binary(int op, int size) {
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
    void condition(int code) {
        c.loadConstant(code).lload(RESULT).lload(AUX).invokestatic(FLAGS, "condition",
                MethodTypeDesc.of(ConstantDescs.CD_boolean, I, J, J));
    }

    /** Branches to {@code target} when a condition holds. */
    void branchIf(int code, Label target) {
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
}
