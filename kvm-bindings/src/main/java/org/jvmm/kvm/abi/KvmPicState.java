package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_pic_state}: An 8259A, inside {@link KvmIrqchip}. */
public final class KvmPicState {
    /** Size in bytes. */
    public static final int SIZE = 16;
    /** Offset of {@code last_irr}, u8. */
    public static final int LAST_IRR = 0;
    /** Offset of {@code irr}, u8. */
    public static final int IRR = 1;
    /** Offset of {@code imr}, u8. */
    public static final int IMR = 2;
    /** Offset of {@code isr}, u8. */
    public static final int ISR = 3;
    /** Offset of {@code priority_add}, u8. */
    public static final int PRIORITY_ADD = 4;
    /** Offset of {@code irq_base}, u8. */
    public static final int IRQ_BASE = 5;
    /** Offset of {@code read_reg_select}, u8. */
    public static final int READ_REG_SELECT = 6;
    /** Offset of {@code poll}, u8. */
    public static final int POLL = 7;
    /** Offset of {@code special_mask}, u8. */
    public static final int SPECIAL_MASK = 8;
    /** Offset of {@code init_state}, u8. */
    public static final int INIT_STATE = 9;
    /** Offset of {@code auto_eoi}, u8. */
    public static final int AUTO_EOI = 10;
    /** Offset of {@code rotate_on_auto_eoi}, u8. */
    public static final int ROTATE_ON_AUTO_EOI = 11;
    /** Offset of {@code special_fully_nested_mode}, u8. */
    public static final int SPECIAL_FULLY_NESTED_MODE = 12;
    /** Offset of {@code init4}, u8. */
    public static final int INIT4 = 13;
    /** Offset of {@code elcr}, u8. */
    public static final int ELCR = 14;
    /** Offset of {@code elcr_mask}, u8. */
    public static final int ELCR_MASK = 15;

    private KvmPicState() {}

    /** Reads {@code last_irr} of the structure that begins at {@code at}. */
    public static int lastIrr(ByteBuffer struct, int at) {
        return struct.get(at + LAST_IRR) & 0xFF;
    }

    /** Writes {@code last_irr} of the structure that begins at {@code at}. */
    public static void lastIrr(ByteBuffer struct, int at, int value) {
        struct.put(at + LAST_IRR, (byte) value);
    }

    /** Reads {@code irr} of the structure that begins at {@code at}. */
    public static int irr(ByteBuffer struct, int at) {
        return struct.get(at + IRR) & 0xFF;
    }

    /** Writes {@code irr} of the structure that begins at {@code at}. */
    public static void irr(ByteBuffer struct, int at, int value) {
        struct.put(at + IRR, (byte) value);
    }

    /** Reads {@code imr} of the structure that begins at {@code at}. */
    public static int imr(ByteBuffer struct, int at) {
        return struct.get(at + IMR) & 0xFF;
    }

    /** Writes {@code imr} of the structure that begins at {@code at}. */
    public static void imr(ByteBuffer struct, int at, int value) {
        struct.put(at + IMR, (byte) value);
    }

    /** Reads {@code isr} of the structure that begins at {@code at}. */
    public static int isr(ByteBuffer struct, int at) {
        return struct.get(at + ISR) & 0xFF;
    }

    /** Writes {@code isr} of the structure that begins at {@code at}. */
    public static void isr(ByteBuffer struct, int at, int value) {
        struct.put(at + ISR, (byte) value);
    }

    /** Reads {@code priority_add} of the structure that begins at {@code at}. */
    public static int priorityAdd(ByteBuffer struct, int at) {
        return struct.get(at + PRIORITY_ADD) & 0xFF;
    }

    /** Writes {@code priority_add} of the structure that begins at {@code at}. */
    public static void priorityAdd(ByteBuffer struct, int at, int value) {
        struct.put(at + PRIORITY_ADD, (byte) value);
    }

    /** Reads {@code irq_base} of the structure that begins at {@code at}. */
    public static int irqBase(ByteBuffer struct, int at) {
        return struct.get(at + IRQ_BASE) & 0xFF;
    }

    /** Writes {@code irq_base} of the structure that begins at {@code at}. */
    public static void irqBase(ByteBuffer struct, int at, int value) {
        struct.put(at + IRQ_BASE, (byte) value);
    }

