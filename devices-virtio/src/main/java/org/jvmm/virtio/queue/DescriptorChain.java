package org.jvmm.virtio.queue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;

/**
 * One request of a {@link VirtQueue}: the descriptors of a chain, checked and copied out of guest memory once, so that the guest cannot change
 * them afterwards. Device-readable descriptors come first, device-writable ones after them (virtio 1.3 §2.7.4.2).
 *
 * <p>Reused for one chain after another; a device keeps as many as it has requests in flight ({@link VirtQueue#newChain()}). It is a cursor:
 * {@code read} takes from the readable part and {@code write} appends to the writable part, each from where the last call ended. Parts can also be
 * had as host addresses for vectored I/O. Not thread-safe.
 */
public final class DescriptorChain {
    // §2.7.5.2: at most 2^32 bytes; one less, so that the length in the used ring can say it.
    private static final long MAX_TOTAL = 0xFFFF_FFFFL;

    private final GuestMemory memory;
    private final GuestRegion[] ram;
    private final long[] addresses;
    private final long[] lengths;
    private final GuestRegion[] homes;

    private int head;
    /** Most descriptors of a chain: the queue size. */
    private int limit;
    private int count;
    private int readableCount;
    private long readableLength;
    private long writableLength;

    private int readIndex;
    private long readOffset;
    private long readDone;
    private int writeIndex;
    private long writeOffset;
    private long written;

    DescriptorChain(GuestMemory memory, int maxDescriptors) {
        this.memory = memory;
        List<GuestRegion> regions = memory.regions();
        this.ram = regions.toArray(new GuestRegion[0]);
        this.addresses = new long[maxDescriptors];
        this.lengths = new long[maxDescriptors];
        this.homes = new GuestRegion[maxDescriptors];
    }

    /** Index of the first descriptor: the chain's name in {@link VirtQueue#addUsed(int, long)}. */
    public int head() {
        return head;
    }

    /** Number of descriptors, readable and writable. */
    public int count() {
        return count;
    }

    /** Number of device-readable descriptors; they have the indices below this. */
    public int readableCount() {
        return readableCount;
    }

    /** Guest-physical address of descriptor {@code index}. */
    public long address(int index) {
        return addresses[check(index)];
    }

    /** Length in bytes of descriptor {@code index}, 0 to 2^32 - 1. */
    public long length(int index) {
        return lengths[check(index)];
    }

    /** Whether the device may write to descriptor {@code index}; it may read it otherwise. */
    public boolean isWritable(int index) {
        return check(index) >= readableCount;
    }

    /** The host memory behind descriptor {@code index}; after writing call {@link GuestMemory#markWritten(long, long)}. Allocates. */
    public MemorySegment segment(int index) {
        return memory.slice(addresses[check(index)], lengths[index]);
    }

    /** Sum of the readable descriptors in bytes. */
    public long readableLength() {
        return readableLength;
    }

    /** Sum of the writable descriptors in bytes. */
    public long writableLength() {
        return writableLength;
    }

    /** Readable bytes that were not read yet. */
    public long readable() {
        return readableLength - readDone;
    }

    /** Writable bytes that were not written yet. */
    public long writable() {
        return writableLength - written;
    }

    /** Bytes written or skipped so far: the length for {@link VirtQueue#addUsed(int, long)}. */
    public long written() {
        return written;
    }

    /** Host address of descriptor {@code index}, valid for its length; 0 for an empty descriptor. */
    public long hostAddress(int index) {
        return lengths[check(index)] == 0 ? 0 : homes[index].hostBase() + addresses[index] - homes[index].gpa();
    }

    /**
     * Appends a range of the readable part to a vector, for writing it to a file or socket. The cursor does not move.
     *
     * @param offset in the readable part
     * @param length bytes
     * @return bytes appended: {@code length}, or less at the end of the part or of the vector
     */
    public long fillReadable(IoVector vector, long offset, long length) {
        return fill(vector, 0, readableCount, offset, length);
    }

    /**
     * Appends a range of the writable part to a vector, for reading from a file or socket. The cursor does not move; call
     * {@link #markWritten(long, long)} for what was written.
     *
     * @param offset in the writable part
     * @param length bytes
     * @return bytes appended: {@code length}, or less at the end of the part or of the vector
     */
    public long fillWritable(IoVector vector, long offset, long length) {
        return fill(vector, readableCount, count, offset, length);
    }

