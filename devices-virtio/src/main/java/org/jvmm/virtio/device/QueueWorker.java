package org.jvmm.virtio.device;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jvmm.core.event.Notifier;
import org.jvmm.core.event.PollWindow;
import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.virtio.queue.VirtqueueException;

/**
 * A thread for one queue (or a few) of a device whose work may block. Signals that arrive while it works make it work once more. The device stops it in
 * {@link VirtioDevice#reset} and {@link VirtioDevice#pause} by {@link #quiesce}, which waits for the work in progress.
 */
public final class QueueWorker implements Notifier, AutoCloseable {
    private final String name;
    private final BooleanSupplier work;
    private final Runnable onBroken;
    private final Consumer<Throwable> onFailure;

    private final PollWindow window = new PollWindow(1);
    private final BooleanSupplier isPending = () -> this.pending;

    // Guarded by this.
    private Thread thread;
    private boolean running;
    private volatile boolean pending;
    private boolean working;
    /** Who works. */
    private Thread server;
    /** Threads that wait for the end of the work. */
    private int quiescing;
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
        this.work = () -> {
            work.run();
            return false;
        };
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

    /**
     * Has the calling thread do what needs no waiting in the worker's place, when nobody works at present: waking the worker takes longer than many a request.
     *
     * @param quick takes what it can at once from the queue, and returns whether it left something, which is the worker's then
     * @return false when nothing was done: somebody works, or nobody may
     */
    public boolean serve(BooleanSupplier quick) {
        synchronized (this) {
            if (!running || working || pending) {
                return false;
            }
            working = true;
            server = Thread.currentThread();
        }
        attempt(quick);
        return true;
    }

    /** Works, having claimed the queue. */
    private void attempt(BooleanSupplier task) {
        boolean left = false;
        try {
            left = task.getAsBoolean();
        } catch (VirtqueueException | GuestMemoryException e) {
            quiesce();
            onBroken.run();
        } catch (RuntimeException | Error e) {
            quiesce();
            onFailure.accept(e);
        } finally {
            end(left);
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

    /** When this returns the work has ended, and none begins until {@link #resume}. On the thread that works it only prevents more. */
    public synchronized void quiesce() {
        running = false;
        quiescing++;
        boolean interrupted = false;
        while (working && Thread.currentThread() != server) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        quiescing--;
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

    private boolean begin() {
        boolean come = window.poll(isPending);
        boolean begins = awaitSignal();
        if (!come) {
            window.slept();
        }
        return begins;
    }

    private synchronized boolean awaitSignal() {
        boolean interrupted = false;
        while (!closed && !(running && pending && !working)) {
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
        server = thread;
        return working;
    }

    private synchronized void end(boolean left) {
        working = false;
        server = null;
        pending |= left;
        if (quiescing > 0 || pending && running) {
            startThread();
            notifyAll();
        }
    }

    private void loop() {
        while (begin()) {
            attempt(work);
        }
    }
}
