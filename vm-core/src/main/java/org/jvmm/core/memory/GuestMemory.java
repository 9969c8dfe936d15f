package org.jvmm.core.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.host.NativeMemory;

/**
 * Guest memory as devices and loaders see it: little-endian, bounds-checked, addressed by guest-physical address.
 *
 * <p>Every access that leaves RAM throws {@link GuestMemoryException}. An access may not span two regions (there is a device hole between them).
 * Plain accesses carry no ordering; rings use the fences of {@link java.lang.invoke.VarHandle}.
 */
public final class GuestMemory {
    private static final GuestWriteObserver NOBODY = (gpa, length) -> {
    };

    private final GuestRegion[] regions;
    private volatile GuestWriteObserver observer = NOBODY;

    /** @param regions RAM, and memory of devices, in ascending order without overlap */
    public GuestMemory(List<GuestRegion> regions) {
        this.regions = regions.toArray(new GuestRegion[0]);
        for (int i = 1; i < this.regions.length; i++) {
            if (this.regions[i].gpa() < this.regions[i - 1].end()) {
                throw new IllegalArgumentException(
                        "Guest regions overlap or are out of order at 0x" + Long.toHexString(this.regions[i].gpa()));
            }
        }
    }

    /** The regions in ascending order. */
    public List<GuestRegion> regions() {
        return List.of(regions);
    }

    /** RAM in bytes. */
    public long size() {
        long sum = 0;
        for (GuestRegion region : regions) {
            sum += region.ram() ? region.size() : 0;
        }
        return sum;
    }

    /** The same memory with more of it, of a device, above all there is. */
    public GuestMemory with(GuestRegion device) {
        List<GuestRegion> more = new ArrayList<>(regions());
        more.add(device);
        return new GuestMemory(more);
    }

    /** First address above all regions that is a multiple of {@code alignment}, a power of two; at least {@link GuestLayout#HIGH_RAM}. */
    public long endAligned(long alignment) {
        long end = Math.max(regions[regions.length - 1].end(), GuestLayout.HIGH_RAM);
        return end + alignment - 1 & -alignment;
    }

    /** Whether all of {@code [gpa, gpa + length)} is RAM of one region. */
    public boolean contains(long gpa, long length) {
        for (GuestRegion region : regions) {
            if (gpa >= region.gpa() && length >= 0 && length <= region.size() && gpa - region.gpa() <= region.size() - length) {
                return true;
            }
        }
        return false;
    }

    /** Replaces the observer of device writes. */
    public void observeWrites(GuestWriteObserver newObserver) {
        observer = newObserver;
    }

    /** Reads one byte, zero-extended. */
    public int read8(long gpa) {
        GuestRegion region = region(gpa, 1);
        return region.segment().get(ValueLayout.JAVA_BYTE, gpa - region.gpa()) & 0xFF;
    }

    /** Reads two bytes, zero-extended. */
    public int read16(long gpa) {
        GuestRegion region = region(gpa, 2);
        return region.segment().get(Layouts.LE16, gpa - region.gpa()) & 0xFFFF;
    }

    /** Reads four bytes. */
    public int read32(long gpa) {
        GuestRegion region = region(gpa, 4);
        return region.segment().get(Layouts.LE32, gpa - region.gpa());
    }

    /** Reads eight bytes. */
    public long read64(long gpa) {
        GuestRegion region = region(gpa, 8);
        return region.segment().get(Layouts.LE64, gpa - region.gpa());
    }

    /** Writes one byte. */
    public void write8(long gpa, int value) {
        GuestRegion region = region(gpa, 1);
        region.segment().set(ValueLayout.JAVA_BYTE, gpa - region.gpa(), (byte) value);
        observer.written(gpa, 1);
    }

    /** Writes two bytes. */
    public void write16(long gpa, int value) {
        GuestRegion region = region(gpa, 2);
        region.segment().set(Layouts.LE16, gpa - region.gpa(), (short) value);
        observer.written(gpa, 2);
    }

    /** Writes four bytes. */
    public void write32(long gpa, int value) {
        GuestRegion region = region(gpa, 4);
        region.segment().set(Layouts.LE32, gpa - region.gpa(), value);
        observer.written(gpa, 4);
    }

    /** Writes eight bytes. */
    public void write64(long gpa, long value) {
        GuestRegion region = region(gpa, 8);
        region.segment().set(Layouts.LE64, gpa - region.gpa(), value);
        observer.written(gpa, 8);
    }

    /** Copies guest memory out to an array. */
    public void read(long gpa, byte[] target, int offset, int length) {
        if (length == 0) {
            return;
        }
        GuestRegion region = region(gpa, length);
        NativeMemory.copyOut(region.hostBase() + gpa - region.gpa(), target, offset, length);
        Reference.reachabilityFence(region);
    }

    /** Copies an array into guest memory. */
    public void write(long gpa, byte[] source, int offset, int length) {
        if (length == 0) {
            return;
        }
        GuestRegion region = region(gpa, length);
        NativeMemory.copyIn(source, offset, length, region.hostBase() + gpa - region.gpa());
        observer.written(gpa, length);
    }

    /** Copies a whole array into guest memory. */
    public void write(long gpa, byte[] source) {
        write(gpa, source, 0, source.length);
    }

    /**
     * The host memory behind {@code [gpa, gpa + length)}, for bulk I/O without a copy. Whoever writes through it calls
     * {@link #markWritten(long, long)} afterwards.
     */
    public MemorySegment slice(long gpa, long length) {
        GuestRegion region = region(gpa, length);
        return region.segment().asSlice(gpa - region.gpa(), length);
    }

    /** Tells the observer of a write made through {@link #slice(long, long)}. */
    public void markWritten(long gpa, long length) {
        if (length > 0) {
            observer.written(gpa, length);
        }
    }

    private GuestRegion region(long gpa, long length) {
        for (GuestRegion region : regions) {
            long offset = gpa - region.gpa();
            if (offset >= 0 && length >= 0 && length <= region.size() && offset <= region.size() - length) {
                return region;
            }
        }
        throw new GuestMemoryException(gpa, length);
    }

    /**
     * Accesses memory of its own in all the ways in which devices access the guest's. The first time takes a new JVM some 20 ms, which a vCPU would have to
     * wait for when its guest meets the first device; a thread that has nothing to do can have it behind it by then.
     */
    public static void prepareAccess() {
        MemorySegment scratch = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(Long.BYTES));
        byte[] bytes = new byte[Long.BYTES];
        scratch.set(ValueLayout.JAVA_BYTE, 0, scratch.get(ValueLayout.JAVA_BYTE, 0));
        scratch.set(Layouts.LE16, 0, scratch.get(Layouts.LE16, 0));
        scratch.set(Layouts.LE32, 0, scratch.get(Layouts.LE32, 0));
        scratch.set(Layouts.LE64, 0, scratch.get(Layouts.LE64, 0));
        MemorySegment.copy(scratch, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
        MemorySegment.copy(bytes, 0, scratch, ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    /** Apart, for the first layout costs a new JVM 10 ms, and its first access 10 more; a kernel is loaded without. */
    private static final class Layouts {
        private static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    }
}
