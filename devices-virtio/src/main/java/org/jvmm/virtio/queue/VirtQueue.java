package org.jvmm.virtio.queue;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.jvmm.core.memory.GuestMemory;

/**
 * A split virtqueue from the device's side (virtio 1.3 §2.7), with indirect descriptors and event indices.
 *
 * <p>The rings are shared with the guest's CPUs: accesses are plain, ordered by explicit fences where the specification asks for them. The driver
 * writes the descriptor table and the available ring; nothing there is believed before it was checked. One thread at a time uses a queue.
 *
 * <p>The ordinary use: {@code while (queue.pop(chain)) { ...; queue.addUsed(chain.head(), chain.written()); }}, then
 * {@link org.jvmm.virtio.device.VirtioInterrupt#queueUsed}. When {@link #pop} answers false the driver has been asked to notify of the next buffer.
 */
public final class VirtQueue {
    /** Alignment of the descriptor table in bytes (§2.7). */
    public static final int DESCRIPTOR_ALIGNMENT = 16;
    /** Alignment of the available ring in bytes (§2.7). */
    public static final int AVAIL_ALIGNMENT = 2;
    /** Alignment of the used ring in bytes (§2.7). */
    public static final int USED_ALIGNMENT = 4;

    // struct virtq_avail (§2.7.6) and struct virtq_used (§2.7.8) begin alike.
    private static final int RING_FLAGS = 0;
    private static final int RING_IDX = 2;
    private static final int RING_ENTRIES = 4;
    private static final int USED_ELEMENT = 8;
    private static final int NO_INTERRUPT = 1;

    private final GuestMemory memory;
    private final int index;
    private final int maxSize;

    private volatile boolean ready;
    private boolean eventIdx;
    private boolean indirect;
    private int size;
    private int mask;
    private long usedAddress;
    private MemorySegment descriptors;
    private MemorySegment avail;
    private MemorySegment used;

    // Free-running 16-bit counters, kept in the low half.
    private int nextAvail;
    private int nextUsed;
    private int stagedUsed;
    private int signalledUsed;
    /** An interrupt is due whatever the event index says: after a restore nobody knows what the driver was told. */
    private boolean signalAlways;

    /**
     * @param index the queue's number in its device
     * @param maxSize largest size the driver may choose, a power of two, 1 to 32768
     */
    public VirtQueue(GuestMemory memory, int index, int maxSize) {
        if (maxSize < 1 || maxSize > 32768 || Integer.bitCount(maxSize) != 1) {
            throw new IllegalArgumentException("Maximum queue size " + maxSize + " is not a power of two up to 32768");
        }
        this.memory = memory;
        this.index = index;
        this.maxSize = maxSize;
    }

    /** The queue's number in its device. */
    public int index() {
        return index;
    }

    /** Largest size the driver may choose. */
    public int maxSize() {
        return maxSize;
    }

    /** Entries, as the driver chose; 0 before the first start. */
    public int size() {
        return size;
    }

    /** Whether the driver has set the queue up and not stopped it. */
    public boolean isReady() {
        return ready;
    }

    /** Guest memory the queue lives in. */
    public GuestMemory memory() {
        return memory;
    }

    /** A chain object large enough for every chain of this queue; made once, reused for ever. */
    public DescriptorChain newChain() {
        return new DescriptorChain(memory, maxSize);
    }

    /**
     * Takes the queue into use with fresh indices.
     *
     * @param newSize entries
     * @param descriptorTable guest-physical address of the descriptor table
     * @param driverArea guest-physical address of the available ring
     * @param deviceArea guest-physical address of the used ring
     * @param useEventIdx whether VIRTIO_F_EVENT_IDX was negotiated
     * @param useIndirect whether VIRTIO_F_INDIRECT_DESC was negotiated
     * @throws VirtqueueException when the size or a ring is unusable
     */
    public void start(int newSize, long descriptorTable, long driverArea, long deviceArea, boolean useEventIdx, boolean useIndirect) {
        stop();
        // §2.7: the queue size is a power of two; §4.2.3.2: not above QueueSizeMax.
        if (newSize < 1 || newSize > maxSize || Integer.bitCount(newSize) != 1) {
            throw new VirtqueueException(VirtqueueException.Reason.BAD_SIZE);
        }
        long availBytes = RING_ENTRIES + 2L * newSize + 2;
        long usedBytes = RING_ENTRIES + (long) USED_ELEMENT * newSize + 2;
        descriptors = ring(descriptorTable, (long) Descriptor.SIZE * newSize, DESCRIPTOR_ALIGNMENT);
        avail = ring(driverArea, availBytes, AVAIL_ALIGNMENT);
        used = ring(deviceArea, usedBytes, USED_ALIGNMENT);
        usedAddress = deviceArea;
        size = newSize;
        mask = newSize - 1;
        eventIdx = useEventIdx;
        indirect = useIndirect;
        nextAvail = 0;
        nextUsed = 0;
        stagedUsed = 0;
        signalledUsed = 0;
        signalAlways = false;
        ready = true;
    }

    private MemorySegment ring(long gpa, long bytes, int alignment) {
        if ((gpa & (alignment - 1)) != 0 || !memory.contains(gpa, bytes)) {
            throw new VirtqueueException(VirtqueueException.Reason.BAD_RING_ADDRESS);
        }
        return memory.slice(gpa, bytes);
    }

    /** Stops the queue: from now on nothing is popped, and buffers that complete late vanish without touching the rings. */
    public void stop() {
        ready = false;
    }

