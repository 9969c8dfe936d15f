package org.jvmm.core.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.internal.access.SharedSecrets;
import jdk.internal.foreign.SegmentFactories;
import jdk.internal.misc.Unsafe;

/**
 * Host memory by its address: the only place that makes it accessible, beside the software CPU's own. {@link MemorySegment} has methods for all of this, but the first use of one costs a new JVM 5 to 20 ms
 * (the initialization of a class that looks methods up, and layouts); they are what is left in a JVM that does not export the three packages used here.
 */
public final class NativeMemory {
    private static final boolean DIRECT = isDirect();

    private NativeMemory() {}

    private static boolean isDirect() {
        try {
            SegmentFactories.makeNativeSegmentUnchecked(0, 0);
            SharedSecrets.getJavaNioAccess().newDirectByteBuffer(0, 0);
            Unsafe.getUnsafe();
            return true;
        } catch (LinkageError e) {
            // Not exported, or another JDK.
            return false;
        }
    }

    /** The {@code size} bytes at {@code address}: not checked to be there, and never closed. */
    @SuppressWarnings("restricted")
    public static MemorySegment segment(long address, long size) {
        return DIRECT ? SegmentFactories.makeNativeSegmentUnchecked(address, size) : MemorySegment.ofAddress(address).reinterpret(size);
    }

    /** The same as a little-endian buffer of at most 2 GiB. */
    public static ByteBuffer buffer(long address, int size) {
        ByteBuffer buffer = DIRECT
                ? SharedSecrets.getJavaNioAccess().newDirectByteBuffer(address, size)
                : segment(address, size).asByteBuffer();
        return buffer.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Copies from memory to {@code length} bytes of an array. */
    public static void copyOut(long address, byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (DIRECT) {
            Unsafe.getUnsafe().copyMemory(null, address, target, Unsafe.ARRAY_BYTE_BASE_OFFSET + offset, length);
        } else {
            MemorySegment.copy(segment(address, length), ValueLayout.JAVA_BYTE, 0, target, offset, length);
        }
    }

    /** Copies {@code length} bytes of an array to memory. */
    public static void copyIn(byte[] source, int offset, int length, long address) {
        Objects.checkFromIndexSize(offset, length, source.length);
        if (DIRECT) {
            Unsafe.getUnsafe().copyMemory(source, Unsafe.ARRAY_BYTE_BASE_OFFSET + offset, null, address, length);
        } else {
            MemorySegment.copy(source, offset, segment(address, length), ValueLayout.JAVA_BYTE, 0, length);
        }
    }
}
