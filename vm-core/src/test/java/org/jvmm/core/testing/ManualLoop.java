package org.jvmm.core.testing;

import java.nio.channels.SelectableChannel;
import java.util.ArrayDeque;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.event.Notifier;

/** An event loop that runs its tasks when the test says so, on the test's thread. Channels are not supported. */
public final class ManualLoop implements EventLoop {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public Notifier newNotifier(Runnable handler) {
        return () -> execute(handler);
    }

    @Override
    public Registration register(SelectableChannel channel, int ops, ReadyHandler handler) {
        throw new UnsupportedOperationException("ManualLoop has no channels");
    }

    @Override
    public boolean inLoop() {
        return true;
    }

    /** Runs all tasks, also those that tasks add. Returns how many ran. */
    public int runAll() {
        int count = 0;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            count++;
        }
        return count;
    }
}
