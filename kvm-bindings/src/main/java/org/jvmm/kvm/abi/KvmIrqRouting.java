package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_irq_routing}: Header of the routing table ({@code KVM_SET_GSI_ROUTING}). */
public final class KvmIrqRouting {
    /** Size in bytes. */
    public static final int SIZE = 8;
    /** Offset of {@code nr}, u32. */
    public static final int NR = 0;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 4;
    /** Offset of {@code entries}, as many as the header says. */
    public static final int ENTRIES = 8;

    private KvmIrqRouting() {}

    /** Reads {@code nr} of the structure that begins at {@code at}. */
    public static int nr(ByteBuffer struct, int at) {
        return struct.getInt(at + NR);
    }

    /** Writes {@code nr} of the structure that begins at {@code at}. */
    public static void nr(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NR, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }
}
