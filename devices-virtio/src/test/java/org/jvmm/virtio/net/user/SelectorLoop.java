package org.jvmm.virtio.net.user;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.event.Notifier;

/** An event loop on the test's thread, with real channels. */
final class SelectorLoop implements EventLoop, AutoCloseable {
    private static final long LIMIT_NANOS = 20_000_000_000L;

    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Selector selector;

    SelectorLoop() {
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
                public void interest(int newOps) {
                    if (key.isValid()) {
                        key.interestOps(newOps);
                    }
                }

                @Override
                public void cancel() {
                    key.cancel();
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean inLoop() {
        return true;
    }

    /** Serves channels and tasks until {@code done}; an error when that takes longer than any machine needs. */
    void until(BooleanSupplier done) {
        long end = System.nanoTime() + LIMIT_NANOS;
        while (!done.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("The condition did not come true");
            }
            turn(20);
        }
    }

    /** Serves what is ready now. */
    void poll() {
        turn(0);
    }

    private void turn(long millis) {
        try {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
            if (millis == 0) {
                selector.selectNow(SelectorLoop::dispatch);
            } else {
                selector.select(SelectorLoop::dispatch, millis);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
