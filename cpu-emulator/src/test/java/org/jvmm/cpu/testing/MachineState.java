package org.jvmm.cpu.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The state of a user program before or after a few instructions, as {@link NativeRunner} and {@link BareCpu} both understand it. */
public final class MachineState {
    /** {@link #vector} when the code ran to its end. */
    public static final int NO_FAULT = -1;
    /** {@link #vector} when the code wrote to the data pages outside the window. */
    public static final int STRAY = -2;
    /** Bytes of {@link #xsave}: x87 and SSE, header, AVX (SDM vol. 1 §13.4). */
    public static final int XSAVE_SIZE = 832;
    /** First byte of the window in the data pages. */
    public static final int WINDOW_AT = 3072;
    /** Bytes of {@link #window}. */
    public static final int WINDOW = 2048;

    private static final int STATE_BITS = 512;

    /** General registers in encoding order. */
    public final long[] gpr = new long[16];
    /** Flags. */
    public long rflags;
    /** FS base. */
    public long fsBase;
    /** GS base. */
    public long gsBase;
    /** After a fault: the instruction pointer it saved. */
    public long rip;
    /** The XSAVE image in the standard format. */
    public final ByteBuffer xsave = ByteBuffer.wrap(new byte[XSAVE_SIZE]).order(ByteOrder.LITTLE_ENDIAN);
    /** Data around the border of the two data pages. */
    public final byte[] window = new byte[WINDOW];
    /** Exception vector that ended the code, {@link #NO_FAULT} or {@link #STRAY}. */
    public int vector = NO_FAULT;
    /** The exception's error code. */
    public int errorCode;

    /** Copies everything. */
    public void copyFrom(MachineState other) {
        System.arraycopy(other.gpr, 0, gpr, 0, 16);
        rflags = other.rflags;
        fsBase = other.fsBase;
        gsBase = other.gsBase;
        rip = other.rip;
        xsave.put(0, other.xsave.array());
        System.arraycopy(other.window, 0, window, 0, WINDOW);
        vector = other.vector;
        errorCode = other.errorCode;
    }

    /** Puts the initial configuration where the header says that a component has it (SDM vol. 1 §13.6), so that images compare. */
    public void normalize() {
        long present = xsave.getLong(STATE_BITS);
        byte[] bytes = xsave.array();
        if ((present & 1) == 0) {
            Arrays.fill(bytes, 0, 24, (byte) 0);
            Arrays.fill(bytes, 32, 160, (byte) 0);
            xsave.putShort(0, (short) 0x37F);
        }
        if ((present & 2) == 0) {
            Arrays.fill(bytes, 160, 416, (byte) 0);
        }
        if ((present & 4) == 0) {
            Arrays.fill(bytes, 576, XSAVE_SIZE, (byte) 0);
        }
    }

    /** A 64-bit part of a vector register: 0 and 1 the XMM register, 2 and 3 the upper half. */
    public long vector(int register, int part) {
        return xsave.getLong((part < 2 ? 160 : 576 - 16) + 16 * register + 8 * part);
    }

    /** Sets a 64-bit part of a vector register. */
    public void vector(int register, int part, long value) {
        xsave.putLong((part < 2 ? 160 : 576 - 16) + 16 * register + 8 * part, value);
    }

    /** MXCSR. */
    public int mxcsr() {
        return xsave.getInt(24);
    }

    /** Sets MXCSR. */
    public void mxcsr(int value) {
        xsave.putInt(24, value);
    }

    /** x87 control word. */
    public int control() {
        return xsave.getShort(0) & 0xFFFF;
    }

    /** x87 status word. */
    public int status() {
        return xsave.getShort(2) & 0xFFFF;
    }

    /** x87 tags, abridged: a bit is set for a register in use. */
    public int tags() {
        return xsave.get(4) & 0xFF;
    }

    /** Sets the three x87 words. */
    public void x87(int control, int status, int tags) {
        xsave.putShort(0, (short) control);
        xsave.putShort(2, (short) status);
        xsave.put(4, (byte) tags);
    }

    /** Significand of ST(i). */
    public long significand(int i) {
        return xsave.getLong(32 + 16 * i);
    }

    /** Sign and exponent of ST(i). */
    public int signExponent(int i) {
        return xsave.getShort(40 + 16 * i) & 0xFFFF;
    }

    /** Sets ST(i). */
    public void st(int i, int signExponent, long significand) {
        xsave.putLong(32 + 16 * i, significand);
        xsave.putLong(40 + 16 * i, signExponent & 0xFFFFL);
    }
}
