package org.jvmm.virtio.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.event.Notifier;

/** An event loop on the test's thread that watches channels too. */
public final class SelectorLoop implements EventLoop, AutoCloseable {
    /** Longer than any step of a test on a busy machine. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Selector selector;

    /** An empty loop. */
    public SelectorLoop() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    @Override
    public Notifier newNotifier(Runnable handler) {
        return () -> execute(handler);
    }

    @Override
    public Registration register(SelectableChannel channel, int ops, ReadyHandler handler) {
        try {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, ops, handler);
            return new Registration() {
                @Override
                public void interest(int wanted) {
                    if (key.isValid()) {
                        key.interestOps(wanted);
                    }
                }

                @Override
                public void cancel() {
                    key.cancel();
                }
            };
        } catch (ClosedChannelException e) {
            throw new IllegalStateException("Channel is closed", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean inLoop() {
        return true;
    }

    /** Runs all tasks and serves all channels that are ready, until none is. */
    public void runAll() {
        try {
            boolean any = true;
            while (any) {
                any = runTasks();
                any |= selector.selectNow(SelectorLoop::dispatch) > 0;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs the tasks there are, then serves each channel that is ready once. */
    public void poll() {
        try {
            runTasks();
            selector.selectNow(SelectorLoop::dispatch);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs until the condition holds. */
    public void runUntil(BooleanSupplier condition) {
        long start = System.nanoTime();
        try {
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() - start > PATIENCE_NANOS) {
                    throw new AssertionError("Loop waited in vain");
                }
                if (!runTasks()) {
                    selector.select(SelectorLoop::dispatch, 10);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean runTasks() {
        boolean any = false;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            any = true;
        }
        return any;
    }

    private static void dispatch(SelectionKey key) {
        if (key.isValid()) {
            ((ReadyHandler) key.attachment()).ready(key.readyOps());
        }
    }

    @Override
    public void close() {
        try {
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
