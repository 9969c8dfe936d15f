package org.jvmm.vmm.agent;

/**
 * Reaches the agent of a guest that is still booting: a refused connection is tried again, until the agent's health check is answered or
 * {@link #cancel()} is called.
 */
public final class AgentDialer {
    /** Pause between attempts. Short, for it is part of the time to the first command; an attempt costs two packets. */
    private static final long RETRY_MILLIS = 10;
    /** How long one attempt may stay without any answer: the guest may have lost it in the middle of its driver's start. */
    private static final long ATTEMPT_NANOS = 2_000_000_000L;

    private final StreamConnector connector;
    private boolean cancelled;
    private TtrpcClient current;

    /** @param connector streams to the guest */
    public AgentDialer(StreamConnector connector) {
        this.connector = connector;
    }

    /**
     * Connects.
     *
     * @param nanos at most this long; 0 is without limit
     * @return the agent, or null when cancelled
     * @throws AgentException {@link AgentException#DEADLINE_EXCEEDED} when the agent does not answer in time
     */
    public AgentClient dial(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        while (!isCancelled()) {
            long left = nanos == 0 ? ATTEMPT_NANOS : end - System.nanoTime();
            if (left <= 0) {
                throw new AgentException(AgentException.DEADLINE_EXCEEDED, "Guest's agent does not answer");
            }
            AgentClient agent = attempt(Math.min(left, ATTEMPT_NANOS));
            if (agent != null) {
                return agent;
            }
            pause();
        }
        return null;
    }

    private AgentClient attempt(long nanos) throws InterruptedException {
        TtrpcClient rpc = new TtrpcClient();
        synchronized (this) {
            if (cancelled) {
                return null;
            }
            current = rpc;
        }
        connector.connect(AgentClient.PORT, rpc);
        if (rpc.awaitOpen(nanos)) {
            AgentClient agent = new AgentClient(rpc);
            try {
                agent.check().await(nanos);
                return agent;
            } catch (AgentException e) {
                if (e.code() == AgentException.UNIMPLEMENTED) {
                    // An answer all the same: an agent without a health service.
                    return agent;
                }
            }
        }
        rpc.close();
        return null;
    }

    private synchronized boolean isCancelled() {
        return cancelled;
    }

    private synchronized void pause() throws InterruptedException {
        if (!cancelled) {
            wait(RETRY_MILLIS);
        }
    }

    /** Makes {@link #dial} return null soon. Any thread. */
    public void cancel() {
        TtrpcClient attempt;
        synchronized (this) {
            cancelled = true;
            attempt = current;
            notifyAll();
        }
        if (attempt != null) {
            attempt.close();
        }
    }
}
