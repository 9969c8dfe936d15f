package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_coalesced_mmio_ring}: The ring of queued writes, one page of the vCPU mapping. */
public final class KvmCoalescedMmioRing {
    /** Size in bytes. */
    public static final int SIZE = 8;
    /** Offset of {@code first}, u32. */
    public static final int FIRST = 0;
    /** Offset of {@code last}, u32. */
    public static final int LAST = 4;
    /** Offset of {@code coalesced_mmio}, as many as the header says. */
    public static final int COALESCED_MMIO = 8;

    private KvmCoalescedMmioRing() {}

    /** Reads {@code first} of the structure that begins at {@code at}. */
    public static int first(ByteBuffer struct, int at) {
        return struct.getInt(at + FIRST);
    }

    /** Writes {@code first} of the structure that begins at {@code at}. */
    public static void first(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FIRST, value);
    }

    /** Reads {@code last} of the structure that begins at {@code at}. */
    public static int last(ByteBuffer struct, int at) {
        return struct.getInt(at + LAST);
    }

    /** Writes {@code last} of the structure that begins at {@code at}. */
    public static void last(ByteBuffer struct, int at, int value) {
        struct.putInt(at + LAST, value);
    }
}
