package org.jvmm.virtio.blk;

import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;

/**
 * Serves what needs no wait on the thread that brings the notification: requests whose bytes the host has in its page cache (preadv2(2), RWF_NOWAIT), and those without any. Handing them
 * to a worker and back takes several times as long as they do. What would wait, and what is long, is left to the worker. Of one thread at a time.
 */
final class AtOnce {
    /** A longer copy is better made beside the guest than instead of it. */
    private static final int LONGEST = 1 << 20;
    /** Most requests for one notification: the thread has other work. */
    private static final int MOST = 16;

    private final BlockDevice device;
    private final BlockRequest request = new BlockRequest();
    private final BlockIo io;
    private VirtQueue chainOf;
    private DescriptorChain chain;
    // Not every file system can tell whether it would wait (preadv2(2), EOPNOTSUPP).
    private boolean reads = true;
    private boolean writes = true;

    AtOnce(BlockDevice device, LinuxSyscalls syscalls) {
        this.device = device;
        this.io = new BlockIo(syscalls);
        io.neverWait();
    }

    /** Takes requests from a queue that nobody else serves. Returns whether it left some. */
    boolean serve(VirtQueue queue, VirtioInterrupt interrupt) {
        if (chainOf != queue) {
            chainOf = queue;
            chain = queue.newChain();
        }
        boolean answered = false;
        boolean left = false;
        for (int i = 0; !left && queue.pop(chain); i++) {
            int written = i < MOST ? answer() : -1;
            if (written < 0) {
                queue.undoPop(1);
                left = true;
            } else {
                queue.addUsed(chain.head(), written);
                device.metrics().atOnce.increment();
                answered = true;
            }
        }
        if (answered) {
            interrupt.queueUsed(queue);
        }
        return left;
    }

    /** Returns the bytes written into the chain, or -1 when the request is the worker's. */
    private int answer() {
        int status = request.parse(chain, device.backend().size(), device.backend().isReadOnly());
        if (status != BlockRequest.S_OK) {
            return device.refuse(chain, status);
        }
        // A limiter's tokens cannot be given back when the file turns out to need a wait.
        if (device.limiter() != null || !quick()) {
            return -1;
        }
        int result = device.carryOut(request, chain, io);
        if (result == -Errno.EAGAIN) {
            return -1;
        }
        if (result == -Errno.EOPNOTSUPP) {
            reads &= request.type() != BlockRequest.T_IN;
            writes &= request.type() != BlockRequest.T_OUT;
            return -1;
        }
        return device.finish(request, chain, result);
    }

    private boolean quick() {
        return switch (request.type()) {
            case BlockRequest.T_IN -> reads && request.length() <= LONGEST && device.backend().readsAtOnce();
            case BlockRequest.T_OUT ->
                writes && request.length() <= LONGEST && device.backend().asyncFd() >= 0 && !device.writesThrough();
            case BlockRequest.T_FLUSH -> !device.flushes();
            case BlockRequest.T_GET_ID -> true;
            default -> false;
        };
    }
}
