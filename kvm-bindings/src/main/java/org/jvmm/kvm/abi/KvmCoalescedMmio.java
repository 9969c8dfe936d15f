package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_coalesced_mmio}: One queued write. */
public final class KvmCoalescedMmio {
    /** Size in bytes. */
    public static final int SIZE = 24;
    /** Offset of {@code phys_addr}, u64. */
    public static final int PHYS_ADDR = 0;
    /** Offset of {@code len}, u32. */
    public static final int LEN = 8;
    /** Offset of {@code pio}, u32. */
    public static final int PIO = 12;
    /** Offset of {@code data}, 8 bytes. */
    public static final int DATA = 16;

    private KvmCoalescedMmio() {}

    /** Reads {@code phys_addr} of the structure that begins at {@code at}. */
    public static long physAddr(ByteBuffer struct, int at) {
        return struct.getLong(at + PHYS_ADDR);
    }

    /** Writes {@code phys_addr} of the structure that begins at {@code at}. */
    public static void physAddr(ByteBuffer struct, int at, long value) {
        struct.putLong(at + PHYS_ADDR, value);
    }

    /** Reads {@code len} of the structure that begins at {@code at}. */
    public static int len(ByteBuffer struct, int at) {
        return struct.getInt(at + LEN);
    }

    /** Writes {@code len} of the structure that begins at {@code at}. */
    public static void len(ByteBuffer struct, int at, int value) {
        struct.putInt(at + LEN, value);
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
