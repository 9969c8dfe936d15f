package org.jvmm.core.cpu;

/** State of a machine's interrupt controllers, timer and clock. */
public final class VmState {
    /** First 8259A. */
    public final Pic firstPic = new Pic();
    /** Second 8259A. */
    public final Pic secondPic = new Pic();
    /** I/O APIC's selected register. */
    public int ioApicSelect;
    /** I/O APIC's id. */
    public int ioApicId;
    /** Levels of the I/O APIC's inputs. */
    public int ioApicIrr;
    /** The I/O APIC's 24 redirection entries. */
    public final long[] ioApicRedirections = new long[24];
    /** The 8254's channels. */
    public final PitChannel[] pit = { new PitChannel(), new PitChannel(), new PitChannel() };
    /** The 8254's engine-private flags. */
    public int pitFlags;
    /** The paravirtual clock, nanoseconds. */
    public long clock;

    /** All zero. */
    public VmState() {}

    /** Registers of an 8259A. */
    public static final class Pic {
        /** Levels at the last look, for edges. */
        public int lastIrr;
        /** Requests. */
        public int irr;
        /** Mask. */
        public int imr;
        /** In service. */
        public int isr;
        /** Input of highest priority. */
        public int priorityAdd;
        /** First vector. */
        public int irqBase;
        /** Whether a read answers ISR. */
        public int readRegisterSelect;
        /** Poll mode. */
        public int poll;
        /** Special mask mode. */
        public int specialMask;
        /** Step of the initialisation sequence. */
        public int initState;
        /** Automatic end of interrupt. */
        public int autoEoi;
        /** Rotation on automatic end of interrupt. */
        public int rotateOnAutoEoi;
        /** Special fully nested mode. */
        public int specialFullyNestedMode;
        /** Whether ICW4 comes. */
        public int init4;
        /** Edge/level control. */
        public int elcr;
        /** Writable bits of it. */
        public int elcrMask;

        /** All zero. */
        public Pic() {}
    }

    /** One channel of the 8254. */
    public static final class PitChannel {
        /** Reload value; 0x10000 stands for 0. */
        public int count;
        /** Latched count. */
        public int latchedCount;
        /** Whether, and which half of, the count is latched. */
        public int countLatched;
        /** Whether the status is latched. */
        public int statusLatched;
        /** Latched status. */
        public int status;
        /** Which byte is read next. */
        public int readState;
        /** Which byte is written next. */
        public int writeState;
        /** Byte written first. */
        public int writeLatch;
        /** Access mode. */
        public int rwMode;
        /** Mode, 0 to 5. */
        public int mode;
        /** Binary-coded decimal. */
        public int bcd;
        /** Gate input. */
        public int gate;
        /** When the count was loaded, in nanoseconds of the engine's clock. */
        public long countLoadTime;

        /** All zero. */
        public PitChannel() {}
    }
}
