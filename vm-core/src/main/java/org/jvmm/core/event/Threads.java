package org.jvmm.core.event;

/** The end of threads. */
public final class Threads {
    private Threads() {}

    /** Waits until a thread has ended, or returns at once when it never started; an interrupt does not end the wait, and is kept. */
    public static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
