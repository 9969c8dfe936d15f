package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_sregs2}: {@link KvmSregs} with the PDPTEs in place of the interrupt bitmap ({@code KVM_GET_SREGS2}, {@code KVM_CAP_SREGS2}). */
public final class KvmSregs2 {
    /** Size in bytes. */
    public static final int SIZE = 320;
    /** Offset of {@code cs}, 24 bytes. */
    public static final int CS = 0;
    /** Offset of {@code ds}, 24 bytes. */
    public static final int DS = 24;
    /** Offset of {@code es}, 24 bytes. */
    public static final int ES = 48;
    /** Offset of {@code fs}, 24 bytes. */
    public static final int FS = 72;
    /** Offset of {@code gs}, 24 bytes. */
    public static final int GS = 96;
    /** Offset of {@code ss}, 24 bytes. */
    public static final int SS = 120;
    /** Offset of {@code tr}, 24 bytes. */
    public static final int TR = 144;
    /** Offset of {@code ldt}, 24 bytes. */
    public static final int LDT = 168;
    /** Offset of {@code gdt}, 16 bytes. */
    public static final int GDT = 192;
    /** Offset of {@code idt}, 16 bytes. */
    public static final int IDT = 208;
    /** Offset of {@code cr0}, u64. */
    public static final int CR0 = 224;
    /** Offset of {@code cr2}, u64. */
    public static final int CR2 = 232;
    /** Offset of {@code cr3}, u64. */
    public static final int CR3 = 240;
    /** Offset of {@code cr4}, u64. */
    public static final int CR4 = 248;
    /** Offset of {@code cr8}, u64. */
    public static final int CR8 = 256;
    /** Offset of {@code efer}, u64. */
    public static final int EFER = 264;
    /** Offset of {@code apic_base}, u64. */
    public static final int APIC_BASE = 272;
    /** Offset of {@code flags}, u64. */
    public static final int FLAGS = 280;
    /** Offset of {@code pdptrs}, 32 bytes. */
    public static final int PDPTRS = 288;

    private KvmSregs2() {}

    /** Reads {@code cr0} of the structure that begins at {@code at}. */
    public static long cr0(ByteBuffer struct, int at) {
        return struct.getLong(at + CR0);
    }

    /** Writes {@code cr0} of the structure that begins at {@code at}. */
    public static void cr0(ByteBuffer struct, int at, long value) {
        struct.putLong(at + CR0, value);
    }

    /** Reads {@code cr2} of the structure that begins at {@code at}. */
    public static long cr2(ByteBuffer struct, int at) {
        return struct.getLong(at + CR2);
    }

    /** Writes {@code cr2} of the structure that begins at {@code at}. */
    public static void cr2(ByteBuffer struct, int at, long value) {
        struct.putLong(at + CR2, value);
    }

    /** Reads {@code cr3} of the structure that begins at {@code at}. */
    public static long cr3(ByteBuffer struct, int at) {
        return struct.getLong(at + CR3);
    }

    /** Writes {@code cr3} of the structure that begins at {@code at}. */
    public static void cr3(ByteBuffer struct, int at, long value) {
        struct.putLong(at + CR3, value);
    }

    /** Reads {@code cr4} of the structure that begins at {@code at}. */
    public static long cr4(ByteBuffer struct, int at) {
        return struct.getLong(at + CR4);
    }

    /** Writes {@code cr4} of the structure that begins at {@code at}. */
    public static void cr4(ByteBuffer struct, int at, long value) {
        struct.putLong(at + CR4, value);
    }

    /** Reads {@code cr8} of the structure that begins at {@code at}. */
    public static long cr8(ByteBuffer struct, int at) {
        return struct.getLong(at + CR8);
    }

    /** Writes {@code cr8} of the structure that begins at {@code at}. */
    public static void cr8(ByteBuffer struct, int at, long value) {
        struct.putLong(at + CR8, value);
    }

    /** Reads {@code efer} of the structure that begins at {@code at}. */
    public static long efer(ByteBuffer struct, int at) {
        return struct.getLong(at + EFER);
    }

    /** Writes {@code efer} of the structure that begins at {@code at}. */
    public static void efer(ByteBuffer struct, int at, long value) {
        struct.putLong(at + EFER, value);
    }

    /** Reads {@code apic_base} of the structure that begins at {@code at}. */
    public static long apicBase(ByteBuffer struct, int at) {
        return struct.getLong(at + APIC_BASE);
    }

    /** Writes {@code apic_base} of the structure that begins at {@code at}. */
    public static void apicBase(ByteBuffer struct, int at, long value) {
        struct.putLong(at + APIC_BASE, value);
    }

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static long flags(ByteBuffer struct, int at) {
        return struct.getLong(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, long value) {
        struct.putLong(at + FLAGS, value);
    }
}
