package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_interrupt}: A vector to inject without an in-kernel controller ({@code KVM_INTERRUPT}). */
public final class KvmInterrupt {
    /** Size in bytes. */
    public static final int SIZE = 4;
    /** Offset of {@code irq}, u32. */
    public static final int IRQ = 0;

    private KvmInterrupt() {}

    /** Reads {@code irq} of the structure that begins at {@code at}. */
    public static int irq(ByteBuffer struct, int at) {
        return struct.getInt(at + IRQ);
    }

    /** Writes {@code irq} of the structure that begins at {@code at}. */
    public static void irq(ByteBuffer struct, int at, int value) {
        struct.putInt(at + IRQ, value);
    }
}
