package org.jvmm.virtio.blk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.QueueWorker;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.IoVector;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;

/**
 * One request queue served by an {@link IoUring}: reads, writes and flushes of a raw file are in flight together, and one thread hands them over and answers them, many with one
 * system call. Requests of other kinds, and images of other kinds, are carried out in between.
 */
final class RingQueue implements BlockQueue {
    /** Requests in flight. */
    private static final int DEPTH = 64;
    /** For the requests and the wake-up. */
    private static final int ENTRIES = 2 * DEPTH;
    /** Stands for the read of the event counter that ends a wait. */
    private static final long WAKE = -1;
    private static final int RWF_DSYNC = 2;

    private final BlockDevice device;
    private final int index;
    private final Supplier<LinuxSyscalls> source;
    private final QueueWorker worker;
    private final AtomicBoolean signalled = new AtomicBoolean();
    /** Whether the worker waits, or is about to, for the kernel. */
    private volatile boolean waiting;
    /** Of those who signal; guarded by this. */
    private LinuxSyscalls signalCalls;
    private volatile int eventFd = -1;

    // The worker's own, or of whoever works in its place; set up by start() while it is quiet.
    private VirtQueue queue;
    private VirtioInterrupt interrupt;
    private LinuxSyscalls syscalls;
    private BlockIo io;
    private IoUring ring;
    private VirtQueue slotsOf;
    private final Slot[] slots = new Slot[DEPTH];
    private final int[] free = new int[DEPTH];
    private int freeCount;
    private final MemorySegment counter = Arena.ofAuto().allocate(16, 8);
    private boolean wakeArmed;
    private AtOnce atOnce;
    private final BooleanSupplier serveAtOnce = this::serveAtOnce;

    RingQueue(BlockDevice device, int index, Supplier<LinuxSyscalls> syscalls) {
        this.device = device;
        this.index = index;
        this.source = syscalls;
        this.worker = new QueueWorker("blk-" + index, this::work, () -> interrupt.needsReset(), device::failed);
        counter.set(ValueLayout.JAVA_LONG, 8, 1);
    }

    @Override
    public boolean hasWorkers() {
        return true;
    }

    @Override
    public void signal() {
        if (worker.serve(serveAtOnce)) {
            return;
        }
        signalled.set(true);
        if (waiting) {
            wake();
        }
        worker.signal();
    }

    private boolean serveAtOnce() {
        if (atOnce == null) {
            atOnce = new AtOnce(device, source.get());
        }
        return atOnce.serve(queue, interrupt);
    }

    /** Ends the worker's wait: the read of the event counter completes. */
    private synchronized void wake() {
        if (signalCalls == null) {
            signalCalls = source.get();
        }
        signalCalls.writeRaw(eventFd, counter.address() + 8, Long.BYTES);
    }

    @Override
    public void start(DeviceContext context) {
        queue = context.queue(index);
        interrupt = context.interrupt();
        resume();
    }

    @Override
    public void resume() {
        if (queue != null && queue.isReady()) {
            worker.resume();
        }
    }

    @Override
    public void quiesce() {
        worker.quiesce();
    }

    @Override
    public synchronized void close() {
        worker.close();
        if (ring != null) {
            ring.close(syscalls);
            syscalls.close(eventFd);
            ring = null;
        }
    }

    private void prepare() {
        if (ring == null) {
            syscalls = source.get();
            io = new BlockIo(syscalls);
            ring = new IoUring(syscalls, ENTRIES);
            eventFd = syscalls.eventfd(0, 0);
        }
        if (slotsOf != queue) {
            slotsOf = queue;
            freeCount = 0;
            for (int i = 0; i < DEPTH; i++) {
                slots[i] = new Slot(queue.newChain());
                free[freeCount++] = i;
            }
        }
    }

    /** Works until the queue is empty and nothing is in flight. */
    private void work() {
        prepare();
        try {
            for (boolean more = take(); more || freeCount < DEPTH; more = take()) {
                enter(more ? 0 : 1);
                reap();
            }
        } catch (VirtqueueException | GuestMemoryException e) {
            // What is in flight reads and writes guest memory: it ends before the driver hears of its mistake.
            while (freeCount < DEPTH) {
                enter(1);
                reap();
            }
            throw e;
        }
    }