    private long fill(IoVector vector, int first, int end, long offset, long length) {
        long skip = offset;
        long done = 0;
        for (int i = first; i < end && done < length; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            long part = Math.min(lengths[i] - skip, length - done);
            if (!vector.add(homes[i].hostBase() + addresses[i] - homes[i].gpa() + skip, part)) {
                break;
            }
            skip = 0;
            done += part;
        }
        return done;
    }

    /** Tells guest memory's observer of bytes written by host address, at {@code offset} in the writable part. */
    public void markWritten(long offset, long length) {
        long skip = offset;
        long left = length;
        for (int i = readableCount; i < count && left > 0; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            long part = Math.min(lengths[i] - skip, left);
            memory.markWritten(addresses[i] + skip, part);
            skip = 0;
            left -= part;
        }
    }

    /** Copies bytes to {@code offset} in the writable part, the cursor left alone. Returns how many fitted. */
    public int writeAt(long offset, byte[] source, int from, int length) {
        long skip = offset;
        int done = 0;
        for (int i = readableCount; i < count && done < length; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            int part = (int) Math.min(lengths[i] - skip, length - done);
            memory.write(addresses[i] + skip, source, from + done, part);
            skip = 0;
            done += part;
        }
        return done;
    }

    /** Stores one byte at {@code offset} in the writable part, the cursor left alone. Returns whether there was room. */
    public boolean writeByteAt(long offset, int value) {
        long skip = offset;
        for (int i = readableCount; i < count; i++) {
            if (skip < lengths[i]) {
                memory.write8(addresses[i] + skip, value);
                return true;
            }
            skip -= lengths[i];
        }
        return false;
    }

    /** Reads up to {@code length} bytes. Returns how many there were. */
    public int read(byte[] target, int offset, int length) {
        int done = 0;
        while (done < length && readDone < readableLength) {
            int part = (int) Math.min(length - done, lengths[readIndex] - readOffset);
            if (part > 0) {
                GuestRegion home = homes[readIndex];
                long from = addresses[readIndex] + readOffset - home.gpa();
                MemorySegment.copy(home.segment(), ValueLayout.JAVA_BYTE, from, target, offset + done, part);
            }
            done += part;
            readAdvance(part);
        }
        return done;
    }

    /** Reads up to {@code length} bytes into host memory. Returns how many there were. */
    public long read(MemorySegment target, long offset, long length) {
        long done = 0;
        while (done < length && readDone < readableLength) {
            long part = Math.min(length - done, lengths[readIndex] - readOffset);
            if (part > 0) {
                GuestRegion home = homes[readIndex];
                MemorySegment.copy(home.segment(), addresses[readIndex] + readOffset - home.gpa(), target, offset + done, part);
            }
            done += part;
            readAdvance(part);
        }
        return done;
    }

    /** Passes over up to {@code length} readable bytes. Returns how many there were. */
    public long skipReadable(long length) {
        long done = 0;
        while (done < length && readDone < readableLength) {
            long part = Math.min(length - done, lengths[readIndex] - readOffset);
            done += part;
            readAdvance(part);
        }
        return done;
    }

    /** Appends up to {@code length} bytes to the writable part. Returns how many fitted. */
    public int write(byte[] source, int offset, int length) {
        int done = 0;
        while (done < length && written < writableLength) {
            int part = (int) Math.min(length - done, lengths[writeIndex] - writeOffset);
            if (part > 0) {
                GuestRegion home = homes[writeIndex];
                long gpa = addresses[writeIndex] + writeOffset;
                MemorySegment.copy(source, offset + done, home.segment(), ValueLayout.JAVA_BYTE, gpa - home.gpa(), part);
                memory.markWritten(gpa, part);
            }
            done += part;
            writeAdvance(part);
        }
        return done;
    }

    /** Appends up to {@code length} bytes of host memory to the writable part. Returns how many fitted. */
    public long write(MemorySegment source, long offset, long length) {
        long done = 0;
        while (done < length && written < writableLength) {
            long part = Math.min(length - done, lengths[writeIndex] - writeOffset);
            if (part > 0) {
                GuestRegion home = homes[writeIndex];
                long gpa = addresses[writeIndex] + writeOffset;
                MemorySegment.copy(source, offset + done, home.segment(), gpa - home.gpa(), part);
                memory.markWritten(gpa, part);
            }
            done += part;
            writeAdvance(part);
        }
        return done;
    }

    /** Appends up to {@code length} bytes of the buffer, moving its position. Returns how many fitted. A heap buffer costs no allocation. */
    public int write(ByteBuffer source, int length) {
        int wanted = Math.min(length, source.remaining());
        int done;
        if (source.hasArray()) {
            done = write(source.array(), source.arrayOffset() + source.position(), wanted);
        } else {
            done = (int) write(MemorySegment.ofBuffer(source), 0, wanted);
        }
        source.position(source.position() + done);
        return done;
    }

