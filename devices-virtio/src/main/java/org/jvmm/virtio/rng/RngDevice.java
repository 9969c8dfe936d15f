package org.jvmm.virtio.rng;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.metrics.Counter;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.virtio.device.VirtioDeviceId;
import org.jvmm.virtio.device.VirtioInterrupt;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;

/** The entropy device (virtio 1.3 §5.4): fills the driver's buffers from the host's /dev/urandom. */
public final class RngDevice implements VirtioDevice {
    /** Most bytes of one request. */
    private static final int LIMIT = 1 << 16;
    private static final byte[] NO_CONFIG = {};

    private final Counter bytes = new Counter("entropy.entropy_bytes");
    private RandomAccessFile source;
    private byte[] buffer = new byte[256];
    private VirtQueue queue;
    private DescriptorChain chain;
    private VirtioInterrupt interrupt;

    /**
     * A device without a driver yet.
     *
     * @param loop where it lives; its work is short enough to need nothing else
     */
    public RngDevice(EventLoop loop) {
        java.util.Objects.requireNonNull(loop);
    }

    @Override
    public int id() {
        return VirtioDeviceId.ENTROPY;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public byte[] config() {
        return NO_CONFIG;
    }

    @Override
    public void activate(GuestMemory memory, VirtQueue[] queues, VirtioInterrupt newInterrupt) {
        queue = queues[0];
        chain = new DescriptorChain(memory);
        interrupt = newInterrupt;
        handleQueue(0);
    }

    @Override
    public void handleQueue(int index) {
        if (queue == null) {
            return;
        }
        boolean any = false;
        while (queue.pop(chain)) {
            int length = (int) Math.min(chain.writableLength(), LIMIT);
            fill(length);
            chain.write(0, buffer, 0, length);
            queue.addUsed(chain.head(), length);
            bytes.add(length);
            any = true;
        }
        if (any) {
            interrupt.queueUsed(queue);
        }
    }

    private void fill(int length) {
        if (buffer.length < length) {
            buffer = new byte[LIMIT];
        }
        try {
            if (source == null) {
                source = new RandomAccessFile("/dev/urandom", "r");
            }
            source.readFully(buffer, 0, length);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read /dev/urandom", e);
        }
    }

    @Override
    public void reset() {
        queue = null;
    }

    /** Random bytes given to the guest. */
    public Counter bytes() {
        return bytes;
    }
}
