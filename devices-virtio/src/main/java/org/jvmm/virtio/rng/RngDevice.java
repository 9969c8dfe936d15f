package org.jvmm.virtio.rng;

import java.io.DataInput;
import java.io.FileInputStream;
import java.io.IOException;
import org.jvmm.virtio.device.ActivationException;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.limit.RateLimiter;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;

/** The entropy device (virtio 1.3 §5.4): fills the driver's buffers from the host's generator. Its work is short enough for the machine's loop. */
public final class RngDevice implements VirtioDevice, AutoCloseable {
    private final ConfigSpace config = RngConfig.space();
    private final RngMetrics metrics = new RngMetrics();
    private final Runnable nextTurn = () -> handleQueue(0);
    private RateLimiter limiter;
    private DeviceContext context;
    private VirtQueue queue;
    private DescriptorChain chain;
    private FileInputStream source;
    private byte[] buffer;
    private boolean paused;

    /** A device without a driver yet. */
    public RngDevice() {}

    /** Limits bytes and requests; its retry calls {@link #retry}. Before the device is used. */
    public void limit(RateLimiter newLimiter) {
        limiter = newLimiter;
    }

    /** Continues what a rate limiter held back. On the loop. */
    public void retry() {
        if (context != null) {
            context.run(nextTurn);
        }
    }

    /** What the device counts. */
    public RngMetrics metrics() {
        return metrics;
    }

    @Override
    public int id() {
        return VirtioDeviceId.RNG;
    }

    @Override
    public int queueCount() {
        return RngConfig.QUEUES;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public void activate(DeviceContext newContext) throws ActivationException {
        try {
            if (source == null) {
                source = new FileInputStream(RngConfig.SOURCE);
            }
        } catch (IOException e) {
            throw new ActivationException("Cannot open " + RngConfig.SOURCE, e);
        }
        if (buffer == null) {
            buffer = new byte[RngConfig.MAX_REQUEST];
        }
        context = newContext;
        queue = newContext.queue(0);
        chain = queue.newChain();
    }

    @Override
    public void handleQueue(int index) {
        if (context == null || paused) {
            return;
        }
        boolean any = false;
        for (int budget = RngConfig.MAX_TURN; queue.pop(chain);) {
            int length = RngRequest.length(chain);
            if (budget <= 0) {
                // A guest that refills the queue for ever must not keep the loop from the other devices.
                queue.undoPop(1);
                context.loop().execute(nextTurn);
                break;
            }
            if (limiter != null && length > 0 && !limiter.tryTake(length)) {
                queue.undoPop(1);
                metrics.throttled.increment();
                break;
            }
            queue.addUsed(chain.head(), answer(length));
            // A malformed request costs something too.
            budget -= Math.max(length, RngConfig.MAX_TURN / queue.size());
            any = true;
        }
        if (any) {
            context.interrupt().queueUsed(queue);
        }
    }

    private int answer(int length) {
        if (length == 0) {
            metrics.guestFaults.increment();
            return 0;
        }
        int got = 0;
        try {
            got = Math.max(source.read(buffer, 0, length), 0);
        } catch (IOException e) {
            metrics.hostFailures.increment();
        }
        chain.write(buffer, 0, got);
        metrics.requests.increment();
        metrics.bytes.add(got);
        return got;
    }

    @Override
    public void reset() {
        context = null;
        paused = false;
        if (limiter != null) {
            limiter.reset();
        }
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
    }

    @Override
    public DeviceState save() {
        return new RngState();
    }

    @Override
    public DeviceState readState(int version, DataInput in) throws IOException {
        return RngState.readFrom(version, in);
    }

    /** Closes the host's generator; after the loop has ended. */
    @Override
    public void close() throws IOException {
        if (source != null) {
            source.close();
            source = null;
        }
    }
}
