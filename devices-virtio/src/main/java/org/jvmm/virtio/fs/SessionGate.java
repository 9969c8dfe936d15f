package org.jvmm.virtio.fs;

/** Lets any number of requests pass at the same time, or one that begins or ends a session. Allocates nothing. */
final class SessionGate {
    private int inside;
    private boolean alone;

    synchronized void enter() {
        while (alone) {
            pause();
        }
        inside++;
    }

    synchronized void leave() {
        if (--inside == 0) {
            notifyAll();
        }
    }

    synchronized void enterAlone() {
        while (alone) {
            pause();
        }
        alone = true;
        while (inside > 0) {
            pause();
        }
    }

    synchronized void leaveAlone() {
        alone = false;
        notifyAll();
    }

    private void pause() {
        boolean interrupted = false;
        try {
            wait();
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