    /** Passes over up to {@code length} writable bytes, counted as written. Returns how many there were. */
    public long skipWritable(long length) {
        long done = 0;
        while (done < length && written < writableLength) {
            long part = Math.min(length - done, lengths[writeIndex] - writeOffset);
            done += part;
            writeAdvance(part);
        }
        return done;
    }

    /** Copies the chain that starts at {@code newHead}; every rule is checked here and nowhere else. */
    void load(MemorySegment table, int tableEntries, int newHead, boolean indirectAllowed) {
        clear(newHead);
        MemorySegment segment = table;
        long base = 0;
        long entries = tableEntries;
        int index = newHead;
        boolean nested = false;
        limit = tableEntries;
        while (true) {
            long at = base + (long) index * Descriptor.SIZE;
            long address = segment.get(Descriptor.LE64, at + Descriptor.ADDR);
            long length = segment.get(Descriptor.LE32, at + Descriptor.LEN) & 0xFFFF_FFFFL;
            int flags = segment.get(Descriptor.LE16, at + Descriptor.FLAGS);
            int next = segment.get(Descriptor.LE16, at + Descriptor.NEXT) & 0xFFFF;
            if ((flags & Descriptor.F_INDIRECT) != 0) {
                // §2.7.5.3.1: only when negotiated, one level only, never together with NEXT. §2.7.5.3.2: its WRITE flag is ignored, and
                // direct descriptors may come before it.
                if (nested || !indirectAllowed) {
                    throw new VirtqueueException(VirtqueueException.Reason.INDIRECT_NOT_ALLOWED);
                }
                if ((flags & Descriptor.F_NEXT) != 0 || length == 0 || length % Descriptor.SIZE != 0) {
                    throw new VirtqueueException(VirtqueueException.Reason.BAD_INDIRECT_TABLE);
                }
                GuestRegion home = home(address, length);
                segment = home.segment();
                base = address - home.gpa();
                entries = length / Descriptor.SIZE;
                index = 0;
                nested = true;
                continue;
            }
            append(address, length, (flags & Descriptor.F_WRITE) != 0);
            if ((flags & Descriptor.F_NEXT) == 0) {
                rewind();
                return;
            }
            if (next >= entries) {
                throw new VirtqueueException(VirtqueueException.Reason.NEXT_OUT_OF_RANGE);
            }
            index = next;
        }
    }

    private void append(long address, long length, boolean writable) {
        // §2.7.5.3.1: no chain is longer than the queue; this ends loops too.
        if (count == limit) {
            throw new VirtqueueException(VirtqueueException.Reason.CHAIN_TOO_LONG);
        }
        if (readableLength + writableLength + length > MAX_TOTAL) {
            throw new VirtqueueException(VirtqueueException.Reason.LENGTH_OVERFLOW);
        }
        if (writable) {
            writableLength += length;
        } else if (readableCount < count) {
            // §2.7.4.2
            throw new VirtqueueException(VirtqueueException.Reason.READABLE_AFTER_WRITABLE);
        } else {
            readableCount++;
            readableLength += length;
        }
        addresses[count] = address;
        lengths[count] = length;
        homes[count] = length == 0 ? null : home(address, length);
        count++;
    }

    private GuestRegion home(long address, long length) {
        for (GuestRegion region : ram) {
            long offset = address - region.gpa();
            if (address >= region.gpa() && length <= region.size() && offset <= region.size() - length) {
                return region;
            }
        }
        throw new VirtqueueException(VirtqueueException.Reason.ADDRESS_OUT_OF_MEMORY);
    }

    private void clear(int newHead) {
        head = newHead;
        count = 0;
        readableCount = 0;
        readableLength = 0;
        writableLength = 0;
        rewind();
    }

    private void rewind() {
        readIndex = 0;
        readOffset = 0;
        readDone = 0;
        writeIndex = readableCount;
        writeOffset = 0;
        written = 0;
    }

    private void readAdvance(long part) {
        readDone += part;
        readOffset += part;
        if (readOffset == lengths[readIndex]) {
            readIndex++;
            readOffset = 0;
        }
    }

    private void writeAdvance(long part) {
        written += part;
        writeOffset += part;
        if (writeOffset == lengths[writeIndex]) {
            writeIndex++;
            writeOffset = 0;
        }
    }

    private int check(int index) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException("Descriptor " + index + " of " + count);
        }
        return index;
    }
}
