package org.jvmm.cpu.exec;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import org.jvmm.cpu.state.CpuState;

/** The instructions of a block but its last, by the forms of {@link Uop}; what is rare goes through the interpreter, with the locals spilled around it. */
abstract class RegionForms extends RegionFlags {
    RegionForms(Region region, CodeBuilder code) {
        super(region, code);
    }

    void registers(int uop, long w, long im) {
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
            case Uop.MOVES64, Uop.MOVES32 -> moves(uop == Uop.MOVES32, im);
            case Uop.MOV_RI -> moved(d, () -> constant(im));
            case Uop.MOVZX8 -> moved(d, () -> masked(Uop.s(w), 0xFF));
            case Uop.MOVZX16 -> moved(d, () -> masked(Uop.s(w), 0xFFFF));
            case Uop.MOVSXD -> moved(d, () -> {
                get(Uop.s(w));
                signed32();
            });
            case Uop.MOV8, Uop.MOV16 -> {
                long mask = uop == Uop.MOV8 ? 0xFF : 0xFFFF;
                second(w, im);
                constant(mask);
                c.land();
                low(d, mask);
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
            case Uop.ALU_RM -> throughInterpreter(w, im);
            case Uop.ALU_MR -> aluToMemory(w, im);
            case Uop.STEP_M -> {
                throughInterpreter(w, im);
                leaveIfOverwritten();
            }
            case Uop.ADD16, Uop.CMP16 -> {
                get(d);
                c.lstore(A);
                second(w, im);
                c.lstore(B);
                binary16(uop == Uop.ADD16, d);
            }
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
                    get(Uop.a(w));
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

    private void moves(boolean narrow, long im) {
        for (int i = 0; i < Fusion.MOVES; i++) {
            get(Uop.moveFrom(im, i));
            if (narrow) {
                low32();
            }
            set(Uop.moveTo(im, i));
        }
    }

    private void masked(int slot, long mask) {
        get(slot);
        constant(mask);
        c.land();
    }

    /** Replaces the low bits of a register, as many as in the mask, by the value on the stack, which has no others. */
    private void low(int d, long mask) {
        get(d);
        constant(~mask);
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

    /** ADD or CMP of the low 16 bits of A and B. */
    private void binary16(boolean add, int d) {
        c.lload(A).lload(B);
        if (add) {
            c.ladd();
        } else {
            c.lsub();
        }
        c.dup2().lstore(X).l2i().i2s().i2l();
        flags(() -> operands(add ? "add16" : "sub16"));
        compared = false;
        if (add) {
            c.lload(X);
            constant(0xFFFF);
            c.land();
            low(d, 0xFFFF);
        } else {
            compares(2);
        }
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
        get(Uop.a(w));
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
            case Uop.INC64, Uop.INC32, Uop.DEC64, Uop.DEC32 -> step(uop, d, Uop.a(w));
            case Uop.ROL32, Uop.ROR32 -> {
                get(Uop.a(w));
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
                low(d, 0xFF);
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

    private void step(int uop, int d, int a) {
        boolean wide = uop == Uop.INC64 || uop == Uop.DEC64;
        boolean up = uop == Uop.INC64 || uop == Uop.INC32;
        get(a);
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
        get(immediate ? Uop.s(w) : Uop.a(w));
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
        entryPlus(blockOffset + block.offset(index + 1));
        c.invokevirtual(INTERPRETER, "slowForm", MethodTypeDesc.of(V, INSTRUCTION, J));
        reload();
        compared = false;
        leaveIfOverwritten();
    }

    void load(int uop, long w, long im) {
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
        } else if (uop == Uop.LOAD8 || uop == Uop.LOAD16) {
            read(uop == Uop.LOAD8 ? 8 : 16);
            low(d, uop == Uop.LOAD8 ? 0xFF : 0xFFFF);
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

    void store(int uop, long w, long im) {
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
}
