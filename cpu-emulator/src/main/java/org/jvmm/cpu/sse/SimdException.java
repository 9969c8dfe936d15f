package org.jvmm.cpu.sse;

/** An unmasked SIMD floating-point exception, vector 19 (SDM vol. 1 §11.5.2.7). The destination is unchanged; MXCSR has the flags. */
public final class SimdException extends RuntimeException {
    /** The one instance: stackless, because guests fault often. */
    public static final SimdException INSTANCE = new SimdException();
    private static final long serialVersionUID = 1L;

    private SimdException() {
        super("SIMD floating-point exception", null, false, false);
    }
}
