package org.jvmm.virtio.rng;

import java.io.FileInputStream;
import java.io.IOException;
import org.jvmm.core.event.EventLoop;
import org.jvmm.virtio.device.ActivationException;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;
import org.jvmm.virtio.queue.VirtqueueException;
import org.jvmm.virtio.transport.FeatureBits;

/** The entropy device (virtio 1.3 §5.4): fills the guest's buffers with bytes of the host's generator, at most 64 KiB per request. */
public final class RngDevice implements VirtioDevice, AutoCloseable {
    private final EventLoop loop;
    private final RngMetrics metrics = new RngMetrics();
    private final Runnable nextTurn = this::process;
    private DeviceState state = DeviceState.INACTIVE;
    private VirtQueue queue;
    private VirtioInterrupt interrupt;
    private DescriptorChain chain;
    private FileInputStream source;
    private byte[] buffer;

    /** @param loop the loop that the device's transport uses */
    public RngDevice(EventLoop loop) {
        this.loop = loop;
    }

    /** Counters. */
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
    public int queueSize(int index) {
        return RngConfig.QUEUE_SIZE;
    }

    @Override
    public long features() {
        return FeatureBits.VERSION_1 | FeatureBits.EVENT_IDX | FeatureBits.INDIRECT_DESC | FeatureBits.RING_RESET;
    }

    @Override
    public long readConfig(int offset, int size) {
        return 0;
    }

    @Override
    public void writeConfig(int offset, int size, long value) {
        // There is no configuration space (§5.4.4).
    }

    @Override
    public void activate(long features, VirtQueue[] queues, VirtioInterrupt newInterrupt) throws ActivationException {
        try {
            if (source == null) {
                source = new FileInputStream(RngConfig.SOURCE);
            }
        } catch (IOException e) {
            throw new ActivationException("Cannot open " + RngConfig.SOURCE, e);
        }
        if (queue != queues[0]) {
            chain = queues[0].newChain();
            queue = queues[0];
        }
        if (buffer == null) {
            buffer = new byte[RngConfig.MAX_REQUEST];
        }
        interrupt = newInterrupt;
        state = DeviceState.ACTIVE;
    }

    @Override
    public void handleQueue(int index) {
        process();
    }

    private void process() {
        if (state != DeviceState.ACTIVE) {
            return;
        }
        int budget = RngConfig.MAX_TURN;
        boolean more = true;
        while (more && budget > 0) {
            queue.disableNotification();
            while (budget > 0 && (more = pop())) {
                // A malformed request costs something too.
                budget -= Math.max(answer(), RngConfig.MAX_TURN / RngConfig.QUEUE_SIZE);
            }
            if (!more) {
                more = queue.enableNotification();
            }
        }
        interrupt.signalQueue(queue);
        if (more) {
            loop.execute(nextTurn);
        }
    }

    /** Takes the next well-formed chain; malformed ones go back at once. */
    private boolean pop() {
        for (int budget = queue.size(); budget > 0; budget--) {
            try {
                return queue.pop(chain);
            } catch (VirtqueueException e) {
                metrics.guestFaults.increment();
                if (e.head() < 0) {
                    interrupt.needsReset();
                    return false;
                }
                queue.addUsed(e.head(), 0);
            }
        }
        return false;
    }

    private int answer() {
        int length = RngRequest.length(chain);
        int got = 0;
        if (length == 0) {
            metrics.guestFaults.increment();
        } else {
            try {
                got = Math.max(source.read(buffer, 0, length), 0);
            } catch (IOException e) {
                metrics.hostFailures.increment();
            }
            chain.write(buffer, 0, got);
            metrics.requests.increment();
            metrics.bytes.add(got);
        }
        queue.addUsed(chain.head(), got);
        return got;
    }

    @Override
    public void resetQueue(int index) {
        // Requests are answered within a turn: nothing is in flight.
    }

    @Override
    public void reset() {
        state = DeviceState.INACTIVE;
    }

    /** Closes the host's generator; on the loop, or after it has ended. */
    @Override
    public void close() throws IOException {
        reset();
        if (source != null) {
            source.close();
            source = null;
        }
    }
}
