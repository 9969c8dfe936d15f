package org.jvmm.core.time;

/** Runs callbacks at points of a {@link VmClock}. The callbacks are short and do not block. */
public interface TimerQueue {
    /** Makes a timer, not armed; {@code callback} runs on the queue's thread. */
    Timer newTimer(Runnable callback);

    /** The clock the deadlines are measured on. */
    VmClock clock();

    /** One timer. All methods may be called from any thread, also from a callback. */
    interface Timer {
        /** Fires once when the clock reaches {@code deadline} nanoseconds (at once if that is past); replaces an earlier deadline. */
        void arm(long deadline);

        /** Forgets the deadline; a callback that is already running still ends. */
        void cancel();
    }
}
