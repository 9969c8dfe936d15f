package org.jvmm.core.event;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The production {@link EventLoop}: one daemon thread, which starts with the first task. The NIO selector is opened with the first channel, because opening it costs milliseconds
 * that a machine without channels need not pay; until then the thread parks.
 */
public final class DeviceLoop implements EventLoop, AutoCloseable {
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Consumer<Throwable> onFailure;
    private final Thread thread;
    private volatile Selector selector;
    private volatile boolean stopped;
    /** Whether the thread waits, or is about to: it looks at tasks and {@link #stopped} once more after it says so. True also before it starts. */
    private volatile boolean resting = true;
    /** Guarded by {@code tasks}. */
    private boolean started;

    /**
     * A loop without a thread yet.
     *
     * @param name the thread's name
     * @param onFailure told what a handler threw: our bug, so the machine should stop
     */
    public DeviceLoop(String name, Consumer<Throwable> onFailure) {
        this.onFailure = onFailure;
        this.thread = new Thread(this::loop, name);
        thread.setDaemon(true);
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        wake();
    }

    @Override
    public Notifier newNotifier(Runnable handler) {
        AtomicBoolean pending = new AtomicBoolean();
        Runnable task = () -> {
            pending.set(false);
            handler.run();
        };
        return () -> {
            if (!pending.getAndSet(true)) {
                execute(task);
            }
        };
    }

    @Override
    public Registration register(SelectableChannel channel, int ops, ReadyHandler handler) {
        if (!inLoop()) {
            throw new IllegalStateException("Channels are registered on the loop");
        }
        try {
            if (selector == null) {
                selector = Selector.open();
            }
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, ops, handler);
            return new KeyRegistration(key);
        } catch (ClosedChannelException e) {
            throw new IllegalStateException("Channel is closed", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean inLoop() {
        return Thread.currentThread() == thread;
    }

    /** Ends the loop and waits for its thread, unless called on it. */
    @Override
    public void close() {
        stopped = true;
        synchronized (tasks) {
            if (!started) {
                // And never will be.
                started = true;
                return;
            }
        }
        wake();
        if (!inLoop()) {
            Threads.join(thread);
        }
    }

    private void wake() {
        if (!resting || inLoop()) {
            // It will look without being woken, which is a system call.
            return;
        }
        start();
        Selector open = selector;
        if (open != null) {
            open.wakeup();
        }
        // The loop may be on its way from park to its first select: unpark as well.
        LockSupport.unpark(thread);
    }

    private void start() {
        synchronized (tasks) {
            if (!started) {
                started = true;
                thread.start();
            }
        }
    }

    private void loop() {
        resting = false;
        while (!stopped) {
            try {
                turn();
            } catch (RuntimeException | Error e) {
                onFailure.accept(e);
            } catch (IOException e) {
                onFailure.accept(e);
                return;
            }
        }
        Selector open = selector;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                onFailure.accept(e);
            }
        }
    }

    private void turn() throws IOException {
        Runnable task = tasks.poll();
        if (task != null) {
            // Channels get their turn between bursts of tasks.
            for (int budget = 64; task != null; task = --budget > 0 ? tasks.poll() : null) {
                task.run();
            }
            if (selector != null) {
                selector.selectNow(DeviceLoop::dispatch);
            }
        } else {
            rest();
        }
    }

    private void rest() throws IOException {
        resting = true;
        try {
            if (!tasks.isEmpty() || stopped) {
                return;
            }
            if (selector != null) {
                selector.select(DeviceLoop::dispatch);
            } else {
                LockSupport.park(this);
            }
        } finally {
            resting = false;
        }
    }

    private static void dispatch(SelectionKey key) {
        if (key.isValid()) {
            ((ReadyHandler) key.attachment()).ready(key.readyOps());
        }
    }

    private record KeyRegistration(SelectionKey key) implements Registration {
        @Override
        public void interest(int ops) {
            if (key.isValid()) {
                key.interestOps(ops);
            }
        }

        @Override
        public void cancel() {
            key.cancel();
        }
    }
}
