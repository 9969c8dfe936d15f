package org.jvmm.virtio.net;

import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;

/** Packets on their way from the guest to the backend. Belongs to the event loop. */
final class TransmitQueue {
    private final NetBackend backend;
    private final NetMetrics metrics;
    private final long mac;
    private final NetRequest request = new NetRequest();
    private final Runnable nextTurn = this::work;
    private PacketBuffer packet;
    private RateLimiter limiter;
    private DeviceContext context;
    private VirtQueue queue;
    private DescriptorChain chain;
    private boolean paused;
    private boolean refused;

    TransmitQueue(NetBackend backend, NetMetrics metrics, MacAddress mac) {
        this.backend = backend;
        this.metrics = metrics;
        this.mac = mac.value();
    }

    void limit(RateLimiter newLimiter) {
        limiter = newLimiter;
    }

    /** @param index of the queue */
    void start(DeviceContext newContext, int index) {
        context = newContext;
        queue = newContext.queue(index);
        chain = queue.newChain();
        refused = false;
    }

    void stop() {
        context = null;
        if (limiter != null) {
            limiter.reset();
        }
    }

    void pause(boolean value) {
        paused = value;
    }

    /** The backend takes packets again. */
    void backendReady() {
        refused = false;
        work();
    }

    /** Passes on what the queue holds. Not only called on behalf of the driver: so the driver's faults end here. */
    void work() {
        if (context == null || paused || refused) {
            return;
        }
        try {
            passOn();
        } catch (VirtqueueException | GuestMemoryException e) {
            context.interrupt().needsReset();
        }
    }

    private void passOn() {
        int done = 0;
        while (queue.pop(chain)) {
            if (done == NetConfig.MAX_TURN) {
                // A guest that sends for ever must not keep the loop from the backend's sockets.
                queue.undoPop(1);
                context.loop().execute(nextTurn);
                break;
            }
            if (!handle()) {
                queue.undoPop(1);
                break;
            }
            // §5.1.6.2: nothing is written.
            queue.addUsed(chain.head(), 0);
            done++;
        }
        if (done > 0) {
            backend.transmitted();
            // The backend's answers may have led to a reset.
            if (context != null) {
                context.interrupt().queueUsed(queue);
            }
        }
    }

    /** Handles the packet of the chain; false when it has to wait. */
    private boolean handle() {
        if (!request.read(chain, context.features())) {
            metrics.txMalformed.increment();
            return true;
        }
        if (request.source() != mac) {
            metrics.txSpoofed.increment();
            return true;
        }
        if (!backend.wants(request.etherType())) {
            metrics.txUnwanted.increment();
            return true;
        }
        int bytes = request.frameLength();
        if (limiter != null && !limiter.tryTake(bytes)) {
            metrics.txThrottled.increment();
            return false;
        }
        if (packet == null) {
            packet = new PacketBuffer();
        }
        packet.bytes().setBytes(0, request.prefix);
        chain.read(packet.memory(), NetRequest.PREFIX, request.length() - NetRequest.PREFIX);
        packet.length(request.length());
        if (!backend.transmit(packet)) {
            if (limiter != null) {
                limiter.giveBack(bytes);
            }
            refused = true;
            metrics.txBlocked.increment();
            return false;
        }
        metrics.txPackets.increment();
        metrics.txBytes.add(bytes);
        return true;
    }
}
