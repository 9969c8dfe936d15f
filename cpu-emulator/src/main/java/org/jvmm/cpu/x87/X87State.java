package org.jvmm.cpu.x87;

/** The x87 registers of one processor (SDM vol. 1 §8.1). A register is a sign and 15-bit biased exponent, and a 64-bit significand. */
public final class X87State {
    /** Status: invalid operation, the first of the six exception flags. */
    public static final int IE = 1;
    /** Status: denormal operand. */
    public static final int DE = 2;
    /** Status: division by zero. */
    public static final int ZE = 4;
    /** Status: overflow. */
    public static final int OE = 8;
    /** Status: underflow. */
    public static final int UE = 0x10;
    /** Status: inexact. */
    public static final int PE = 0x20;
    /** Status: stack fault. */
    public static final int SF = 0x40;
    /** Status: an unmasked exception is pending. */
    public static final int ES = 0x80;
    /** Status: condition code 0. */
    public static final int C0 = 0x100;
    /** Status: condition code 1. */
    public static final int C1 = 0x200;
    /** Status: condition code 2. */
    public static final int C2 = 0x400;
    /** Status: condition code 3. */
    public static final int C3 = 0x4000;
    /** Status: busy, a copy of ES. */
    public static final int BUSY = 0x8000;

    static final int EXCEPTIONS = 0x3F;
    static final int CONDITIONS = C0 | C1 | C2 | C3;
    static final long INTEGER_BIT = Long.MIN_VALUE;
    /** The default NaN: negative, quiet (SDM vol. 1, table 4-3). */
    static final int NAN_SIGN_EXPONENT = 0xFFFF;
    static final long NAN_SIGNIFICAND = 0xC000_0000_0000_0000L;

    /** Significands R0 to R7. */
    public final long[] significand = new long[8];
    /** Signs (bit 15) and biased exponents R0 to R7. */
    public final int[] signExponent = new int[8];
    /** Number of the register that is ST(0). */
    public int top;
    /** Control word. */
    public int control;
    /** Status word without TOP. */
    public int status;
    /** Bit i is set when register Ri is not empty; FXSAVE's abridged tag word. */
    public int used;
    /** Address of the last non-control instruction; the interpreter sets it. */
    public long instructionPointer;
    /** Address of its memory operand; the interpreter sets it. */
    public long dataPointer;
    /** Low 11 bits of its opcode; the interpreter sets it. */
    public int lastOpcode;
    /** ZF, PF and CF as in EFLAGS: read by FCMOVcc, written by FCOMI and its kin. */
    public int cpuFlags;

    final SoftFloat soft = new SoftFloat();
    /** A result on its way to a register. */
    int resultSignExponent;
    long resultSignificand;

    /** The state after FNINIT. */
    public X87State() {
        reset();
    }

    /** FNINIT (SDM vol. 2). Registers keep their contents but are all empty. */
    public void reset() {
        control = 0x37F;
        status = 0;
        top = 0;
        used = 0;
        instructionPointer = 0;
        dataPointer = 0;
        lastOpcode = 0;
    }

    /** Whether the next waiting instruction raises #MF. */
    public boolean pendingException() {
        return (status & ES) != 0;
    }

    /** The status word, TOP included. */
    public int status() {
        return status | top << 11;
    }

    /** Sets the status word; ES and B follow from the flags and masks. */
    public void setStatusWord(int value) {
        top = value >> 11 & 7;
        status = value & ~0x3800;
        updateSummary();
    }

    /** Sets the control word; bit 6 reads as one, bits 7 and 13 to 15 as zero. */
    public void setControlWord(int value) {
        control = value & 0x1F3F | 0x40;
        updateSummary();
    }

    /** Recomputes ES and B. */
    void updateSummary() {
        boolean pending = (status & ~control & EXCEPTIONS) != 0;
        status = status & ~(ES | BUSY) | (pending ? ES | BUSY : 0);
    }

