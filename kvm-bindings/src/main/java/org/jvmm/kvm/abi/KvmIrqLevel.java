package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_irq_level}: Level of an interrupt line ({@code KVM_IRQ_LINE}). */
public final class KvmIrqLevel {
    /** Size in bytes. */
    public static final int SIZE = 8;
    /** Offset of {@code irq}, u32. */
    public static final int IRQ = 0;
    /** Offset of {@code level}, u32. */
    public static final int LEVEL = 4;

    private KvmIrqLevel() {}

    /** Reads {@code irq} of the structure that begins at {@code at}. */
    public static int irq(ByteBuffer struct, int at) {
        return struct.getInt(at + IRQ);
    }

    /** Writes {@code irq} of the structure that begins at {@code at}. */
    public static void irq(ByteBuffer struct, int at, int value) {
        struct.putInt(at + IRQ, value);
    }

    /** Reads {@code level} of the structure that begins at {@code at}. */
    public static int level(ByteBuffer struct, int at) {
        return struct.getInt(at + LEVEL);
    }

    /** Writes {@code level} of the structure that begins at {@code at}. */
    public static void level(ByteBuffer struct, int at, int value) {
        struct.putInt(at + LEVEL, value);
    }
}
