package org.jvmm.virtio.testing;

import org.jvmm.core.memory.GuestMemory;

/**
 * The driver's side of a split virtqueue in guest memory (virtio 1.3 §2.7). {@link #offer} is what a good driver does; {@link #descriptor} and {@link #available} write what
 * a bad one might. Allocates nothing after its construction.
 */
public final class MockQueue {
    /** Descriptor flag: {@code next} is valid. */
    public static final int NEXT = 1;
    /** Descriptor flag: the device writes. */
    public static final int WRITE = 2;
    /** Descriptor flag: a table of descriptors. */
    public static final int INDIRECT = 4;

    private static final int DESCRIPTOR = 16;

    private final GuestMemory memory;
    private final int size;
    private final long descriptors;
    private final long availableRing;
    private final long usedRing;
    private final int[] free;
    private int freeCount;
    private int pendingHead = -1;
    private int pendingLast = -1;
    private int offered;
    private int seen;
    private int usedHead;
    private int usedLength;

    /**
     * @param size entries, a power of two
     * @param base where the rings go, 4096-aligned; {@link #bytes} bytes are taken
     */
    public MockQueue(GuestMemory memory, int size, long base) {
        this.memory = memory;
        this.size = size;
        this.descriptors = base;
        this.availableRing = base + (long) DESCRIPTOR * size;
        this.usedRing = align(availableRing + 6 + 2L * size, 4);
        this.free = new int[size];
        for (int i = 0; i < size; i++) {
            free[i] = size - 1 - i;
        }
        this.freeCount = size;
    }

    /** Room that a queue takes in guest memory, a multiple of the page size. */
    public static long bytes(int size) {
        return align((long) DESCRIPTOR * size + 6 + 2L * size + 4 + 6 + 8L * size, 4096);
    }

    private static long align(long value, long to) {
        return (value + to - 1) & -to;
    }

    /** Entries. */
    public int size() {
        return size;
    }

    /** Guest-physical address of the descriptor table. */
    public long descriptors() {
        return descriptors;
    }

    /** Guest-physical address of the available ring. */
    public long availableRing() {
        return availableRing;
    }

    /** Guest-physical address of the used ring. */
    public long usedRing() {
        return usedRing;
    }

    /** Descriptors that are not in use. */
    public int freeDescriptors() {
        return freeCount;
    }

    /** Appends a device-readable buffer to the chain being built. */
    public MockQueue readable(long address, int length) {
        return append(address, length, 0);
    }

    /** Appends a device-writable buffer to the chain being built. */
    public MockQueue writable(long address, int length) {
        return append(address, length, WRITE);
    }

    /** Appends an indirect table, which the caller has filled, to the chain being built. */
    public MockQueue indirect(long table, int entries) {
        return append(table, entries * DESCRIPTOR, INDIRECT);
    }

    private MockQueue append(long address, int length, int flags) {
        if (freeCount == 0) {
            throw new IllegalStateException("No free descriptor");
        }
        int index = free[--freeCount];
        descriptor(descriptors, index, address, length, flags, 0);
        if (pendingHead < 0) {
            pendingHead = index;
        } else {
            long last = descriptors + (long) DESCRIPTOR * pendingLast;
            memory.write16(last + 12, memory.read16(last + 12) | NEXT);
            memory.write16(last + 14, index);
        }
        pendingLast = index;
        return this;
    }

    /** Makes the chain that was built available. Returns its head. */
    public int offer() {
        int head = pendingHead;
        pendingHead = -1;
        available(head);
        return head;
    }

    /** Writes a descriptor into a table, right or wrong. */
    public void descriptor(long table, int index, long address, int length, int flags, int next) {
        long at = table + (long) DESCRIPTOR * index;
        memory.write64(at, address);
        memory.write32(at + 8, length);
        memory.write16(at + 12, flags);
        memory.write16(at + 14, next);
    }

    /** Puts a head into the available ring, right or wrong. */
    public void available(int head) {
        memory.write16(availableRing + 4 + 2L * (offered & size - 1), head);
        offered = offered + 1 & 0xFFFF;
        memory.write16(availableRing + 2, offered);
    }

    /** Sets the available index, right or wrong. */
    public void availableIndex(int index) {
        offered = index & 0xFFFF;
        memory.write16(availableRing + 2, offered);
    }

    /** The index at which the driver wants an interrupt, with event indices. */
    public void usedEvent(int index) {
        memory.write16(availableRing + 4 + 2L * size, index);
    }

    /** The driver wants no interrupts, without event indices. */
    public void noInterrupt(boolean none) {
        memory.write16(availableRing, none ? 1 : 0);
    }

    /** The index at which the device wants a notification, with event indices. */
    public int availEvent() {
        return memory.read16(usedRing + 4 + 8L * size);
    }

    /** The device's index into the used ring. */
    public int usedIndex() {
        return memory.read16(usedRing + 2);
    }

    /**
     * Takes the next used element and frees the descriptors of its chain.
     *
     * @return false when there is none
     */
    public boolean poll() {
        if (usedIndex() == seen) {
            return false;
        }
        long element = usedRing + 4 + 8L * (seen & size - 1);
        usedHead = memory.read32(element);
        usedLength = memory.read32(element + 4);
        seen = seen + 1 & 0xFFFF;
        release(usedHead);
        return true;
    }

    private void release(int head) {
        int index = head;
        for (int budget = size; budget > 0 && index >= 0 && index < size && freeCount < size; budget--) {
            free[freeCount++] = index;
            long at = descriptors + (long) DESCRIPTOR * index;
            if ((memory.read16(at + 12) & NEXT) == 0) {
                return;
            }
            index = memory.read16(at + 14);
        }
    }

    /** Head of the last polled element. */
    public int usedHead() {
        return usedHead;
    }

    /** Bytes the device claims to have written into the last polled element. */
    public int usedLength() {
        return usedLength;
    }

    /** Begins again with empty rings, as after a reset. */
    public void clear() {
        memory.write(descriptors, new byte[(int) bytes(size)]);
        freeCount = size;
        for (int i = 0; i < size; i++) {
            free[i] = size - 1 - i;
        }
        pendingHead = -1;
        offered = 0;
        seen = 0;
    }
}