    /** The full tag word, two bits a register: 0 valid, 1 zero, 2 special, 3 empty (SDM vol. 1 §8.1.7). */
    public int tagWord() {
        int tags = 0;
        for (int i = 0; i < 8; i++) {
            int tag;
            int exponent = signExponent[i] & 0x7FFF;
            if ((used >> i & 1) == 0) {
                tag = 3;
            } else if (exponent == 0 && significand[i] == 0) {
                tag = 1;
            } else {
                tag = exponent == 0 || exponent == 0x7FFF || significand[i] >= 0 ? 2 : 0;
            }
            tags |= tag << 2 * i;
        }
        return tags;
    }

    /** Sets the tags; only empty or not counts. */
    public void setTagWord(int tags) {
        used = 0;
        for (int i = 0; i < 8; i++) {
            if ((tags >> 2 * i & 3) != 3) {
                used |= 1 << i;
            }
        }
    }

    /** An MMX instruction: TOP becomes 0, all registers are in use (SDM vol. 1 §9.5.1). */
    public void enterMmx() {
        top = 0;
        used = 0xFF;
    }

    /** Writes an MMX register, a significand; sign and exponent become ones (SDM vol. 1 §9.2.2). */
    public void setMmx(int register, long value) {
        significand[register] = value;
        signExponent[register] = 0xFFFF;
    }

    boolean empty(int i) {
        return (used >> (top + i & 7) & 1) == 0;
    }

    int se(int i) {
        return signExponent[top + i & 7];
    }

    long sig(int i) {
        return significand[top + i & 7];
    }

    void set(int i, int se, long sig) {
        int at = top + i & 7;
        signExponent[at] = se;
        significand[at] = sig;
        used |= 1 << at;
    }

    void pop() {
        used &= ~(1 << top);
        top = top + 1 & 7;
    }

    /** Pushes; a full stack is a fault with C1 set, masked it takes the default NaN (SDM vol. 1 §8.5.1.1). */
    void push(int se, long sig) {
        if (!empty(7)) {
            if (stackFault(true)) {
                top = top - 1 & 7;
                set(0, NAN_SIGN_EXPONENT, NAN_SIGNIFICAND);
            }
            return;
        }
        top = top - 1 & 7;
        set(0, se, sig);
    }

    /** Notes a stack overflow or underflow. Returns whether it is masked. */
    boolean stackFault(boolean overflow) {
        status = status & ~C1 | IE | SF | (overflow ? C1 : 0);
        updateSummary();
        return (control & IE) != 0;
    }

    /** Rounding control. */
    int rounding() {
        return control >> 10 & 3;
    }

    /** Significand bits by precision control (SDM vol. 1, table 8-2). */
    int precision() {
        return switch (control >> 8 & 3) {
            case 0 -> 24;
            case 2 -> 53;
            default -> 64;
        };
    }

    void result(int se, long sig) {
        resultSignExponent = se;
        resultSignificand = sig;
    }

    void resultNan() {
        result(NAN_SIGN_EXPONENT, NAN_SIGNIFICAND);
    }

    void invalid() {
        // A denormal memory operand was noted when it was widened; invalidity comes first.
        soft.flags = soft.flags & ~SoftFloat.DENORMAL | SoftFloat.INVALID;
        resultNan();
    }

    /**
     * Ends a computation: its exceptions become sticky and C1 tells the rounding's direction.
     *
     * @return whether the result may be delivered: no unmasked exception was found before computing
     */
    boolean accept() {
        int flags = soft.flags;
        soft.flags = 0;
        status &= ~C1;
        if (flags != 0) {
            int unmasked = flags & ~control & EXCEPTIONS;
            if ((unmasked & (IE | DE | ZE)) != 0) {
                status |= flags & (IE | DE | ZE);
                updateSummary();
                return false;
            }
            status |= flags | ((flags & PE) != 0 && soft.roundedUp ? C1 : 0);
            updateSummary();
        }
        return true;
    }
}
