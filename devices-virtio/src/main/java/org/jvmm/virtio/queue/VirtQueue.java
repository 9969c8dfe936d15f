package org.jvmm.virtio.queue;

import java.lang.invoke.VarHandle;
import org.jvmm.core.memory.GuestMemory;

/**
 * A split virtqueue seen from the device (virtio 1.3 §2.7), with indirect descriptors and, when negotiated, event indices. Belongs to the event loop.
 */
public final class VirtQueue {
    private static final int DESCRIPTOR_SIZE = 16;
    private static final int NEXT = 1;
    private static final int WRITE = 2;
    private static final int INDIRECT = 4;
    private static final int NO_INTERRUPT = 1;

    private final GuestMemory memory;
    private final int size;
    private final long descriptors;
    private final long available;
    private final long used;
    private final boolean eventIndex;
    private int nextAvailable;
    private int nextUsed;
    private int signalledUsed;
    private boolean signalledValid;

    /**
     * @param memory where the rings are
     * @param size entries, a power of two up to 32768
     * @param descriptors address of the descriptor table
     * @param available address of the driver's ring
     * @param used address of the device's ring
     * @param eventIndex whether VIRTIO_F_EVENT_IDX was negotiated
     * @throws VirtqueueException when a part is misaligned or outside memory (virtio 1.3 §2.7)
     */
    public VirtQueue(GuestMemory memory, int size, long descriptors, long available, long used, boolean eventIndex) {
        if (size <= 0 || size > 32768 || Integer.bitCount(size) != 1) {
            throw new VirtqueueException("Queue size " + size + " is not a power of two");
        }
        if ((descriptors & 15) != 0 || (available & 1) != 0 || (used & 3) != 0) {
            throw new VirtqueueException("Queue parts are not aligned");
        }
        if (!memory.contains(descriptors, (long) DESCRIPTOR_SIZE * size) || !memory.contains(available, 6 + 2L * size)
                || !memory.contains(used, 6 + 8L * size)) {
            throw new VirtqueueException("Queue parts lie outside memory");
        }
        this.memory = memory;
        this.size = size;
        this.descriptors = descriptors;
        this.available = available;
        this.used = used;
        this.eventIndex = eventIndex;
    }

    /** Entries. */
    public int size() {
        return size;
    }

    /**
     * Takes the next request.
     *
     * @return false when there is none
     * @throws VirtqueueException when the ring or the chain is malformed
     */
    public boolean pop(DescriptorChain chain) {
        if (!hasNext()) {
            return false;
        }
        int head = memory.read16(available + 4 + 2L * (nextAvailable & size - 1));
        if (head >= size) {
            throw new VirtqueueException("Descriptor index " + head + " in a queue of " + size);
        }
        nextAvailable = nextAvailable + 1 & 0xFFFF;
        walk(chain, head);
        return true;
    }

    /** Whether the driver offers a request; asks it to notify of the next one when it does not (virtio 1.3 §2.7.10). */
    public boolean hasNext() {
        if (pending() != 0) {
            return true;
        }
        if (eventIndex) {
            memory.write16(used + 4 + 8L * size, nextAvailable);
            // The driver may have added one between the look and the write.
            VarHandle.fullFence();
            return pending() != 0;
        }
        return false;
    }

    private int pending() {
        int index = memory.read16(available + 2);
        // The ring's entries are read only after its index (virtio 1.3 §2.7.13.3).
        VarHandle.acquireFence();
        int pending = index - nextAvailable & 0xFFFF;
        if (pending > size) {
            throw new VirtqueueException("Available index runs " + pending + " ahead in a queue of " + size);
        }
        return pending;
    }

    /** Collects a chain; at most as many descriptors as the queue has, so that loops end (virtio 1.3 §2.7.5.2). */
    private void walk(DescriptorChain chain, int head) {
        chain.start(head);
        int index = head;
        for (int budget = size; budget > 0; budget--) {
            long at = descriptors + (long) DESCRIPTOR_SIZE * index;
            long address = memory.read64(at);
            int length = memory.read32(at + 8);
            int flags = memory.read16(at + 12);
            if ((flags & INDIRECT) != 0) {
                // An indirect descriptor ends its chain (virtio 1.3 §2.7.5.3.1).
                if ((flags & NEXT) != 0) {
                    throw new VirtqueueException("Indirect descriptor with a successor");
                }
                walkIndirect(chain, address, length);
                return;
            }
            chain.add(address, length, (flags & WRITE) != 0);
            if ((flags & NEXT) == 0) {
                return;
            }
            index = memory.read16(at + 14);
            if (index >= size) {
                throw new VirtqueueException("Next descriptor " + index + " in a queue of " + size);
            }
        }
        throw new VirtqueueException("Descriptor chain loops");
    }

    private void walkIndirect(DescriptorChain chain, long table, int length) {
        int entries = (length & Integer.MAX_VALUE) / DESCRIPTOR_SIZE;
        if (length <= 0 || length % DESCRIPTOR_SIZE != 0 || entries > size || !memory.contains(table, length)) {
            throw new VirtqueueException("Indirect table of " + length + " bytes");
        }
        int index = 0;
        for (int budget = entries; budget > 0; budget--) {
            long at = table + (long) DESCRIPTOR_SIZE * index;
            long address = memory.read64(at);
            int bytes = memory.read32(at + 8);
            int flags = memory.read16(at + 12);
            if ((flags & INDIRECT) != 0) {
                throw new VirtqueueException("Nested indirect descriptor");
            }
            chain.add(address, bytes, (flags & WRITE) != 0);
            if ((flags & NEXT) == 0) {
                return;
            }
            index = memory.read16(at + 14);
            if (index >= entries) {
                throw new VirtqueueException("Next descriptor " + index + " in an indirect table of " + entries);
            }
        }
        throw new VirtqueueException("Indirect descriptor chain loops");
    }

    /**
     * Returns a chain to the driver.
     *
     * @param head {@link DescriptorChain#head}
     * @param written bytes written into its writable part
     */
    public void addUsed(int head, int written) {
        long entry = used + 4 + 8L * (nextUsed & size - 1);
        memory.write32(entry, head);
        memory.write32(entry + 4, written);
        nextUsed = nextUsed + 1 & 0xFFFF;
        // The entry is visible before the index (virtio 1.3 §2.7.8.2).
        VarHandle.releaseFence();
        memory.write16(used + 2, nextUsed);
    }

    /** Whether the driver wants an interrupt for what was added since the last one (virtio 1.3 §2.7.7). */
    public boolean needsInterrupt() {
        // The index must be visible before the driver's wish is read.
        VarHandle.fullFence();
        if (!eventIndex) {
            return (memory.read16(available) & NO_INTERRUPT) == 0;
        }
        int wanted = memory.read16(available + 4 + 2L * size);
        int old = signalledUsed;
        boolean first = !signalledValid;
        signalledUsed = nextUsed;
        signalledValid = true;
        // vring_need_event of virtio 1.3 §2.7.10.1.
        return first || (nextUsed - wanted - 1 & 0xFFFF) < (nextUsed - old & 0xFFFF);
    }
}
