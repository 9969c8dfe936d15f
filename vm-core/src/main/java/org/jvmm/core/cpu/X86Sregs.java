package org.jvmm.core.cpu;

/** Segments, descriptor tables and control registers. */
public final class X86Sregs {
    /** Index of ES in {@link #segments}, the encoding order of x86. */
    public static final int ES = 0;
    /** Index of CS. */
    public static final int CS = 1;
    /** Index of SS. */
    public static final int SS = 2;
    /** Index of DS. */
    public static final int DS = 3;
    /** Index of FS. */
    public static final int FS = 4;
    /** Index of GS. */
    public static final int GS = 5;

    /** ES, CS, SS, DS, FS, GS. */
    public final SegmentState[] segments = { new SegmentState(), new SegmentState(), new SegmentState(), new SegmentState(),
        new SegmentState(),
        new SegmentState() };
    /** Task register. */
    public final SegmentState tr = new SegmentState();
    /** Local descriptor table. */
    public final SegmentState ldt = new SegmentState();
    /** Base of the global descriptor table. */
    public long gdtBase;
    /** Limit of the global descriptor table, bytes - 1. */
    public int gdtLimit;
    /** Base of the interrupt descriptor table. */
    public long idtBase;
    /** Limit of the interrupt descriptor table, bytes - 1. */
    public int idtLimit;
    /** Control register 0. */
    public long cr0;
    /** Page-fault address. */
    public long cr2;
    /** Page-table root. */
    public long cr3;
    /** Control register 4. */
    public long cr4;
    /** Task priority, 0 to 15. */
    public long cr8;
    /** Extended features (MSR 0xC0000080). */
    public long efer;
    /** IA32_APIC_BASE with its flag bits. */
    public long apicBase;

    /** All zero. */
    public X86Sregs() {}
}