    /** Reads {@code read_reg_select} of the structure that begins at {@code at}. */
    public static int readRegSelect(ByteBuffer struct, int at) {
        return struct.get(at + READ_REG_SELECT) & 0xFF;
    }

    /** Writes {@code read_reg_select} of the structure that begins at {@code at}. */
    public static void readRegSelect(ByteBuffer struct, int at, int value) {
        struct.put(at + READ_REG_SELECT, (byte) value);
    }

    /** Reads {@code poll} of the structure that begins at {@code at}. */
    public static int poll(ByteBuffer struct, int at) {
        return struct.get(at + POLL) & 0xFF;
    }

    /** Writes {@code poll} of the structure that begins at {@code at}. */
    public static void poll(ByteBuffer struct, int at, int value) {
        struct.put(at + POLL, (byte) value);
    }

    /** Reads {@code special_mask} of the structure that begins at {@code at}. */
    public static int specialMask(ByteBuffer struct, int at) {
        return struct.get(at + SPECIAL_MASK) & 0xFF;
    }

    /** Writes {@code special_mask} of the structure that begins at {@code at}. */
    public static void specialMask(ByteBuffer struct, int at, int value) {
        struct.put(at + SPECIAL_MASK, (byte) value);
    }

    /** Reads {@code init_state} of the structure that begins at {@code at}. */
    public static int initState(ByteBuffer struct, int at) {
        return struct.get(at + INIT_STATE) & 0xFF;
    }

    /** Writes {@code init_state} of the structure that begins at {@code at}. */
    public static void initState(ByteBuffer struct, int at, int value) {
        struct.put(at + INIT_STATE, (byte) value);
    }

    /** Reads {@code auto_eoi} of the structure that begins at {@code at}. */
    public static int autoEoi(ByteBuffer struct, int at) {
        return struct.get(at + AUTO_EOI) & 0xFF;
    }

    /** Writes {@code auto_eoi} of the structure that begins at {@code at}. */
    public static void autoEoi(ByteBuffer struct, int at, int value) {
        struct.put(at + AUTO_EOI, (byte) value);
    }

    /** Reads {@code rotate_on_auto_eoi} of the structure that begins at {@code at}. */
    public static int rotateOnAutoEoi(ByteBuffer struct, int at) {
        return struct.get(at + ROTATE_ON_AUTO_EOI) & 0xFF;
    }

    /** Writes {@code rotate_on_auto_eoi} of the structure that begins at {@code at}. */
    public static void rotateOnAutoEoi(ByteBuffer struct, int at, int value) {
        struct.put(at + ROTATE_ON_AUTO_EOI, (byte) value);
    }

    /** Reads {@code special_fully_nested_mode} of the structure that begins at {@code at}. */
    public static int specialFullyNestedMode(ByteBuffer struct, int at) {
        return struct.get(at + SPECIAL_FULLY_NESTED_MODE) & 0xFF;
    }

    /** Writes {@code special_fully_nested_mode} of the structure that begins at {@code at}. */
    public static void specialFullyNestedMode(ByteBuffer struct, int at, int value) {
        struct.put(at + SPECIAL_FULLY_NESTED_MODE, (byte) value);
    }

    /** Reads {@code init4} of the structure that begins at {@code at}. */
    public static int init4(ByteBuffer struct, int at) {
        return struct.get(at + INIT4) & 0xFF;
    }

    /** Writes {@code init4} of the structure that begins at {@code at}. */
    public static void init4(ByteBuffer struct, int at, int value) {
        struct.put(at + INIT4, (byte) value);
    }

    /** Reads {@code elcr} of the structure that begins at {@code at}. */
    public static int elcr(ByteBuffer struct, int at) {
        return struct.get(at + ELCR) & 0xFF;
    }

    /** Writes {@code elcr} of the structure that begins at {@code at}. */
    public static void elcr(ByteBuffer struct, int at, int value) {
        struct.put(at + ELCR, (byte) value);
    }

    /** Reads {@code elcr_mask} of the structure that begins at {@code at}. */
    public static int elcrMask(ByteBuffer struct, int at) {
        return struct.get(at + ELCR_MASK) & 0xFF;
    }

    /** Writes {@code elcr_mask} of the structure that begins at {@code at}. */
    public static void elcrMask(ByteBuffer struct, int at, int value) {
        struct.put(at + ELCR_MASK, (byte) value);
    }
}
