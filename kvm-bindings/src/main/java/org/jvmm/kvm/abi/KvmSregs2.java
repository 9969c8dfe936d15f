package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_sregs2}: {@link KvmSregs} with the PDPTEs in place of the interrupt bitmap; accessors of what both have are there ({@code KVM_GET_SREGS2}, {@code KVM_CAP_SREGS2}). */
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

    /** Reads {@code flags} of the structure that begins at {@code at}. */
    public static long flags(ByteBuffer struct, int at) {
        return struct.getLong(at + FLAGS);
    }

    /** Writes {@code flags} of the structure that begins at {@code at}. */
    public static void flags(ByteBuffer struct, int at, long value) {
        struct.putLong(at + FLAGS, value);
    }
}