    /** The device's index into the available ring, 0 to 65535: what a saved state needs. */
    public int nextAvail() {
        return nextAvail;
    }

    /** The device's index into the used ring, 0 to 65535. */
    public int nextUsed() {
        return nextUsed;
    }

    /** Continues where a saved state was, right after {@link #start}. No buffer may have been in flight when it was saved. */
    public void restoreIndices(int savedNextAvail, int savedNextUsed) {
        nextAvail = savedNextAvail & 0xFFFF;
        nextUsed = savedNextUsed & 0xFFFF;
        stagedUsed = nextUsed;
        signalledUsed = nextUsed;
        signalAlways = true;
    }

    /**
     * Takes the next buffer that the driver made available. Before it answers false it asks the driver to notify of the next one.
     *
     * @param chain filled with the buffer
     * @return whether there was one
     * @throws VirtqueueException when the chain or the ring is malformed; the device stops and asks for a reset
     */
    public boolean pop(DescriptorChain chain) {
        int ahead = available();
        if (ahead == 0) {
            ahead = armNotification();
        }
        if (ahead == 0) {
            return false;
        }
        // §2.7.6: at most a queue's worth of entries can be outstanding, and idx never goes back (§2.7.6.1).
        if (ahead > size) {
            throw new VirtqueueException(VirtqueueException.Reason.AVAIL_INDEX_JUMP);
        }
        // The driver wrote the entries before idx (§2.7.13.3.1); read them after it.
        VarHandle.acquireFence();
        int head = avail.get(Descriptor.LE16, RING_ENTRIES + 2L * (nextAvail & mask)) & 0xFFFF;
        if (head >= size) {
            throw new VirtqueueException(VirtqueueException.Reason.HEAD_OUT_OF_RANGE);
        }
        nextAvail = nextAvail + 1 & 0xFFFF;
        chain.load(descriptors, size, head, indirect);
        return true;
    }

    /** Puts back the last {@code count} buffers that {@link #pop} took, to be popped again in the same order. */
    public void undoPop(int count) {
        nextAvail = nextAvail - count & 0xFFFF;
    }

    /** Buffers that wait in the available ring, as the driver claims: 0 to 65535. Asks for no notification. */
    public int available() {
        if (!ready) {
            return 0;
        }
        return (avail.get(Descriptor.LE16, RING_IDX) & 0xFFFF) - nextAvail & 0xFFFF;
    }

    /**
     * Asks the driver to notify of the next buffer (§2.7.10). With event indices the old index simply stays behind while the device is busy, so
     * nothing needs to be said to stop notifications.
     *
     * @return buffers that arrived meanwhile, for which no notification will come
     */
    private int armNotification() {
        if (!ready || !eventIdx) {
            // Without event indices the flags stay 0: notifications are always wanted.
            return 0;
        }
        long at = RING_ENTRIES + (long) USED_ELEMENT * size;
        used.set(Descriptor.LE16, at, (short) nextAvail);
        memory.markWritten(usedAddress + at, 2);
        // The request must be visible before the last look at the available idx.
        VarHandle.fullFence();
        return available();
    }

    /**
     * Gives a buffer back to the driver. The driver is told by {@link org.jvmm.virtio.device.VirtioInterrupt#queueUsed}.
     *
     * @param head head of the chain
     * @param written bytes the device wrote, from the start of the writable part
     */
    public void addUsed(int head, long written) {
        stageUsed(head, written);
        publishUsed();
    }

    /** Writes a used element that the driver does not see before {@link #publishUsed}, for several buffers that must appear at once. */
    public void stageUsed(int head, long written) {
        if (!ready) {
            return;
        }
        long element = RING_ENTRIES + (long) USED_ELEMENT * (stagedUsed & mask);
        used.set(Descriptor.LE32, element, head);
        used.set(Descriptor.LE32, element + 4, (int) written);
        stagedUsed = stagedUsed + 1 & 0xFFFF;
        memory.markWritten(usedAddress + element, USED_ELEMENT);
    }

    /** Forgets what was staged and not published: its buffers go back by {@link #undoPop}. */
    public void dropStaged() {
        stagedUsed = nextUsed;
    }

    /** Makes all staged elements visible. */
    public void publishUsed() {
        if (!ready) {
            return;
        }
        // §2.7.8.2: buffer and len before the used idx.
        VarHandle.releaseFence();
        nextUsed = stagedUsed;
        used.set(Descriptor.LE16, RING_IDX, (short) nextUsed);
        memory.markWritten(usedAddress + RING_IDX, 2);
    }

    /**
     * Whether the driver wants an interrupt for the buffers used since the last call (§2.7.7.2). Asking is telling: a second call answers false
     * when nothing was used in between and event indices are on.
     */
    public boolean needsInterrupt() {
        if (!ready) {
            return false;
        }
        // The used idx must be visible before used_event or flags are read, or both sides may miss each other.
        VarHandle.fullFence();
        if (!eventIdx) {
            return (avail.get(Descriptor.LE16, RING_FLAGS) & NO_INTERRUPT) == 0;
        }
        int since = nextUsed - signalledUsed & 0xFFFF;
        signalledUsed = nextUsed;
        if (signalAlways) {
            signalAlways = false;
            return true;
        }
        int event = avail.get(Descriptor.LE16, RING_ENTRIES + 2L * size) & 0xFFFF;
        // §2.7.7.2: an entry was written at the index used_event, in 16-bit arithmetic that wraps.
        return (nextUsed - event - 1 & 0xFFFF) < since;
    }
}
