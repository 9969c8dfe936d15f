package org.jvmm.kvm;

import java.nio.ByteBuffer;
import org.jvmm.core.cpu.SegmentState;
import org.jvmm.core.cpu.X86Regs;
import org.jvmm.core.cpu.X86Sregs;
import org.jvmm.kvm.abi.KvmDtable;
import org.jvmm.kvm.abi.KvmMsrEntry;
import org.jvmm.kvm.abi.KvmMsrs;
import org.jvmm.kvm.abi.KvmRegs;
import org.jvmm.kvm.abi.KvmSegment;
import org.jvmm.kvm.abi.KvmSregs;
import org.jvmm.kvm.abi.KvmXsave;
import org.jvmm.kvm.abi.VcpuIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/** Moves registers between KVM's structures and the neutral ones. */
final class KvmVcpuRegisters {
    /** Size of the FXSAVE image, the first part of the XSAVE area. */
    static final int FXSAVE_SIZE = 512;

    /** Offsets in {@code kvm_regs} in the order of x86's encoding. */
    private static final int[] GENERAL = { KvmRegs.RAX, KvmRegs.RCX, KvmRegs.RDX, KvmRegs.RBX, KvmRegs.RSP, KvmRegs.RBP, KvmRegs.RSI,
        KvmRegs.RDI, KvmRegs.R8, KvmRegs.R9, KvmRegs.R10, KvmRegs.R11, KvmRegs.R12, KvmRegs.R13, KvmRegs.R14, KvmRegs.R15 };
    private static final int[] SEGMENTS = { KvmSregs.ES, KvmSregs.CS, KvmSregs.SS, KvmSregs.DS, KvmSregs.FS, KvmSregs.GS };
    private static final int XSTATE_BV = 512;
    private static final long X87_AND_SSE = 3;
    private static final int TABLE_LIMIT = 0xFFFF;

    private final KvmFd fd;
    private final StructBuffer regs = StructBuffer.allocate(KvmRegs.SIZE);
    private final StructBuffer sregs = StructBuffer.allocate(KvmSregs.SIZE);
    private final StructBuffer msr = StructBuffer.allocate(KvmMsrs.SIZE + KvmMsrEntry.SIZE);

    KvmVcpuRegisters(KvmFd fd) {
        this.fd = fd;
    }

    void getRegs(X86Regs out) {
        fd.call("KVM_GET_REGS", VcpuIoctl.GET_REGS, regs.address());
        for (int i = 0; i < GENERAL.length; i++) {
            out.gpr[i] = regs.bytes().getLong(GENERAL[i]);
        }
        out.rip = KvmRegs.rip(regs.bytes(), 0);
        out.rflags = KvmRegs.rflags(regs.bytes(), 0);
    }

    void setRegs(X86Regs in) {
        for (int i = 0; i < GENERAL.length; i++) {
            regs.bytes().putLong(GENERAL[i], in.gpr[i]);
        }
        KvmRegs.rip(regs.bytes(), 0, in.rip);
        KvmRegs.rflags(regs.bytes(), 0, in.rflags | 2);
        fd.call("KVM_SET_REGS", VcpuIoctl.SET_REGS, regs.address());
    }

    void getSregs(X86Sregs out) {
        fd.call("KVM_GET_SREGS", VcpuIoctl.GET_SREGS, sregs.address());
        ByteBuffer in = sregs.bytes();
        for (int i = 0; i < SEGMENTS.length; i++) {
            getSegment(in, SEGMENTS[i], out.segments[i]);
        }
        getSegment(in, KvmSregs.TR, out.tr);
        getSegment(in, KvmSregs.LDT, out.ldt);
        out.gdtBase = KvmDtable.base(in, KvmSregs.GDT);
        out.gdtLimit = KvmDtable.limit(in, KvmSregs.GDT);
        out.idtBase = KvmDtable.base(in, KvmSregs.IDT);
        out.idtLimit = KvmDtable.limit(in, KvmSregs.IDT);
        out.cr0 = KvmSregs.cr0(in, 0);
        out.cr2 = KvmSregs.cr2(in, 0);
        out.cr3 = KvmSregs.cr3(in, 0);
        out.cr4 = KvmSregs.cr4(in, 0);
        out.cr8 = KvmSregs.cr8(in, 0);
        out.efer = KvmSregs.efer(in, 0);
        out.apicBase = KvmSregs.apicBase(in, 0);
    }

