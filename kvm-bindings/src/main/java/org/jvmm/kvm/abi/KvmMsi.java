package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_msi}: A message-signalled interrupt ({@code KVM_SIGNAL_MSI}). */
public final class KvmMsi {
    /** Size in bytes. */
    public static final int SIZE = 32;
    /** Offset of {@code address_lo}, u32. */
    public static final int ADDRESS_LO = 0;
    /** Offset of {@code address_hi}, u32. */
    public static final int ADDRESS_HI = 4;
    /** Offset of {@code data}, u32. */
    public static final int DATA = 8;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 12;
    /** Offset of {@code devid}, u32. */
    public static final int DEVID = 16;

    private KvmMsi() {}

    /** Reads {@code address_lo} of the structure that begins at {@code at}. */
    public static int addressLo(ByteBuffer struct, int at) {
        return struct.getInt(at + ADDRESS_LO);
    }

    /** Writes {@code address_lo} of the structure that begins at {@code at}. */
    public static void addressLo(ByteBuffer struct, int at, int value) {
        struct.putInt(at + ADDRESS_LO, value);
    }

    /** Reads {@code address_hi} of the structure that begins at {@code at}. */
    public static int addressHi(ByteBuffer struct, int at) {
        return struct.getInt(at + ADDRESS_HI);
    }

    /** Writes {@code address_hi} of the structure that begins at {@code at}. */
    public static void addressHi(ByteBuffer struct, int at, int value) {
        struct.putInt(at + ADDRESS_HI, value);
    }

    /** Reads {@code data} of the structure that begins at {@code at}. */
    public static int data(ByteBuffer struct, int at) {
        return struct.getInt(at + DATA);
    }

    /** Writes {@code data} of the structure that begins at {@code at}. */
    public static void data(ByteBuffer struct, int at, int value) {
        struct.putInt(at + DATA, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code devid} of the structure that begins at {@code at}. */
    public static int devid(ByteBuffer struct, int at) {
        return struct.getInt(at + DEVID);
    }

    /** Writes {@code devid} of the structure that begins at {@code at}. */
    public static void devid(ByteBuffer struct, int at, int value) {
        struct.putInt(at + DEVID, value);
    }
}
