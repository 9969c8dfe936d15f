package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_segment}: A segment register with its hidden part, inside {@link KvmSregs}. */
public final class KvmSegment {
    /** Size in bytes. */
    public static final int SIZE = 24;
    /** Offset of {@code base}, u64. */
    public static final int BASE = 0;
    /** Offset of {@code limit}, u32. */
    public static final int LIMIT = 8;
    /** Offset of {@code selector}, u16. */
    public static final int SELECTOR = 12;
    /** Offset of {@code type}, u8. */
    public static final int TYPE = 14;
    /** Offset of {@code present}, u8. */
    public static final int PRESENT = 15;
    /** Offset of {@code dpl}, u8. */
    public static final int DPL = 16;
    /** Offset of {@code db}, u8. */
    public static final int DB = 17;
    /** Offset of {@code s}, u8. */
    public static final int S = 18;
    /** Offset of {@code l}, u8. */
    public static final int L = 19;
    /** Offset of {@code g}, u8. */
    public static final int G = 20;
    /** Offset of {@code avl}, u8. */
    public static final int AVL = 21;
    /** Offset of {@code unusable}, u8. */
    public static final int UNUSABLE = 22;

    private KvmSegment() {}

    /** Reads {@code base} of the structure that begins at {@code at}. */
    public static long base(ByteBuffer struct, int at) {
        return struct.getLong(at + BASE);
    }

    /** Writes {@code base} of the structure that begins at {@code at}. */
    public static void base(ByteBuffer struct, int at, long value) {
        struct.putLong(at + BASE, value);
    }

    /** Reads {@code limit} of the structure that begins at {@code at}. */
    public static int limit(ByteBuffer struct, int at) {
        return struct.getInt(at + LIMIT);
    }

    /** Writes {@code limit} of the structure that begins at {@code at}. */
    public static void limit(ByteBuffer struct, int at, int value) {
        struct.putInt(at + LIMIT, value);
    }

    /** Reads {@code selector} of the structure that begins at {@code at}. */
    public static int selector(ByteBuffer struct, int at) {
        return struct.getShort(at + SELECTOR) & 0xFFFF;
    }

    /** Writes {@code selector} of the structure that begins at {@code at}. */
    public static void selector(ByteBuffer struct, int at, int value) {
        struct.putShort(at + SELECTOR, (short) value);
    }

    /** Reads {@code type} of the structure that begins at {@code at}. */
    public static int type(ByteBuffer struct, int at) {
        return struct.get(at + TYPE) & 0xFF;
    }

    /** Writes {@code type} of the structure that begins at {@code at}. */
    public static void type(ByteBuffer struct, int at, int value) {
        struct.put(at + TYPE, (byte) value);
    }

    /** Reads {@code present} of the structure that begins at {@code at}. */
    public static int present(ByteBuffer struct, int at) {
        return struct.get(at + PRESENT) & 0xFF;
    }

    /** Writes {@code present} of the structure that begins at {@code at}. */
    public static void present(ByteBuffer struct, int at, int value) {
        struct.put(at + PRESENT, (byte) value);
    }

    /** Reads {@code dpl} of the structure that begins at {@code at}. */
    public static int dpl(ByteBuffer struct, int at) {
        return struct.get(at + DPL) & 0xFF;
    }

    /** Writes {@code dpl} of the structure that begins at {@code at}. */
    public static void dpl(ByteBuffer struct, int at, int value) {
        struct.put(at + DPL, (byte) value);
    }

    /** Reads {@code db} of the structure that begins at {@code at}. */
    public static int db(ByteBuffer struct, int at) {
        return struct.get(at + DB) & 0xFF;
    }

    /** Writes {@code db} of the structure that begins at {@code at}. */
    public static void db(ByteBuffer struct, int at, int value) {
        struct.put(at + DB, (byte) value);
    }

    /** Reads {@code s} of the structure that begins at {@code at}. */
    public static int s(ByteBuffer struct, int at) {
        return struct.get(at + S) & 0xFF;
    }

    /** Writes {@code s} of the structure that begins at {@code at}. */
    public static void s(ByteBuffer struct, int at, int value) {
        struct.put(at + S, (byte) value);
    }

    /** Reads {@code l} of the structure that begins at {@code at}. */
    public static int l(ByteBuffer struct, int at) {
        return struct.get(at + L) & 0xFF;
    }

    /** Writes {@code l} of the structure that begins at {@code at}. */
    public static void l(ByteBuffer struct, int at, int value) {
        struct.put(at + L, (byte) value);
    }

    /** Reads {@code g} of the structure that begins at {@code at}. */
    public static int g(ByteBuffer struct, int at) {
        return struct.get(at + G) & 0xFF;
    }

    /** Writes {@code g} of the structure that begins at {@code at}. */
    public static void g(ByteBuffer struct, int at, int value) {
        struct.put(at + G, (byte) value);
    }

    /** Reads {@code avl} of the structure that begins at {@code at}. */
    public static int avl(ByteBuffer struct, int at) {
        return struct.get(at + AVL) & 0xFF;
    }

    /** Writes {@code avl} of the structure that begins at {@code at}. */
    public static void avl(ByteBuffer struct, int at, int value) {
        struct.put(at + AVL, (byte) value);
    }

    /** Reads {@code unusable} of the structure that begins at {@code at}. */
    public static int unusable(ByteBuffer struct, int at) {
        return struct.get(at + UNUSABLE) & 0xFF;
    }

    /** Writes {@code unusable} of the structure that begins at {@code at}. */
    public static void unusable(ByteBuffer struct, int at, int value) {
        struct.put(at + UNUSABLE, (byte) value);
    }
}
