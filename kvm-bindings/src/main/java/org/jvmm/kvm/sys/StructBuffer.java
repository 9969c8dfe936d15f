package org.jvmm.kvm.sys;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory for a structure that the kernel reads or writes: a little-endian direct buffer and its address. A plain direct buffer is the cheapest native
 * memory at start, needs no scope, and goes with its last user.
 */
public final class StructBuffer {
    private final ByteBuffer bytes;
    private final long address;

    private StructBuffer(int size) {
        bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
        address = MemorySegment.ofBuffer(bytes).address();
    }

    /** Zeroed memory of {@code size} bytes, aligned to 8. */
    public static StructBuffer allocate(int size) {
        return new StructBuffer(size);
    }

    /** The memory; accessors of {@link org.jvmm.kvm.abi} take it. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Where it lies. Valid while this object is reachable. */
    public long address() {
        return address;
    }

    /** Zeroes all of it. */
    public StructBuffer clear() {
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, (byte) 0);
        }
        return this;
    }
}
