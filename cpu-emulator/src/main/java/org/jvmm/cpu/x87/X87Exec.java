package org.jvmm.cpu.x87;

import org.jvmm.cpu.sse.SseState;

/**
 * Executes x87 instructions (SDM vol. 1, chapter 8): the entry points for the interpreter. It checks {@link X87State#pendingException} before a
 * waiting instruction; everything else about exceptions happens here.
 */
public final class X87Exec {
    /** Guest memory as the x87 sees it. */
    public interface X87Memory {
        /** Loads 2, 4 or 8 bytes, zero-extended; may throw a fault. */
        long load(long address, int size);

        /** Stores the low 2, 4 or 8 bytes; may throw a fault. */
        void store(long address, int size, long value);
    }

    private X87Exec() {}

    /** Whether a register form reads {@link X87State#cpuFlags}: FCMOVcc. */
    public static boolean readsFlags(int opcode, int modrm) {
        return (opcode == 0xDA || opcode == 0xDB) && modrm < 0xE0;
    }

    /** Whether a register form writes {@link X87State#cpuFlags}: FCOMI, FUCOMI, FCOMIP, FUCOMIP. OF, SF and AF become 0 then. */
    public static boolean writesFlags(int opcode, int modrm) {
        return (opcode == 0xDB || opcode == 0xDF) && modrm >= 0xE8 && modrm < 0xF8;
    }

    /** Whether it is FNSTSW AX. */
    public static boolean storesAx(int opcode, int modrm) {
        return opcode == 0xDF && modrm == 0xE0;
    }

    /** Whether a register form exists; the others raise #UD. */
    public static boolean defined(int opcode, int modrm) {
        return switch (opcode) {
            case 0xD9 -> modrm < 0xD1 || modrm >= 0xD8 && modrm != 0xE2 && modrm != 0xE3 && modrm != 0xE6 && modrm != 0xE7 && modrm != 0xEF;
            case 0xDA -> modrm < 0xE0 || modrm == 0xE9;
            case 0xDB -> modrm < 0xF8 && (modrm < 0xE0 || modrm > 0xE4 && modrm >= 0xE8 || modrm <= 0xE4);
            case 0xDD -> modrm < 0xF0;
            case 0xDE -> modrm < 0xD8 || modrm >= 0xE0 || modrm == 0xD9;
            case 0xDF -> modrm <= 0xE0 || modrm >= 0xE8 && modrm < 0xF8;
            default -> true;
        };
    }

    /** Whether a memory form exists; the others raise #UD. */
    public static boolean definedMemory(int opcode, int digit) {
        return switch (opcode) {
            case 0xD9 -> digit != 1;
            case 0xDB -> digit != 4 && digit != 6;
            case 0xDD -> digit != 5;
            default -> true;
        };
    }

    /** Whether a memory form is a control instruction, which leaves the pointers to the last instruction alone (SDM vol. 1 §8.3.11). */
    public static boolean isControl(int opcode, int digit) {
        return opcode == 0xD9 && digit >= 4 || opcode == 0xDD && (digit == 4 || digit >= 6);
    }

    /** Bytes that a memory form writes; 0 for loads and arithmetic. */
    public static int storedBytes(int opcode, int digit, boolean operand16) {
        return switch (opcode) {
            case 0xD9 -> switch (digit) {
                case 2, 3 -> 4;
                case 6 -> operand16 ? 14 : 28;
                case 7 -> 2;
                default -> 0;
            };
            case 0xDB -> digit == 7 ? 10 : digit >= 1 && digit <= 3 ? 4 : 0;
            case 0xDD -> switch (digit) {
                case 1, 2, 3 -> 8;
                case 6 -> operand16 ? 94 : 108;
                case 7 -> 2;
                default -> 0;
            };
            case 0xDF -> switch (digit) {
                case 1, 2, 3 -> 2;
                case 6 -> 10;
                case 7 -> 8;
                default -> 0;
            };
            default -> 0;
        };
    }

    /**
     * A memory form.
     *
     * @param opcode 0xD8 to 0xDF
     * @param digit ModRM.reg
     * @param address linear address of the operand
     * @param operand16 whether environments have the 16-bit layout
     */
    public static void memory(int opcode, int digit, long address, X87State s, X87Memory m, boolean operand16) {
        X87MemoryForms.execute(opcode, digit, address, s, m, operand16);
    }

    /** FXSAVE; {@code wide} is REX.W. All 512 bytes must be writable. */
    public static void fxsave(X87State f, SseState s, long address, X87Memory m, boolean wide, int xmmCount) {
        X87Image.fxsave(f, s, address, m, wide, xmmCount);
    }

