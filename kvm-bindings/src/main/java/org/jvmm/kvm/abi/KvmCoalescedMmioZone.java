package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_coalesced_mmio_zone}: A range whose writes are queued ({@code KVM_REGISTER_COALESCED_MMIO}). */
public final class KvmCoalescedMmioZone {
    /** Size in bytes. */
    public static final int SIZE = 16;
    /** Offset of {@code addr}, u64. */
    public static final int ADDR = 0;
    /** Offset of {@code size}, u32. */
    public static final int SIZE_MEMBER = 8;
    /** Offset of {@code pio}, u32. */
    public static final int PIO = 12;

    private KvmCoalescedMmioZone() {}

    /** Reads {@code addr} of the structure that begins at {@code at}. */
    public static long addr(ByteBuffer struct, int at) {
        return struct.getLong(at + ADDR);
    }

    /** Writes {@code addr} of the structure that begins at {@code at}. */
    public static void addr(ByteBuffer struct, int at, long value) {
        struct.putLong(at + ADDR, value);
    }

    /** Reads {@code size} of the structure that begins at {@code at}. */
    public static int size(ByteBuffer struct, int at) {
        return struct.getInt(at + SIZE_MEMBER);
    }

    /** Writes {@code size} of the structure that begins at {@code at}. */
    public static void size(ByteBuffer struct, int at, int value) {
        struct.putInt(at + SIZE_MEMBER, value);
    }

    /** Reads {@code pio} of the structure that begins at {@code at}. */
    public static int pio(ByteBuffer struct, int at) {
        return struct.getInt(at + PIO);
    }

    /** Writes {@code pio} of the structure that begins at {@code at}. */
    public static void pio(ByteBuffer struct, int at, int value) {
        struct.putInt(at + PIO, value);
    }
}
