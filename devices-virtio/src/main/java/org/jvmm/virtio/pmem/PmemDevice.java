package org.jvmm.virtio.pmem;

import java.io.DataInput;
import java.io.IOException;
import org.jvmm.virtio.device.ConfigSpace;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.device.DeviceState;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;

/**
 * The persistent memory (virtio 1.3 §5.19): says where it lies, and flushes. Whoever makes the machine maps the file there: privately for images that several machines share, so that
 * none sees what another writes.
 */
public final class PmemDevice implements VirtioDevice {
    private final long start;
    private final long size;
    private final PmemFlush flush;
    private final ConfigSpace config;
    private final PmemMetrics metrics = new PmemMetrics();
    private final PmemRequest request = new PmemRequest();
    private DeviceContext context;
    private DescriptorChain chain;
    private boolean paused;

    /**
     * @param start guest-physical address of the mapping, a multiple of 2 MiB
     * @param size bytes, a multiple of 2 MiB
     * @param flush has writes on the host's disk
     */
    public PmemDevice(long start, long size, PmemFlush flush) {
        if (start < 0 || size <= 0 || (start | size) % (2 << 20) != 0) {
            throw new IllegalArgumentException(
                    "Persistent memory of " + size + " bytes at 0x" + Long.toHexString(start) + " is not in pieces of 2 MiB");
        }
        this.start = start;
        this.size = size;
        this.flush = flush;
        this.config = PmemConfig.space(start, size);
    }

    /** What the device counts. */
    public PmemMetrics metrics() {
        return metrics;
    }

    @Override
    public int id() {
        return VirtioDeviceId.PMEM;
    }

    @Override
    public int queueCount() {
        return PmemConfig.QUEUES;
    }

    @Override
    public int queueSize(int index) {
        return PmemConfig.QUEUE_SIZE;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public void activate(DeviceContext newContext) {
        context = newContext;
        chain = newContext.queue(0).newChain();
    }

    @Override
    public void handleQueue(int index) {
        if (context == null || paused) {
            return;
        }
        VirtQueue queue = context.queue(0);
        boolean any = false;
        for (int budget = queue.size(); budget > 0 && queue.pop(chain); budget--) {
            boolean success = false;
            if (request.isFlush(chain)) {
                // Each on its own: the guest may have written between two of them.
                success = flush.flush();
                metrics.flushes.increment();
                metrics.hostFailures.add(success ? 0 : 1);
            } else {
                metrics.guestFaults.increment();
            }
            request.answer(chain, success);
            queue.addUsed(chain.head(), chain.written());
            any = true;
        }
        if (any) {
            context.interrupt().queueUsed(queue);
            if (queue.available() != 0) {
                context.loop().execute(() -> handleQueue(0));
            }
        }
    }

    @Override
    public void reset() {
        context = null;
        paused = false;
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
        return new PmemState(start, size);
    }

    @Override
    public void restore(DeviceState state) {
        PmemState saved = (PmemState) state;
        if (saved.start() != start || saved.size() != size) {
            throw new IllegalArgumentException("Persistent memory was " + saved.size() + " bytes at 0x" + Long.toHexString(saved.start()));
        }
    }

    @Override
    public DeviceState readState(int version, DataInput in) throws IOException {
        return PmemState.readFrom(version, in);
    }
}