    /** The x87 part of FXSAVE and XSAVE. */
    public static void saveX87(X87State f, long address, X87Memory m, boolean wide) {
        X87Image.saveX87(f, address, m, wide);
    }

    /** The XMM part of FXSAVE and XSAVE. */
    public static void saveXmm(SseState s, long address, X87Memory m, int count) {
        X87Image.saveXmm(s, address, m, count);
    }

    /** The x87 part of FXRSTOR and XRSTOR. */
    public static void restoreX87(X87State f, long address, X87Memory m, boolean wide) {
        X87Image.restoreX87(f, address, m, wide);
    }

    /** The XMM part of FXRSTOR and XRSTOR. */
    public static void restoreXmm(SseState s, long address, X87Memory m, int count) {
        X87Image.restoreXmm(s, address, m, count);
    }

    /** Whether the registers have the initial configuration of XSAVE (SDM vol. 1 §13.6). */
    public static boolean isInitial(X87State f) {
        long any = f.instructionPointer | f.dataPointer | f.lastOpcode | f.status() | f.used | f.control ^ 0x37F;
        for (int i = 0; i < 8; i++) {
            any |= f.significand[i] | f.signExponent[i];
        }
        return any == 0;
    }

    /** Gives the registers the initial configuration of XSAVE. */
    public static void initialize(X87State f) {
        f.reset();
        for (int i = 0; i < 8; i++) {
            f.significand[i] = 0;
            f.signExponent[i] = 0;
        }
    }

    /**
     * FXRSTOR; {@code wide} is REX.W.
     *
     * @return false, with nothing changed, when MXCSR has reserved bits set: #GP
     */
    public static boolean fxrstor(X87State f, SseState s, long address, X87Memory m, boolean wide, int xmmCount) {
        return X87Image.fxrstor(f, s, address, m, wide, xmmCount);
    }

    /**
     * A register form.
     *
     * @param opcode 0xD8 to 0xDF
     * @param modrm 0xC0 to 0xFF
     */
    public static void register(int opcode, int modrm, X87State s) {
        int digit = modrm >> 3 & 7;
        int i = modrm & 7;
        switch (opcode) {
            case 0xD8 -> {
                if (digit == 2 || digit == 3) {
                    compare(s, i, false, digit - 2);
                } else {
                    arithmetic(s, digit, i, 0, false);
                }
            }
            case 0xD9 -> {
                if (modrm < 0xE0) {
                    move(s, digit, i);
                } else {
                    X87Unary.execute(s, modrm);
                }
            }
            case 0xDA -> {
                if (modrm == 0xE9) {
                    compare(s, 1, true, 2);
                } else {
                    conditionalMove(s, digit, i, true);
                }
            }
            case 0xDB -> control(s, modrm, digit, i);
            case 0xDC -> {
                if (digit == 2 || digit == 3) {
                    compare(s, i, false, digit - 2);
                } else {
                    arithmetic(s, digit, i, i, false);
                }
            }
            case 0xDD -> moreMoves(s, digit, i);
            case 0xDE -> {
                if (digit == 2) {
                    compare(s, i, false, 1);
                } else if (digit == 3) {
                    compare(s, 1, false, 2);
                } else {
                    arithmetic(s, digit, i, i, true);
                }
            }
            default -> {
                switch (digit) {
                    case 0 -> {
                        free(s, i);
                        s.pop();
                    }
                    case 1 -> exchange(s, i);
                    case 2, 3 -> store(s, i, true);
                    case 4 -> {
                        // FNSTSW AX is the interpreter's.
                    }
                    default -> compareFlags(s, i, digit == 5, true);
                }
            }
        }
    }

    private static void control(X87State s, int modrm, int digit, int i) {
        if (modrm < 0xE0) {
            conditionalMove(s, digit, i, false);
        } else if (modrm == 0xE2) {
            // FNCLEX
            s.status &= ~(X87State.EXCEPTIONS | X87State.SF | X87State.ES | X87State.BUSY);
        } else if (modrm == 0xE3) {
            s.reset();
        } else if (modrm >= 0xE8) {
            compareFlags(s, i, digit == 5, false);
        }
        // FENI, FDISI, FSETPM do nothing since the 80287.
    }