    /** Takes what the queue holds and there is room for. Returns whether anything new is to be handed over. */
    private boolean take() {
        boolean any = false;
        boolean answered = false;
        while (freeCount > 0 && ring.hasRoom()) {
            Slot slot = slots[free[freeCount - 1]];
            if (!queue.pop(slot.chain)) {
                break;
            }
            int status = slot.request.parse(slot.chain, device.backend().size(), device.backend().isReadOnly());
            if (status != BlockRequest.S_OK) {
                queue.addUsed(slot.chain.head(), device.refuse(slot.chain, status));
                answered = true;
                continue;
            }
            RateLimiter limiter = device.limiter();
            if (limiter != null && !limiter.tryTake(slot.request.length())) {
                device.metrics().throttled.increment();
                queue.undoPop(1);
                break;
            }
            int fd = device.backend().asyncFd();
            if (fd >= 0 && slot.begin(fd)) {
                slot.submit(free[--freeCount]);
                any = true;
            } else {
                queue.addUsed(slot.chain.head(), device.execute(slot.request, slot.chain, io));
                answered = true;
            }
        }
        if (answered) {
            interrupt.queueUsed(queue);
        }
        return any;
    }

    private void enter(int wait) {
        int result;
        if (wait == 0) {
            result = ring.enter(syscalls, 0);
        } else {
            waiting = true;
            // A signal that came before is not waited for; one that comes now finds the flag and writes.
            boolean come = signalled.getAndSet(false);
            if (!wakeArmed && ring.hasRoom()) {
                ring.set(ring.next(IoUring.OP_READ, eventFd, WAKE), 0, counter.address(), Long.BYTES, 0);
                wakeArmed = true;
            }
            result = ring.enter(syscalls, come ? 0 : 1);
            waiting = false;
        }
        // EAGAIN and EBUSY want completions taken first.
        if (result < 0 && result != -Errno.EINTR && result != -Errno.EAGAIN && result != -Errno.EBUSY) {
            throw new SyscallException("io_uring_enter", "queue " + index, -result);
        }
    }

    private void reap() {
        boolean answered = false;
        while (ring.completed()) {
            long which = ring.userData();
            if (which == WAKE) {
                wakeArmed = false;
            } else {
                answered |= slots[(int) which].completed((int) which, ring.result());
            }
        }
        if (answered) {
            interrupt.queueUsed(queue);
        }
    }

    /** A request in flight. */
    private final class Slot {
        private final DescriptorChain chain;
        private final BlockRequest request = new BlockRequest();
        private final IoVector vector = new IoVector(BlockConfig.QUEUE_SIZE);
        private int fd;
        private long offset;

        private Slot(DescriptorChain chain) {
            this.chain = chain;
        }

        /** Whether the request goes through the ring. */
        private boolean begin(int file) {
            fd = file;
            vector.clear();
            offset = request.offset();
            return switch (request.type()) {
                case BlockRequest.T_IN -> chain.fillWritable(vector, 0, request.length()) == request.length();
                case BlockRequest.T_OUT -> chain.fillReadable(vector, BlockRequest.HEADER, request.length()) == request.length();
                case BlockRequest.T_FLUSH -> device.flushes();
                default -> false;
            };
        }

        private void submit(int number) {
            switch (request.type()) {
                case BlockRequest.T_IN ->
                    ring.set(ring.next(IoUring.OP_READV, fd, number), offset, vector.address(), vector.count(), 0);
                case BlockRequest.T_OUT -> ring.set(ring.next(IoUring.OP_WRITEV, fd, number), offset, vector.address(), vector.count(),
                        device.writesThrough() ? RWF_DSYNC : 0);
                default -> ring.set(ring.next(IoUring.OP_FSYNC, fd, number), 0, 0, 0, IoUring.FSYNC_DATASYNC);
            }
        }

        /** Answers the request, unless part of it is left to do. */
        private boolean completed(int number, int result) {
            boolean again = result == -Errno.EINTR || result == -Errno.EAGAIN;
            if (result > 0 && vector.bytes() > 0) {
                vector.advance(result);
                offset += result;
                again = vector.bytes() > 0;
            }
            if (again) {
                assert ring.hasRoom() : "Fewer requests are in flight than the ring has entries";
                submit(number);
                return false;
            }
            // The end of the file comes as 0 bytes.
            int errno = result == 0 && vector.bytes() > 0 ? -BlockIo.EIO : Math.min(result, 0);
            if (request.type() == BlockRequest.T_IN && errno == 0) {
                chain.markWritten(0, request.length());
            }
            queue.addUsed(chain.head(), device.finish(request, chain, errno));
            free[freeCount++] = number;
            return true;
        }
    }
}
