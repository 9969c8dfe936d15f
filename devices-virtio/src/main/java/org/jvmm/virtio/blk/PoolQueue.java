package org.jvmm.virtio.blk;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.QueueWorker;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;

/**
 * One request queue and its pool of workers. A worker takes a request under the lock, carries it out without, and gives it back under the lock; while requests wait another worker is
 * woken, so a slow disk sees several at a time and a fast one costs no hand-over. Without workers the device's loop does the work.
 */
final class PoolQueue implements BlockQueue {
    /** Requests that must wait before another worker is worth waking. */
    private static final int WAKE_DEPTH = 2;

    private final BlockDevice device;
    private final int index;
    private final QueueWorker[] workers;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by {@link #lock}. */
    private VirtQueue queue;
    private VirtioInterrupt interrupt;
    /** One bit per worker that looks at the queue; written under {@link #lock}. */
    private volatile int busy;
    private final Supplier<LinuxSyscalls> syscalls;
    /** Guarded by {@link #lock}. */
    private AtOnce atOnce;
    private final BooleanSupplier serveAtOnce = this::serveAtOnce;
    /** The loop's, when there are no workers. */
    private final Worker own;

    PoolQueue(BlockDevice device, int index, int workerCount, String name, Supplier<LinuxSyscalls> syscalls) {
        this.device = device;
        this.index = index;
        this.syscalls = syscalls;
        this.workers = new QueueWorker[workerCount];
        for (int i = 0; i < workerCount; i++) {
            Worker worker = new Worker(1 << i, syscalls);
            workers[i] = new QueueWorker(name + "-" + index + "." + i, worker, () -> interrupt.needsReset(), device::failed);
        }
        this.own = workerCount == 0 ? new Worker(0, syscalls) : null;
    }

    /** A notification: an idle worker looks. If there is none, each looks once more before it rests. */
    @Override
    public void signal() {
        if (workers.length == 0) {
            own.run();
        } else if (busy != 0 || !workers[0].serve(serveAtOnce)) {
            workers[Math.min(Integer.numberOfTrailingZeros(~busy), workers.length - 1)].signal();
        }
    }

    private boolean serveAtOnce() {
        lock.lock();
        try {
            if (atOnce == null) {
                atOnce = new AtOnce(device, syscalls.get());
            }
            return atOnce.serve(queue, interrupt);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean hasWorkers() {
        return workers.length > 0;
    }

    @Override
    public void start(DeviceContext context) {
        lock.lock();
        try {
            queue = context.queue(index);
            interrupt = context.interrupt();
            busy = 0;
        } finally {
            lock.unlock();
        }
        resume();
    }

    @Override
    public void resume() {
        if (queue != null && queue.isReady()) {
            for (QueueWorker worker : workers) {
                worker.resume();
            }
        }
    }

    @Override
    public void quiesce() {
        for (QueueWorker worker : workers) {
            worker.quiesce();
        }
    }

    @Override
    public void close() {
        for (QueueWorker worker : workers) {
            worker.close();
        }
    }

    private void wakeAnother() {
        int idle = Integer.numberOfTrailingZeros(~busy);
        if (idle < workers.length) {
            workers[idle].signal();
        }
    }

    /** What one worker has of its own. */
    private final class Worker implements Runnable {
        private final int bit;
        private final Supplier<LinuxSyscalls> syscalls;
        private final BlockRequest request = new BlockRequest();
        private BlockIo io;
        private VirtQueue chainOf;
        private DescriptorChain chain;

        private Worker(int bit, Supplier<LinuxSyscalls> syscalls) {
            this.bit = bit;
            this.syscalls = syscalls;
        }

        @Override
        public void run() {
            if (io == null) {
                io = new BlockIo(syscalls.get());
            }
            lock.lock();
            try {
                busy |= bit;
                while (take()) {
                    lock.unlock();
                    int written;
                    try {
                        written = device.execute(request, chain, io);
                    } finally {
                        lock.lock();
                    }
                    queue.addUsed(chain.head(), written);
                    interrupt.queueUsed(queue);
                }
            } finally {
                busy &= ~bit;
                lock.unlock();
            }
        }

        /** Under the lock. */
        private boolean take() {
            if (chainOf != queue) {
                chainOf = queue;
                chain = queue.newChain();
            }
            while (queue.pop(chain)) {
                int status = request.parse(chain, device.backend().size(), device.backend().isReadOnly());
                if (status == BlockRequest.S_OK) {
                    RateLimiter limiter = device.limiter();
                    if (limiter != null && !limiter.tryTake(request.length())) {
                        device.metrics().throttled.increment();
                        queue.undoPop(1);
                        return false;
                    }
                    if (queue.available() >= WAKE_DEPTH) {
                        wakeAnother();
                    }
                    return true;
                }
                refuse(status);
            }
            return false;
        }

        private void refuse(int status) {
            queue.addUsed(chain.head(), device.refuse(chain, status));
            interrupt.queueUsed(queue);
        }
    }
}
