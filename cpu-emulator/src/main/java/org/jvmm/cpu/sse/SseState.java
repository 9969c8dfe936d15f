package org.jvmm.cpu.sse;

import java.util.Arrays;
import org.jvmm.cpu.x87.SoftFloat;

/** The XMM registers and MXCSR of one processor (SDM vol. 1 §10.2). */
public final class SseState {
    /** MXCSR after reset: all exceptions masked, round to nearest. */
    public static final int MXCSR_RESET = 0x1F80;
    /** The MXCSR bits that exist. */
    public static final int MXCSR_MASK = 0xFFFF;
    /** Number of the register that holds a memory operand. */
    public static final int TEMP = 16;

    static final int DAZ = 0x40;
    static final int FTZ = 0x8000;
    private static final int BEFORE_COMPUTATION = SoftFloat.INVALID | SoftFloat.DENORMAL | SoftFloat.ZERO_DIVIDE;
    private static final int PRECISION_FLAG = 0x20;
    /** All exceptions masked, to nearest, no flushing, and inexactness already recorded. */
    private static final int FAST_MASK = 0xFFC0 | PRECISION_FLAG;
    private static final int FAST_VALUE = MXCSR_RESET | PRECISION_FLAG;

    /** Register i has its low half at 2i and its high half at 2i + 1; 16 and 17 are temporaries. */
    public final long[] x = new long[36];
    /** Control and status. */
    public int mxcsr = MXCSR_RESET;

    /** The slow path's engine; its flags collect the exceptions of the running instruction. */
    final SoftFloat soft;
    /**
     * The upper halves of the YMM registers, as registers of 128 bits on which the same operations work; null in the upper halves' own state. Its
     * MXCSR is a copy that {@link AvxExec} keeps.
     */
    public final SseState upper;

    /** Exceptions wait in {@link #soft} for {@link #finishAll}: an instruction works on both halves. */
    boolean deferred;

    /** The reset state. */
    public SseState() {
        soft = new SoftFloat();
        upper = new SseState(soft);
    }

    private SseState(SoftFloat shared) {
        soft = shared;
        upper = null;
    }

    /** Back to the reset state. */
    public void reset() {
        Arrays.fill(x, 0);
        mxcsr = MXCSR_RESET;
        if (upper != null) {
            upper.reset();
        }
    }

    /**
     * Whether plain Java arithmetic will do: nothing can trap, and the precision flag is already up, so that nobody needs to know whether a result
     * is exact. The operands and the result must still be looked at.
     */
    boolean fast() {
        return (mxcsr & FAST_MASK) == FAST_VALUE;
    }

    /** Rounding control, 0 to 3 (SDM vol. 1, table 4-8). */
    int rounding() {
        return mxcsr >> 13 & 3;
    }

    /** Ends an instruction: its exceptions become sticky, an unmasked one traps (SDM vol. 1 §11.5). */
    void finish() {
        if (!deferred) {
            finishAll();
        }
    }

    /** {@link #finish} for both halves. */
    void finishAll() {
        int flags = soft.flags;
        if (flags != 0) {
            soft.flags = 0;
            int unmasked = ~(mxcsr >> 7) & 0x3F;
            if ((flags & unmasked & BEFORE_COMPUTATION) != 0) {
                // Found in any lane before computing, they keep the others from being computed (SDM vol. 1 §11.5.3.2).
                flags &= BEFORE_COMPUTATION;
            }
            mxcsr |= flags;
            if ((flags & unmasked) != 0) {
                throw SimdException.INSTANCE;
            }
        }
    }
}
