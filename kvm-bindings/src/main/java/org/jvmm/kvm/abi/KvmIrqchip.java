package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_irqchip}: State of one in-kernel interrupt controller ({@code KVM_GET_IRQCHIP}). */
public final class KvmIrqchip {
    /** Size in bytes. */
    public static final int SIZE = 520;
    /** Offset of {@code chip_id}, u32. */
    public static final int CHIP_ID = 0;
    /** Offset of {@code chip}, 512 bytes. */
    public static final int CHIP = 8;

    private KvmIrqchip() {}

    /** Reads {@code chip_id} of the structure that begins at {@code at}. */
    public static int chipId(ByteBuffer struct, int at) {
        return struct.getInt(at + CHIP_ID);
    }

    /** Writes {@code chip_id} of the structure that begins at {@code at}. */
    public static void chipId(ByteBuffer struct, int at, int value) {
        struct.putInt(at + CHIP_ID, value);
    }
}
