package org.jvmm.virtio.device;

import java.util.function.Consumer;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.virtio.queue.VirtqueueException;

/**
 * A thread for one queue (or a few) of a device whose work may block. Signals that arrive while it works make it work once more. The device stops it in
 * {@link VirtioDevice#reset} and {@link VirtioDevice#pause} by {@link #quiesce}, which waits for the work in progress.
 */
public final class QueueWorker implements Notifier, AutoCloseable {
    private final String name;
    private final Runnable work;
    private final Runnable onBroken;
    private final Consumer<Throwable> onFailure;

    // Guarded by this.
    private Thread thread;
    private boolean running;
    private boolean pending;
    private boolean working;
    private boolean closed;

    /**
     * A worker that is quiet until {@link #resume}; its thread starts with the first signal after that.
     *
     * @param name of the thread
     * @param work takes what the queue holds
     * @param onBroken told of a {@link VirtqueueException}, after which the worker is quiet: usually {@link VirtioInterrupt#needsReset}
     * @param onFailure told what else was thrown: a mistake of this program
     */
    public QueueWorker(String name, Runnable work, Runnable onBroken, Consumer<Throwable> onFailure) {
        this.name = name;
        this.work = work;
        this.onBroken = onBroken;
        this.onFailure = onFailure;
    }

    @Override
    public synchronized void signal() {
        pending = true;
        if (running) {
            startThread();
            notifyAll();
        }
    }

    /** Lets it work, and looks at the queue once. */
    public synchronized void resume() {
        running = true;
        signal();
    }

    private void startThread() {
        if (thread == null && !closed) {
            thread = new Thread(this::loop, name);
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** When this returns the work has ended, and none begins until {@link #resume}. On the worker's own thread it only prevents more. */
    public synchronized void quiesce() {
        running = false;
        boolean interrupted = false;
        while (working && Thread.currentThread() != thread) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Quiet for ever; the thread ends. */
    @Override
    public synchronized void close() {
        quiesce();
        closed = true;
        notifyAll();
    }

    private synchronized boolean begin() {
        boolean interrupted = false;
        while (!closed && !(running && pending)) {
            try {
                wait();
            } catch (InterruptedException e) {
                // Nobody interrupts this thread on purpose; remember it for whoever did.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        pending = false;
        working = !closed;
        return working;
    }

    private synchronized void end() {
        working = false;
        notifyAll();
    }

    private void loop() {
        while (begin()) {
            try {
                work.run();
            } catch (VirtqueueException | GuestMemoryException e) {
                quiesce();
                onBroken.run();
            } catch (RuntimeException | Error e) {
                quiesce();
                onFailure.accept(e);
            } finally {
                end();
            }
        }
    }
}
