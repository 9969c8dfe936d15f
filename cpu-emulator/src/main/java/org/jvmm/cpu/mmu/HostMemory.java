package org.jvmm.cpu.mmu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.internal.misc.Unsafe;

/**
 * Raw host memory, the one place where the CPU touches it. Addresses come from {@link Mmu} alone, which has checked that they lie in guest RAM.
 *
 * <p>A static final segment over the whole address space is as fast as Unsafe once it is compiled, but one access is eight hundred nodes of the JVM's compiler
 * against eighty, and {@link org.jvmm.cpu.exec} has loops that the compiler stops inlining into at 18,000 (NodeCountInliningCutoff). So what is frequent
 * is Unsafe's, in the order of the host's bytes (SoftHypervisor.obstacle).
 */
final class HostMemory {
    @SuppressWarnings("restricted")
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final Unsafe UNSAFE = Unsafe.getUnsafe();
    private static final VarHandle ATOMIC_LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private static final VarHandle ATOMIC_INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private HostMemory() {}

    static long get8(long address) {
        return UNSAFE.getByte(address) & 0xFF;
    }

    static long get16(long address) {
        return UNSAFE.getShort(address) & 0xFFFF;
    }

    static long get32(long address) {
        return UNSAFE.getInt(address) & 0xFFFF_FFFFL;
    }

    static long get64(long address) {
        return UNSAFE.getLong(address);
    }

    static void put8(long address, long value) {
        UNSAFE.putByte(address, (byte) value);
    }

    static void put16(long address, long value) {
        UNSAFE.putShort(address, (short) value);
    }

    static void put32(long address, long value) {
        UNSAFE.putInt(address, (int) value);
    }

    static void put64(long address, long value) {
        UNSAFE.putLong(address, value);
    }

    /** Atomic when aligned; {@code address} must be 8-byte aligned. */
    static boolean compareAndSet64(long address, long expected, long value) {
        return ATOMIC_LONG.compareAndSet(ALL, address, expected, value);
    }

    /** Atomic; {@code address} must be 4-byte aligned. */
    static boolean compareAndSet32(long address, int expected, int value) {
        return ATOMIC_INT.compareAndSet(ALL, address, expected, value);
    }

    static void copy(long from, long to, long length) {
        MemorySegment.copy(ALL, from, ALL, to, length);
    }

    static void fill(long address, long length, byte value) {
        ALL.asSlice(address, length).fill(value);
    }

    static void copyOut(long from, byte[] target, int offset, int length) {
        MemorySegment.copy(ALL, BYTE, from, target, offset, length);
    }
}
