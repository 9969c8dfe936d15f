package org.jvmm.virtio.fs;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.QueueWorker;
import org.jvmm.virtio.queue.VirtQueue;

/** One queue of a file system device and the thread that serves it. */
final class FsQueue {
    /** Most requests for one notification that are served by who brings it: the thread has other work. */
    private static final int AT_ONCE = 16;
    /** Most answers that wait for one interrupt. */
    private static final int BATCH = 8;

    private final FuseServer server;
    private final QueueWorker worker;
    /** Answers of requests that had waited for a lock; the worker hands them out. */
    private final ConcurrentLinkedQueue<ChainBuffers> late = new ConcurrentLinkedQueue<>();

    // Of whoever works, of the device's loop while it is quiet.
    private DeviceContext context;
    private VirtQueue queue;
    private FsWorker thread;
    private FsWorker quick;
    private ChainBuffers next;
    private int unannounced;
    private final BooleanSupplier serveAtOnce = this::serveAtOnce;

    FsQueue(String name, FuseServer server, Consumer<Throwable> onFailure) {
        this.server = server;
        worker = new QueueWorker(name, this::work, this::broken, onFailure);
    }

    QueueWorker worker() {
        return worker;
    }

    /** A notification. */
    void signal() {
        if (!worker.serve(serveAtOnce)) {
            worker.signal();
        }
    }

    /** On the notifier's thread, in the worker's place: what needs no waiting. Returns whether something is left. */
    private boolean serveAtOnce() {
        if (quick == null) {
            quick = server.newQuickWorker();
        }
        deliver();
        if (next == null) {
            next = new ChainBuffers(queue.newChain(), this);
        }
        boolean left = false;
        for (int i = 0; !left && queue.pop(next.chain); i++) {
            int written = i < AT_ONCE ? server.handle(quick, next) : FuseServer.LEFT;
            if (written == FuseServer.LEFT) {
                queue.undoPop(1);
                left = true;
            } else {
                queue.addUsed(next.chain.head(), written);
                unannounced++;
                server.metrics().atOnce.increment();
            }
        }
        announce();
        return left;
    }

    void start(DeviceContext newContext, VirtQueue newQueue) {
        context = newContext;
        queue = newQueue;
        if (newQueue.isReady()) {
            worker.resume();
        }
    }

    /** The device was reset. */
    void forget() {
        context = null;
        queue = null;
        next = null;
        late.clear();
    }

    private void broken() {
        context.interrupt().needsReset();
    }

    private void work() {
        if (thread == null) {
            thread = server.newWorker();
        }
        deliver();
        if (next == null) {
            next = new ChainBuffers(queue.newChain(), this);
        }
        while (queue.pop(next.chain)) {
            int written = server.handle(thread, next);
            if (written == FuseServer.PARKED) {
                // These buffers are the server's now.
                next = new ChainBuffers(queue.newChain(), this);
                continue;
            }
            queue.addUsed(next.chain.head(), written);
            if (++unannounced >= BATCH) {
                announce();
            }
        }
        announce();
    }

    /** Hands late answers out; on the worker's thread, or while it is quiet. */
    void deliver() {
        for (ChainBuffers buffers = late.poll(); buffers != null; buffers = late.poll()) {
            queue.addUsed(buffers.chain.head(), buffers.written);
            unannounced++;
        }
        announce();
    }

    private void announce() {
        if (unannounced > 0) {
            unannounced = 0;
            context.interrupt().queueUsed(queue);
        }
    }

    /** A request that had waited is answered; on any thread. */
    static void completed(FuseBuffers buffers, int written) {
        ChainBuffers answered = (ChainBuffers) buffers;
        answered.written = written;
        answered.queue.late.add(answered);
        answered.queue.worker.signal();
    }
}
