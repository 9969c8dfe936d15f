package org.jvmm.virtio.net;

import java.util.function.IntPredicate;
import org.jvmm.virtio.device.DeviceContext;
import org.jvmm.virtio.queue.DescriptorChain;
import org.jvmm.virtio.queue.VirtQueue;

/** Commands of the driver (virtio 1.3 §5.1.6.5): how many pairs of queues it uses. Belongs to the event loop. */
final class ControlQueue {
    // §5.1.6.5: u8 class, u8 command, data; answered by u8 ack.
    private static final int CLASS_MQ = 4;
    private static final int PAIRS_SET = 0;
    private static final int OK = 0;
    private static final int ERROR = 1;
    private static final int LENGTH = 4;

    private final NetMetrics metrics;
    private final IntPredicate pairs;
    private final byte[] command = new byte[LENGTH];
    private DeviceContext context;
    private VirtQueue queue;
    private DescriptorChain chain;

    /** @param pairs sets the number of pairs, if it can */
    ControlQueue(NetMetrics metrics, IntPredicate pairs) {
        this.metrics = metrics;
        this.pairs = pairs;
    }

    void start(DeviceContext newContext, int index) {
        context = newContext;
        queue = newContext.queue(index);
        chain = queue.newChain();
    }

    void stop() {
        context = null;
    }

    /** Carries out what the queue holds; the transport catches the driver's faults. */
    void work() {
        boolean any = false;
        for (int budget = context == null ? 0 : queue.size(); budget > 0 && queue.pop(chain); budget--) {
            int answer = carryOut() ? OK : ERROR;
            metrics.controlFaults.add(answer);
            queue.addUsed(chain.head(), chain.writeByteAt(0, answer) ? 1 : 0);
            any = true;
        }
        if (any) {
            context.interrupt().queueUsed(queue);
            if (queue.available() != 0) {
                context.loop().execute(this::work);
            }
        }
    }

    private boolean carryOut() {
        // §5.1.6.5.5: class MQ, command VQ_PAIRS_SET, le16 pairs; other classes were not offered.
        return chain.read(command, 0, LENGTH) == LENGTH && command[0] == CLASS_MQ && command[1] == PAIRS_SET
                && pairs.test(command[2] & 0xFF | (command[3] & 0xFF) << 8);
    }
}
