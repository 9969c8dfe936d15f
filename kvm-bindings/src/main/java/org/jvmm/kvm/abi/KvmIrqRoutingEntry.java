package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_irq_routing_entry}: One route from a GSI to a controller pin or message. */
public final class KvmIrqRoutingEntry {
    /** Size in bytes. */
    public static final int SIZE = 48;
    /** Offset of {@code gsi}, u32. */
    public static final int GSI = 0;
    /** Offset of {@code type}, u32. */
    public static final int TYPE = 4;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 8;
    /** Offset of {@code u.irqchip.irqchip}, u32. */
    public static final int U_IRQCHIP_IRQCHIP = 16;
    /** Offset of {@code u.irqchip.pin}, u32. */
    public static final int U_IRQCHIP_PIN = 20;
    /** Offset of {@code u.msi.address_lo}, u32. */
    public static final int U_MSI_ADDRESS_LO = 16;
    /** Offset of {@code u.msi.address_hi}, u32. */
    public static final int U_MSI_ADDRESS_HI = 20;
    /** Offset of {@code u.msi.data}, u32. */
    public static final int U_MSI_DATA = 24;
    /** Offset of {@code u.msi.devid}, u32. */
    public static final int U_MSI_DEVID = 28;

    private KvmIrqRoutingEntry() {}

    /** Reads {@code gsi} of the structure that begins at {@code at}. */
    public static int gsi(ByteBuffer struct, int at) {
        return struct.getInt(at + GSI);
    }

    /** Writes {@code gsi} of the structure that begins at {@code at}. */
    public static void gsi(ByteBuffer struct, int at, int value) {
        struct.putInt(at + GSI, value);
    }

    /** Reads {@code type} of the structure that begins at {@code at}. */
    public static int type(ByteBuffer struct, int at) {
        return struct.getInt(at + TYPE);
    }

    /** Writes {@code type} of the structure that begins at {@code at}. */
    public static void type(ByteBuffer struct, int at, int value) {
        struct.putInt(at + TYPE, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code u.irqchip.irqchip} of the structure that begins at {@code at}. */
    public static int uIrqchipIrqchip(ByteBuffer struct, int at) {
        return struct.getInt(at + U_IRQCHIP_IRQCHIP);
    }

    /** Writes {@code u.irqchip.irqchip} of the structure that begins at {@code at}. */
    public static void uIrqchipIrqchip(ByteBuffer struct, int at, int value) {
        struct.putInt(at + U_IRQCHIP_IRQCHIP, value);
    }

    /** Reads {@code u.irqchip.pin} of the structure that begins at {@code at}. */
    public static int uIrqchipPin(ByteBuffer struct, int at) {
        return struct.getInt(at + U_IRQCHIP_PIN);
    }

    /** Writes {@code u.irqchip.pin} of the structure that begins at {@code at}. */
    public static void uIrqchipPin(ByteBuffer struct, int at, int value) {
        struct.putInt(at + U_IRQCHIP_PIN, value);
    }

    /** Reads {@code u.msi.address_lo} of the structure that begins at {@code at}. */
    public static int uMsiAddressLo(ByteBuffer struct, int at) {
        return struct.getInt(at + U_MSI_ADDRESS_LO);
    }

    /** Writes {@code u.msi.address_lo} of the structure that begins at {@code at}. */
    public static void uMsiAddressLo(ByteBuffer struct, int at, int value) {
        struct.putInt(at + U_MSI_ADDRESS_LO, value);
    }

    /** Reads {@code u.msi.address_hi} of the structure that begins at {@code at}. */
    public static int uMsiAddressHi(ByteBuffer struct, int at) {
        return struct.getInt(at + U_MSI_ADDRESS_HI);
    }

    /** Writes {@code u.msi.address_hi} of the structure that begins at {@code at}. */
    public static void uMsiAddressHi(ByteBuffer struct, int at, int value) {
        struct.putInt(at + U_MSI_ADDRESS_HI, value);
    }

    /** Reads {@code u.msi.data} of the structure that begins at {@code at}. */
    public static int uMsiData(ByteBuffer struct, int at) {
        return struct.getInt(at + U_MSI_DATA);
    }

    /** Writes {@code u.msi.data} of the structure that begins at {@code at}. */
    public static void uMsiData(ByteBuffer struct, int at, int value) {
        struct.putInt(at + U_MSI_DATA, value);
    }

    /** Reads {@code u.msi.devid} of the structure that begins at {@code at}. */
    public static int uMsiDevid(ByteBuffer struct, int at) {
        return struct.getInt(at + U_MSI_DEVID);
    }

    /** Writes {@code u.msi.devid} of the structure that begins at {@code at}. */
    public static void uMsiDevid(ByteBuffer struct, int at, int value) {
        struct.putInt(at + U_MSI_DEVID, value);
    }
}
