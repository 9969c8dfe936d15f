package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_x86_mce}: A machine check ({@code KVM_X86_SET_MCE}). */
public final class KvmX86Mce {
    /** Size in bytes. */
    public static final int SIZE = 64;
    /** Offset of {@code status}, u64. */
    public static final int STATUS = 0;
    /** Offset of {@code addr}, u64. */
    public static final int ADDR = 8;
    /** Offset of {@code misc}, u64. */
    public static final int MISC = 16;
    /** Offset of {@code mcg_status}, u64. */
    public static final int MCG_STATUS = 24;
    /** Offset of {@code bank}, u8. */
    public static final int BANK = 32;

    private KvmX86Mce() {}

    /** Reads {@code status} of the structure that begins at {@code at}. */
    public static long status(ByteBuffer struct, int at) {
        return struct.getLong(at + STATUS);
    }

    /** Writes {@code status} of the structure that begins at {@code at}. */
    public static void status(ByteBuffer struct, int at, long value) {
        struct.putLong(at + STATUS, value);
    }

    /** Reads {@code addr} of the structure that begins at {@code at}. */
    public static long addr(ByteBuffer struct, int at) {
        return struct.getLong(at + ADDR);
    }

    /** Writes {@code addr} of the structure that begins at {@code at}. */
    public static void addr(ByteBuffer struct, int at, long value) {
        struct.putLong(at + ADDR, value);
    }

    /** Reads {@code misc} of the structure that begins at {@code at}. */
    public static long misc(ByteBuffer struct, int at) {
        return struct.getLong(at + MISC);
    }

    /** Writes {@code misc} of the structure that begins at {@code at}. */
    public static void misc(ByteBuffer struct, int at, long value) {
        struct.putLong(at + MISC, value);
    }

    /** Reads {@code mcg_status} of the structure that begins at {@code at}. */
    public static long mcgStatus(ByteBuffer struct, int at) {
        return struct.getLong(at + MCG_STATUS);
    }

    /** Writes {@code mcg_status} of the structure that begins at {@code at}. */
    public static void mcgStatus(ByteBuffer struct, int at, long value) {
        struct.putLong(at + MCG_STATUS, value);
    }

    /** Reads {@code bank} of the structure that begins at {@code at}. */
    public static int bank(ByteBuffer struct, int at) {
        return struct.get(at + BANK) & 0xFF;
    }

    /** Writes {@code bank} of the structure that begins at {@code at}. */
    public static void bank(ByteBuffer struct, int at, int value) {
        struct.put(at + BANK, (byte) value);
    }
}
