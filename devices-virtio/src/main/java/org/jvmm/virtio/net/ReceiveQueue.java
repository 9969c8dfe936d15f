package org.jvmm.virtio.net;

import org.jvmm.core.memory.GuestMemoryException;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;

/** Packets on their way from the backend to the guest. Belongs to the event loop. */
final class ReceiveQueue implements FrameSink {
    /** The least that a mergeable buffer holds (virtio 1.3 §5.1.6.3.1). */
    private static final int MERGEABLE_BYTES = 1526;

    private final NetBackend backend;
    private final NetMetrics metrics;
    private final Runnable transmitReady;
    private final Runnable linkDown;
    private RateLimiter limiter;
    private DeviceContext context;
    private VirtQueue queue;
    private DescriptorChain chain;
    private DescriptorChain first;
    private boolean mergeable;
    private int wanted;
    private boolean paused;
    private boolean refused;
    private boolean used;

    /**
     * @param transmitReady told when the backend takes packets again
     * @param linkDown told when it never will
     */
    ReceiveQueue(NetBackend backend, NetMetrics metrics, Runnable transmitReady, Runnable linkDown) {
        this.backend = backend;
        this.metrics = metrics;
        this.transmitReady = transmitReady;
        this.linkDown = linkDown;
    }

    void limit(RateLimiter newLimiter) {
        limiter = newLimiter;
    }

    /**
     * @param index of the queue
     * @param maxPacket bytes of the largest packet that may come
     */
    void start(DeviceContext newContext, int index, int maxPacket) {
        context = newContext;
        queue = newContext.queue(index);
        chain = queue.newChain();
        first = queue.newChain();
        mergeable = newContext.has(NetFeatures.MRG_RXBUF);
        int chains = mergeable ? (maxPacket + MERGEABLE_BYTES - 1) / MERGEABLE_BYTES : 1;
        wanted = Math.min(chains, queue.size());
        refused = false;
        used = false;
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

    /** The guest has added buffers, or tokens have come. */
    void work() {
        if (context == null || paused) {
            return;
        }
        if (refused) {
            refused = false;
            backend.receiveReady();
        }
    }

    @Override
    public boolean canReceive() {
        if (context == null || paused || limiter != null && limiter.isBlocked()) {
            refused = true;
            return false;
        }
        if (queue.available() >= wanted) {
            return true;
        }
        try {
            refuse();
        } catch (VirtqueueException | GuestMemoryException e) {
            context.interrupt().needsReset();
        }
        return queue.available() >= wanted;
    }

    /** Has the driver notify of its next buffer: a queue asks for that when it is found empty. */
    private void refuse() {
        refused = true;
        metrics.noRxBuffers.increment();
        int taken = 0;
        while (queue.pop(chain)) {
            taken++;
        }
        queue.undoPop(taken);
    }

    @Override
    public boolean receive(PacketBuffer packet) {
        if (context == null || paused) {
            refused = true;
            return false;
        }
        int length = packet.length();
        int bytes = length - NetHeader.SIZE;
        if (limiter != null && !limiter.tryTake(bytes)) {
            refused = true;
            metrics.rxThrottled.increment();
            return false;
        }
        int chains = deliver(packet, length);
        if (chains <= 0) {
            if (limiter != null) {
                limiter.giveBack(bytes);
            }
            if (chains == 0) {
                refused = true;
                metrics.noRxBuffers.increment();
                return false;
            }
            // Waiting would not help: dropped.
            metrics.rxTooLong.increment();
            return true;
        }
        used = true;
        metrics.rxPackets.increment();
        metrics.rxBytes.add(bytes);
        return true;
    }

    /** Puts a packet into buffers. On behalf of the backend, so the driver's faults end here. */
    private int deliver(PacketBuffer packet, int length) {
        try {
            return mergeable ? merge(packet, length) : single(packet, length);
        } catch (VirtqueueException | GuestMemoryException e) {
            context.interrupt().needsReset();
            return 0;
        }
    }

    /** Puts a packet into one buffer. Returns 1, 0 when there is none, -1 when it is too small. */
    private int single(PacketBuffer packet, int length) {
        if (!queue.pop(chain)) {
            return 0;
        }
        if (chain.writableLength() < length) {
            queue.undoPop(1);
            if (chain.writableLength() < NetHeader.SIZE) {
                // §5.1.6.3.1 forbids such a buffer: it goes back empty, or it would stay first for ever.
                queue.pop(chain);
                queue.addUsed(chain.head(), 0);
                used = true;
            }
            return -1;
        }
        // §5.1.6.4.1: without merging the number of buffers is 1.
        packet.bytes().setShortLE(NetHeader.NUM_BUFFERS, 1);
        chain.write(packet.memory(), 0, length);
        queue.addUsed(chain.head(), length);
        return 1;
    }

    /** Puts a packet into as many buffers as it needs. Returns their number, 0 when there are not enough, -1 when there never will be. */
    private int merge(PacketBuffer packet, int length) {
        int count = 0;
        long written = 0;
        while (written < length) {
            DescriptorChain into = count == 0 ? first : chain;
            if (!queue.pop(into)) {
                queue.undoPop(count);
                queue.dropStaged();
                return count == queue.size() ? -1 : 0;
            }
            long n = into.write(packet.memory(), written, length - written);
            queue.stageUsed(into.head(), n);
            written += n;
            count++;
        }
        // §5.1.6.4.1: the first buffer says how many there are; it holds at least the header.
        first.writeByteAt(NetHeader.NUM_BUFFERS, count);
        first.writeByteAt(NetHeader.NUM_BUFFERS + 1, count >> 8);
        queue.publishUsed();
        return count;
    }

    @Override
    public void flush() {
        if (used && context != null) {
            used = false;
            context.interrupt().queueUsed(queue);
        }
    }

    @Override
    public void transmitReady() {
        transmitReady.run();
    }

    @Override
    public void linkDown() {
        linkDown.run();
    }
}