    /** {@code apicBase} 0 stands for "leave it", since a loader does not know it. */
    void setSregs(X86Sregs in) {
        fd.call("KVM_GET_SREGS", VcpuIoctl.GET_SREGS, sregs.address());
        ByteBuffer out = sregs.bytes();
        for (int i = 0; i < SEGMENTS.length; i++) {
            setSegment(out, SEGMENTS[i], in.segments[i]);
        }
        setTaskRegister(out, in);
        setSegment(out, KvmSregs.LDT, in.ldt);
        KvmDtable.base(out, KvmSregs.GDT, in.gdtBase);
        KvmDtable.limit(out, KvmSregs.GDT, in.gdtLimit & TABLE_LIMIT);
        KvmDtable.base(out, KvmSregs.IDT, in.idtBase);
        KvmDtable.limit(out, KvmSregs.IDT, in.idtLimit & TABLE_LIMIT);
        KvmSregs.cr0(out, 0, in.cr0);
        KvmSregs.cr2(out, 0, in.cr2);
        KvmSregs.cr3(out, 0, in.cr3);
        KvmSregs.cr4(out, 0, in.cr4);
        KvmSregs.cr8(out, 0, in.cr8);
        KvmSregs.efer(out, 0, in.efer);
        if (in.apicBase != 0) {
            KvmSregs.apicBase(out, 0, in.apicBase);
        }
        // Offsets 0 to 31 of the bitmap: no interrupt is to be injected.
        for (int i = KvmSregs.INTERRUPT_BITMAP; i < KvmSregs.SIZE; i++) {
            out.put(i, (byte) 0);
        }
        fd.call("KVM_SET_SREGS", VcpuIoctl.SET_SREGS, sregs.address());
    }

    /** VMX demands a busy TSS in TR always (SDM vol. 3 §28.3.1.2); a guest that has none yet gets the reset value. */
    private static void setTaskRegister(ByteBuffer out, X86Sregs in) {
        if ((in.tr.attributes & 0x80) != 0) {
            setSegment(out, KvmSregs.TR, in.tr);
        } else {
            setSegment(out, KvmSregs.TR, new SegmentState().set(0, 0, TABLE_LIMIT, 0x8B));
        }
    }

    private static void getSegment(ByteBuffer in, int at, SegmentState out) {
        int attributes = KvmSegment.type(in, at) | KvmSegment.s(in, at) << 4 | KvmSegment.dpl(in, at) << 5
                | KvmSegment.present(in, at) << 7 | KvmSegment.avl(in, at) << 12 | KvmSegment.l(in, at) << 13 | KvmSegment.db(in, at) << 14
                | KvmSegment.g(in, at) << 15;
        out.set(KvmSegment.selector(in, at), KvmSegment.base(in, at), KvmSegment.limit(in, at),
                KvmSegment.unusable(in, at) != 0 ? 0 : attributes);
    }

    private static void setSegment(ByteBuffer out, int at, SegmentState in) {
        KvmSegment.selector(out, at, in.selector);
        KvmSegment.base(out, at, in.base);
        KvmSegment.limit(out, at, in.limit);
        KvmSegment.type(out, at, in.attributes & 0xF);
        KvmSegment.s(out, at, in.attributes >> 4 & 1);
        KvmSegment.dpl(out, at, in.attributes >> 5 & 3);
        KvmSegment.present(out, at, in.attributes >> 7 & 1);
        KvmSegment.avl(out, at, in.attributes >> 12 & 1);
        KvmSegment.l(out, at, in.attributes >> 13 & 1);
        KvmSegment.db(out, at, in.attributes >> 14 & 1);
        KvmSegment.g(out, at, in.attributes >> 15 & 1);
        KvmSegment.unusable(out, at, in.attributes >> 7 & 1 ^ 1);
    }

    long getMsr(int index) {
        KvmMsrs.nmsrs(msr.bytes(), 0, 1);
        KvmMsrEntry.index(msr.bytes(), KvmMsrs.ENTRIES, index);
        if (fd.call("KVM_GET_MSRS", "0x" + Integer.toHexString(index), VcpuIoctl.GET_MSRS, msr.address()) != 1) {
            throw new IllegalArgumentException("KVM on this host has no MSR 0x" + Integer.toHexString(index));
        }
        return KvmMsrEntry.data(msr.bytes(), KvmMsrs.ENTRIES);
    }

    void setMsr(int index, long value) {
        if (!trySetMsr(index, value)) {
            throw new IllegalArgumentException(
                    "KVM on this host refuses 0x" + Long.toHexString(value) + " in MSR 0x" + Integer.toHexString(index));
        }
    }

    boolean trySetMsr(int index, long value) {
        KvmMsrs.nmsrs(msr.bytes(), 0, 1);
        KvmMsrEntry.index(msr.bytes(), KvmMsrs.ENTRIES, index);
        KvmMsrEntry.data(msr.bytes(), KvmMsrs.ENTRIES, value);
        return fd.call("KVM_SET_MSRS", "0x" + Integer.toHexString(index), VcpuIoctl.SET_MSRS, msr.address()) == 1;
    }

    void getFpu(byte[] fxsave) {
        StructBuffer area = StructBuffer.allocate(KvmXsave.SIZE);
        fd.call("KVM_GET_XSAVE", VcpuIoctl.GET_XSAVE, area.address());
        area.bytes().get(0, fxsave, 0, FXSAVE_SIZE);
    }

    void setFpu(byte[] fxsave) {
        StructBuffer area = StructBuffer.allocate(KvmXsave.SIZE);
        fd.call("KVM_GET_XSAVE", VcpuIoctl.GET_XSAVE, area.address());
        area.bytes().put(0, fxsave, 0, FXSAVE_SIZE);
        area.bytes().putLong(XSTATE_BV, area.bytes().getLong(XSTATE_BV) | X87_AND_SSE);
        fd.call("KVM_SET_XSAVE", VcpuIoctl.SET_XSAVE, area.address());
    }
}
