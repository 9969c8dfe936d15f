package org.jvmm.virtio.queue;

import java.util.Arrays;
import org.jvmm.core.memory.GuestMemory;

/**
 * The buffers of one request, device-readable ones first (virtio 1.3 §2.7.4.2), walked and checked once. One object serves a queue for all its requests.
 */
public final class DescriptorChain {
    private final GuestMemory memory;
    private long[] addresses = new long[8];
    private int[] lengths = new int[8];
    private int count;
    private int readable;
    private int head;
    private long readableLength;
    private long writableLength;

    /** @param memory where the buffers are */
    public DescriptorChain(GuestMemory memory) {
        this.memory = memory;
    }

    void start(int newHead) {
        head = newHead;
        count = 0;
        readable = 0;
        readableLength = 0;
        writableLength = 0;
    }

    /** Adds a buffer; refuses memory there is not, and a readable buffer behind a writable one. */
    void add(long address, int length, boolean writable) {
        if (!memory.contains(address, length & 0xFFFF_FFFFL)) {
            throw new VirtqueueException("Descriptor points outside memory: 0x" + Long.toHexString(address));
        }
        if (length < 0) {
            throw new VirtqueueException("Descriptor longer than 2 GiB");
        }
        if (writable) {
            writableLength += length;
        } else {
            if (readable != count) {
                throw new VirtqueueException("Readable descriptor behind a writable one");
            }
            readable++;
            readableLength += length;
        }
        // The length of a chain must fit 32 bits (virtio 1.3 §2.7.5.2).
        if (readableLength + writableLength > 0xFFFF_FFFFL) {
            throw new VirtqueueException("Descriptor chain longer than 4 GiB");
        }
        if (count == addresses.length) {
            addresses = Arrays.copyOf(addresses, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        addresses[count] = address;
        lengths[count++] = length;
    }

    /** Index of the first descriptor, to be given to {@link VirtQueue#addUsed}. */
    public int head() {
        return head;
    }

    /** Bytes the device may read. */
    public long readableLength() {
        return readableLength;
    }

    /** Bytes the device may write. */
    public long writableLength() {
        return writableLength;
    }

    /**
     * Copies from the readable part.
     *
     * @param from offset in it
     * @return bytes copied: {@code length}, or less at its end
     */
    public int read(long from, byte[] target, int offset, int length) {
        return copy(0, readable, from, target, offset, length, false);
    }

    /**
     * Copies into the writable part.
     *
     * @param to offset in it
     * @return bytes copied: {@code length}, or less at its end
     */
    public int write(long to, byte[] source, int offset, int length) {
        return copy(readable, count, to, source, offset, length, true);
    }

    private int copy(int first, int end, long start, byte[] array, int offset, int length, boolean toGuest) {
        long skip = start;
        int done = 0;
        for (int i = first; i < end && done < length; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            int n = (int) Math.min(lengths[i] - skip, length - done);
            if (toGuest) {
                memory.write(addresses[i] + skip, array, offset + done, n);
            } else {
                memory.read(addresses[i] + skip, array, offset + done, n);
            }
            skip = 0;
            done += n;
        }
        return done;
    }
}
