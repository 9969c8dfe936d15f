package org.jvmm.vmm.agent;

/** The answer to a call that is to come. */
public final class PendingCall {
    private byte[] payload;
    private AgentException failure;
    private boolean done;
    private Runnable whenDone;

    PendingCall() {}

    void complete(byte[] answer) {
        finish(answer, null);
    }

    void fail(AgentException reason) {
        finish(null, reason);
    }

    private void finish(byte[] answer, AgentException reason) {
        Runnable action;
        synchronized (this) {
            if (done) {
                return;
            }
            payload = answer;
            failure = reason;
            done = true;
            action = whenDone;
            notifyAll();
        }
        // Outside the lock: the action may take locks of its own, whose holders ask this call.
        if (action != null) {
            action.run();
        }
    }

    /** Runs {@code action} when there is an answer, on the thread that brings it, or at once. It must not block. */
    public void whenDone(Runnable action) {
        synchronized (this) {
            if (!done) {
                whenDone = action;
                return;
            }
        }
        action.run();
    }

    /** Whether {@link #await()} would return or throw at once. */
    public synchronized boolean isDone() {
        return done;
    }

    /**
     * Waits for the answer.
     *
     * @return the encoded response message
     * @throws AgentException when the agent refused the call or the connection ended
     */
    public byte[] await() {
        return await(0);
    }

    /**
     * Waits for the answer.
     *
     * @param nanos at most this long; 0 is without limit
     * @throws AgentException {@link AgentException#DEADLINE_EXCEEDED} when there is none in time, else as {@link #await()}
     */
    public synchronized byte[] await(long nanos) {
        long deadline = System.nanoTime() + nanos;
        boolean interrupted = false;
        while (!done) {
            long left = deadline - System.nanoTime();
            if (nanos > 0 && left <= 0) {
                failure = new AgentException(AgentException.DEADLINE_EXCEEDED, "Agent does not answer");
                break;
            }
            try {
                // Rounded up: 0 would be without limit.
                wait(nanos > 0 ? left / 1_000_000 + 1 : 0);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
        return payload;
    }
}
