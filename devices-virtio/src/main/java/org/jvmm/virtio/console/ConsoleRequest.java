package org.jvmm.virtio.console;

import org.jvmm.virtio.queue.DescriptorChain;

/** The console's buffers: bytes, nothing else (virtio 1.3 §5.3.6). */
final class ConsoleRequest {
    private ConsoleRequest() {}

    /** Whether a buffer of the transmit queue is one: readable, and not empty. */
    static boolean isOutput(DescriptorChain chain) {
        return chain.readableLength() > 0 && chain.writableLength() == 0;
    }

    /** Whether a buffer of the receive queue is one: writable, and not empty. */
    static boolean isRoom(DescriptorChain chain) {
        return chain.writableLength() > 0;
    }
}
