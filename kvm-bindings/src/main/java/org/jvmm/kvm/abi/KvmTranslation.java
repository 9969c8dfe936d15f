package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_translation}: Walk of the guest's page tables ({@code KVM_TRANSLATE}). */
public final class KvmTranslation {
    /** Size in bytes. */
    public static final int SIZE = 24;
    /** Offset of {@code linear_address}, u64. */
    public static final int LINEAR_ADDRESS = 0;
    /** Offset of {@code physical_address}, u64. */
    public static final int PHYSICAL_ADDRESS = 8;
    /** Offset of {@code valid}, u8. */
    public static final int VALID = 16;
    /** Offset of {@code writeable}, u8. */
    public static final int WRITEABLE = 17;
    /** Offset of {@code usermode}, u8. */
    public static final int USERMODE = 18;

    private KvmTranslation() {}

    /** Reads {@code linear_address} of the structure that begins at {@code at}. */
    public static long linearAddress(ByteBuffer struct, int at) {
        return struct.getLong(at + LINEAR_ADDRESS);
    }

    /** Writes {@code linear_address} of the structure that begins at {@code at}. */
    public static void linearAddress(ByteBuffer struct, int at, long value) {
        struct.putLong(at + LINEAR_ADDRESS, value);
    }

    /** Reads {@code physical_address} of the structure that begins at {@code at}. */
    public static long physicalAddress(ByteBuffer struct, int at) {
        return struct.getLong(at + PHYSICAL_ADDRESS);
    }

    /** Writes {@code physical_address} of the structure that begins at {@code at}. */
    public static void physicalAddress(ByteBuffer struct, int at, long value) {
        struct.putLong(at + PHYSICAL_ADDRESS, value);
    }

    /** Reads {@code valid} of the structure that begins at {@code at}. */
    public static int valid(ByteBuffer struct, int at) {
        return struct.get(at + VALID) & 0xFF;
    }

    /** Writes {@code valid} of the structure that begins at {@code at}. */
    public static void valid(ByteBuffer struct, int at, int value) {
        struct.put(at + VALID, (byte) value);
    }

    /** Reads {@code writeable} of the structure that begins at {@code at}. */
    public static int writeable(ByteBuffer struct, int at) {
        return struct.get(at + WRITEABLE) & 0xFF;
    }

    /** Writes {@code writeable} of the structure that begins at {@code at}. */
    public static void writeable(ByteBuffer struct, int at, int value) {
        struct.put(at + WRITEABLE, (byte) value);
    }

    /** Reads {@code usermode} of the structure that begins at {@code at}. */
    public static int usermode(ByteBuffer struct, int at) {
        return struct.get(at + USERMODE) & 0xFF;
    }

    /** Writes {@code usermode} of the structure that begins at {@code at}. */
    public static void usermode(ByteBuffer struct, int at, int value) {
        struct.put(at + USERMODE, (byte) value);
    }
}