    private static void arithmetic(X87State s, int digit, int i, int destination, boolean pop) {
        if (s.empty(0) || s.empty(i)) {
            if (!s.stackFault(false)) {
                return;
            }
            s.set(destination, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
        } else {
            X87Arithmetic.binary(s, digit, s.se(0), s.sig(0), s.se(i), s.sig(i));
            if (!s.accept()) {
                return;
            }
            s.set(destination, s.resultSignExponent, s.resultSignificand);
        }
        if (pop) {
            s.pop();
        }
    }

    /** FCOM and its kin with a register. */
    private static void compare(X87State s, int i, boolean quiet, int pops) {
        if (s.empty(0) || s.empty(i)) {
            boolean masked = s.stackFault(false);
            conditions(s, 2);
            if (!masked) {
                return;
            }
        } else {
            int order = X87Arithmetic.compare(s, s.se(0), s.sig(0), s.se(i), s.sig(i), quiet);
            boolean deliver = s.accept();
            conditions(s, order);
            if (!deliver) {
                return;
            }
        }
        for (int k = 0; k < pops; k++) {
            s.pop();
        }
    }

    /** C3, C2, C0 after a comparison (SDM vol. 1, table 8-6). */
    static void conditions(X87State s, int order) {
        s.status = s.status & ~X87State.CONDITIONS | switch (order) {
            case -1 -> X87State.C0;
            case 0 -> X87State.C3;
            case 1 -> 0;
            default -> X87State.C3 | X87State.C2 | X87State.C0;
        };
    }

    private static void compareFlags(X87State s, int i, boolean quiet, boolean pop) {
        int order = 2;
        boolean accepted;
        if (s.empty(0) || s.empty(i)) {
            accepted = s.stackFault(false);
        } else {
            order = X87Arithmetic.compare(s, s.se(0), s.sig(0), s.se(i), s.sig(i), quiet);
            // Only a stack fault touches C1 (SDM vol. 2, FCOMI).
            int c1 = s.status & X87State.C1;
            accepted = s.accept();
            s.status |= c1;
        }
        s.cpuFlags = switch (order) {
            case -1 -> 1;
            case 0 -> 0x40;
            case 1 -> 0;
            default -> 0x45;
        };
        if (pop && accepted) {
            s.pop();
        }
    }

    private static void conditionalMove(X87State s, int digit, int i, boolean wanted) {
        int mask = switch (digit) {
            case 0 -> 1;
            case 1 -> 0x40;
            case 2 -> 0x41;
            default -> 4;
        };
        if (s.empty(0) || s.empty(i)) {
            if (s.stackFault(false)) {
                s.set(0, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
            }
            return;
        }
        if ((s.cpuFlags & mask) != 0 == wanted) {
            s.set(0, s.se(i), s.sig(i));
        }
    }

    /** The moves of D9: FLD, FXCH, FNOP, FSTP. */
    private static void move(X87State s, int digit, int i) {
        switch (digit) {
            case 0 -> {
                if (s.empty(i)) {
                    if (s.stackFault(false)) {
                        s.top = s.top - 1 & 7;
                        s.set(0, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
                    }
                } else {
                    s.status &= ~X87State.C1;
                    s.push(s.se(i), s.sig(i));
                }
            }
            case 1 -> exchange(s, i);
            case 2 -> {
                // FNOP
            }
            default -> {
                if (s.empty(0)) {
                    // This alias of FSTP does not mind an empty register (AMD64 vol. 5 calls it a reserved opcode).
                    s.status &= ~X87State.C1;
                    s.pop();
                } else {
                    store(s, i, true);
                }
            }
        }
    }

    private static void moreMoves(X87State s, int digit, int i) {
        switch (digit) {
            case 0 -> free(s, i);
            case 1 -> exchange(s, i);
            case 2 -> store(s, i, false);
            case 3 -> store(s, i, true);
            default -> compare(s, i, true, digit - 4);
        }
    }

    private static void free(X87State s, int i) {
        s.status &= ~X87State.C1;
        s.used &= ~(1 << (s.top + i & 7));
    }

    private static void exchange(X87State s, int i) {
        if (s.empty(0) || s.empty(i)) {
            if (!s.stackFault(false)) {
                return;
            }
            fillEmpty(s, 0);
            fillEmpty(s, i);
        } else {
            s.status &= ~X87State.C1;
        }
        int se = s.se(0);
        long sig = s.sig(0);
        s.set(0, s.se(i), s.sig(i));
        s.set(i, se, sig);
    }

    private static void fillEmpty(X87State s, int i) {
        if (s.empty(i)) {
            s.set(i, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
        }
    }

    private static void store(X87State s, int i, boolean pop) {
        if (s.empty(0)) {
            if (!s.stackFault(false)) {
                return;
            }
            s.set(i, X87State.NAN_SIGN_EXPONENT, X87State.NAN_SIGNIFICAND);
        } else {
            s.status &= ~X87State.C1;
            s.set(i, s.se(0), s.sig(0));
        }
        if (pop) {
            s.pop();
        }
    }
}
