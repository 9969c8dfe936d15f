package org.jvmm.core.event;

import java.nio.channels.SelectableChannel;

/** The devices' thread: runs queue handlers, channel handlers and posted tasks one after another, so that a device needs no locks of its own. */
public interface EventLoop {
    /** Runs {@code task} on the loop soon; from any thread, in order per thread. */
    void execute(Runnable task);

    /** A notifier whose signals run {@code handler} on the loop; signals that come before it runs are merged. */
    Notifier newNotifier(Runnable handler);

    /**
     * Watches a channel; called on the loop. The channel is switched to non-blocking mode.
     *
     * @param ops {@link java.nio.channels.SelectionKey} interest set, may be 0
     * @param handler told the ready set, on the loop
     */
    Registration register(SelectableChannel channel, int ops, ReadyHandler handler);

    /** Whether the caller runs on the loop's thread. */
    boolean inLoop();

    /** Told when a channel is ready. */
    @FunctionalInterface
    interface ReadyHandler {
        /** @param readyOps {@link java.nio.channels.SelectionKey} ready set */
        void ready(int readyOps);
    }

    /** A watched channel. */
    interface Registration {
        /** Replaces the interest set; on the loop. */
        void interest(int ops);

        /** Stops watching; does not close the channel. */
        void cancel();
    }
}
