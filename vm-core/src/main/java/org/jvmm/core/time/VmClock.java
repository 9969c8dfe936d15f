package org.jvmm.core.time;

/** The machine's source of time; tests put a fake in its place. */
public interface VmClock {
    /** Monotonic nanoseconds from an arbitrary origin. */
    long nanoTime();

    /** Wall clock, milliseconds since 1970-01-01T00:00Z. */
    long wallMillis();

    /** The host's clocks. */
    VmClock SYSTEM = new VmClock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }
    };
}
