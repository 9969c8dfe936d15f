package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_cpuid_entry2}: One CPUID leaf. */
public final class KvmCpuidEntry2 {
    /** Size in bytes. */
    public static final int SIZE = 40;
    /** Offset of {@code function}, u32. */
    public static final int FUNCTION = 0;
    /** Offset of {@code index}, u32. */
    public static final int INDEX = 4;
    /** Offset of {@code flags}, u32. */
    public static final int FLAGS = 8;
    /** Offset of {@code eax}, u32. */
    public static final int EAX = 12;
    /** Offset of {@code ebx}, u32. */
    public static final int EBX = 16;
    /** Offset of {@code ecx}, u32. */
    public static final int ECX = 20;
    /** Offset of {@code edx}, u32. */
    public static final int EDX = 24;

    private KvmCpuidEntry2() {}

    /** Reads {@code function} of the structure that begins at {@code at}. */
    public static int function(ByteBuffer struct, int at) {
        return struct.getInt(at + FUNCTION);
    }

    /** Writes {@code function} of the structure that begins at {@code at}. */
    public static void function(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FUNCTION, value);
    }

    /** Reads {@code index} of the structure that begins at {@code at}. */
    public static int index(ByteBuffer struct, int at) {
        return struct.getInt(at + INDEX);
    }

    /** Writes {@code index} of the structure that begins at {@code at}. */
    public static void index(ByteBuffer struct, int at, int value) {
        struct.putInt(at + INDEX, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static int flags(ByteBuffer struct, int at) {
        return struct.getInt(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, int value) {
        struct.putInt(at + FLAGS, value);
    }

    /** Reads {@code eax} of the structure that begins at {@code at}. */
    public static int eax(ByteBuffer struct, int at) {
        return struct.getInt(at + EAX);
    }

    /** Writes {@code eax} of the structure that begins at {@code at}. */
    public static void eax(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EAX, value);
    }

    /** Reads {@code ebx} of the structure that begins at {@code at}. */
    public static int ebx(ByteBuffer struct, int at) {
        return struct.getInt(at + EBX);
    }

    /** Writes {@code ebx} of the structure that begins at {@code at}. */
    public static void ebx(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EBX, value);
    }

    /** Reads {@code ecx} of the structure that begins at {@code at}. */
    public static int ecx(ByteBuffer struct, int at) {
        return struct.getInt(at + ECX);
    }

    /** Writes {@code ecx} of the structure that begins at {@code at}. */
    public static void ecx(ByteBuffer struct, int at, int value) {
        struct.putInt(at + ECX, value);
    }

    /** Reads {@code edx} of the structure that begins at {@code at}. */
    public static int edx(ByteBuffer struct, int at) {
        return struct.getInt(at + EDX);
    }

    /** Writes {@code edx} of the structure that begins at {@code at}. */
    public static void edx(ByteBuffer struct, int at, int value) {
        struct.putInt(at + EDX, value);
    }
}
