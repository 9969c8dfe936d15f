package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_ioapic_state}: The I/O APIC, inside {@link KvmIrqchip}. */
public final class KvmIoapicState {
    /** Size in bytes. */
    public static final int SIZE = 216;
    /** Offset of {@code base_address}, u64. */
    public static final int BASE_ADDRESS = 0;
    /** Offset of {@code ioregsel}, u32. */
    public static final int IOREGSEL = 8;
    /** Offset of {@code id}, u32. */
    public static final int ID = 12;
    /** Offset of {@code irr}, u32. */
    public static final int IRR = 16;
    /** Offset of {@code redirtbl}, 192 bytes. */
    public static final int REDIRTBL = 24;

    private KvmIoapicState() {}

    /** Reads {@code base_address} of the structure that begins at {@code at}. */
    public static long baseAddress(ByteBuffer struct, int at) {
        return struct.getLong(at + BASE_ADDRESS);
    }

    /** Writes {@code base_address} of the structure that begins at {@code at}. */
    public static void baseAddress(ByteBuffer struct, int at, long value) {
        struct.putLong(at + BASE_ADDRESS, value);
    }

    /** Reads {@code ioregsel} of the structure that begins at {@code at}. */
    public static int ioregsel(ByteBuffer struct, int at) {
        return struct.getInt(at + IOREGSEL);
    }

    /** Writes {@code ioregsel} of the structure that begins at {@code at}. */
    public static void ioregsel(ByteBuffer struct, int at, int value) {
        struct.putInt(at + IOREGSEL, value);
    }

    /** Reads {@code id} of the structure that begins at {@code at}. */
    public static int id(ByteBuffer struct, int at) {
        return struct.getInt(at + ID);
    }

    /** Writes {@code id} of the structure that begins at {@code at}. */
    public static void id(ByteBuffer struct, int at, int value) {
        struct.putInt(at + ID, value);
    }

    /** Reads {@code irr} of the structure that begins at {@code at}. */
    public static int irr(ByteBuffer struct, int at) {
        return struct.getInt(at + IRR);
    }

    /** Writes {@code irr} of the structure that begins at {@code at}. */
    public static void irr(ByteBuffer struct, int at, int value) {
        struct.putInt(at + IRR, value);
    }
}
