package org.jvmm.kvm;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jvmm.core.cpu.VcpuEvents;
import org.jvmm.core.cpu.VcpuState;
import org.jvmm.kvm.abi.KvmCapability;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.abi.KvmDebugregs;
import org.jvmm.kvm.abi.KvmLapicState;
import org.jvmm.kvm.abi.KvmMpState;
import org.jvmm.kvm.abi.KvmMsrEntry;
import org.jvmm.kvm.abi.KvmMsrList;
import org.jvmm.kvm.abi.KvmMsrs;
import org.jvmm.kvm.abi.KvmVcpuEvents;
import org.jvmm.kvm.abi.KvmXcr;
import org.jvmm.kvm.abi.KvmXcrs;
import org.jvmm.kvm.abi.KvmXsave;
import org.jvmm.kvm.abi.SystemIoctl;
import org.jvmm.kvm.abi.VcpuIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/**
 * Saves and restores all of a vCPU. The order of restoring matters: the run state and registers first, then extended state, then the local APIC before the
 * MSRs (the TSC deadline needs the timer's mode), and what is in flight last.
 */
final class KvmVcpuState {
    private static final int TSC = 0x10;
    private static final int TSC_DEADLINE = 0x6E0;
    private static final int APIC_BASE = 0x1B;
    private static final int MAX_MSRS = 1024;

    private final KvmFd fd;
    private final KvmVcpuRegisters registers;
    private final KvmHypervisor hypervisor;

    KvmVcpuState(KvmFd fd, KvmVcpuRegisters registers, KvmHypervisor hypervisor) {
        this.fd = fd;
        this.registers = registers;
        this.hypervisor = hypervisor;
    }

    void save(VcpuState out) {
        StructBuffer mp = StructBuffer.allocate(KvmMpState.SIZE);
        fd.call("KVM_GET_MP_STATE", VcpuIoctl.GET_MP_STATE, mp.address());
        out.runState = KvmMpState.mpState(mp.bytes(), 0);
        registers.getRegs(out.regs);
        registers.getSregs(out.sregs);
        saveExtended(out);
        saveDebug(out);
        StructBuffer lapic = StructBuffer.allocate(KvmLapicState.SIZE);
        fd.call("KVM_GET_LAPIC", VcpuIoctl.GET_LAPIC, lapic.address());
        lapic.bytes().get(0, out.lapic, 0, out.lapic.length);
        long khz = fd.raw(VcpuIoctl.GET_TSC_KHZ, 0);
        out.tscKhz = khz < 0 ? 0 : (int) khz;
        saveMsrs(out);
        saveEvents(out.events);
    }

    void restore(VcpuState in) {
        StructBuffer mp = StructBuffer.allocate(KvmMpState.SIZE);
        KvmMpState.mpState(mp.bytes(), 0, in.runState);
        fd.call("KVM_SET_MP_STATE", Integer.toString(in.runState), VcpuIoctl.SET_MP_STATE, mp.address());
        registers.setRegs(in.regs);
        registers.setSregs(in.sregs);
        restoreExtended(in);
        restoreDebug(in);
        StructBuffer lapic = StructBuffer.allocate(KvmLapicState.SIZE);
        lapic.bytes().put(0, in.lapic, 0, in.lapic.length);
        fd.call("KVM_SET_LAPIC", VcpuIoctl.SET_LAPIC, lapic.address());
        restoreMsrs(in);
        restoreEvents(in.events);
    }

    /** Size of the XSAVE area: {@code KVM_CAP_XSAVE2} tells when it is larger than the old one. */
    private int xsaveSize() {
        return Math.max(KvmXsave.SIZE, hypervisor.capability(KvmCapability.XSAVE2));
    }

    private void saveExtended(VcpuState out) {
        int size = xsaveSize();
        StructBuffer xsave = StructBuffer.allocate(size);
        long request = size > KvmXsave.SIZE ? VcpuIoctl.GET_XSAVE2 : VcpuIoctl.GET_XSAVE;
        fd.call("KVM_GET_XSAVE", VcpuIoctl.GET_XSAVE == request ? "" : size + " bytes", request, xsave.address());
        out.xsave = new byte[size];
        xsave.bytes().get(0, out.xsave);
        out.xcr0 = 1;
        if (hypervisor.capability(KvmCapability.XCRS) > 0) {
            StructBuffer xcrs = StructBuffer.allocate(KvmXcrs.SIZE);
            fd.call("KVM_GET_XCRS", VcpuIoctl.GET_XCRS, xcrs.address());
            for (int i = 0; i < KvmXcrs.nrXcrs(xcrs.bytes(), 0); i++) {
                int at = KvmXcrs.XCRS + i * KvmXcr.SIZE;
                if (KvmXcr.xcr(xcrs.bytes(), at) == 0) {
                    out.xcr0 = KvmXcr.value(xcrs.bytes(), at);
                }
            }
        }
    }

    private void restoreExtended(VcpuState in) {
        if (hypervisor.capability(KvmCapability.XCRS) > 0) {
            StructBuffer xcrs = StructBuffer.allocate(KvmXcrs.SIZE);
            KvmXcrs.nrXcrs(xcrs.bytes(), 0, 1);
            KvmXcr.value(xcrs.bytes(), KvmXcrs.XCRS, in.xcr0);
            fd.call("KVM_SET_XCRS", "0x" + Long.toHexString(in.xcr0), VcpuIoctl.SET_XCRS, xcrs.address());
        }
        StructBuffer xsave = StructBuffer.allocate(Math.max(xsaveSize(), in.xsave.length));
        xsave.bytes().put(0, in.xsave);
        fd.call("KVM_SET_XSAVE", VcpuIoctl.SET_XSAVE, xsave.address());
    }

    private void saveDebug(VcpuState out) {
        StructBuffer debug = StructBuffer.allocate(KvmDebugregs.SIZE);
        fd.call("KVM_GET_DEBUGREGS", VcpuIoctl.GET_DEBUGREGS, debug.address());
        for (int i = 0; i < 4; i++) {
            out.debugRegisters[i] = debug.bytes().getLong(KvmDebugregs.DB + i * Long.BYTES);
        }
        out.debugRegisters[4] = KvmDebugregs.dr6(debug.bytes(), 0);
        out.debugRegisters[5] = KvmDebugregs.dr7(debug.bytes(), 0);
    }

    private void restoreDebug(VcpuState in) {
        StructBuffer debug = StructBuffer.allocate(KvmDebugregs.SIZE);
        for (int i = 0; i < 4; i++) {
            debug.bytes().putLong(KvmDebugregs.DB + i * Long.BYTES, in.debugRegisters[i]);
        }
        KvmDebugregs.dr6(debug.bytes(), 0, in.debugRegisters[4]);
        KvmDebugregs.dr7(debug.bytes(), 0, in.debugRegisters[5]);
        fd.call("KVM_SET_DEBUGREGS", VcpuIoctl.SET_DEBUGREGS, debug.address());
    }

    /** All MSRs of KVM's list that can be read on this vCPU. */
    private void saveMsrs(VcpuState out) {
        int[] list = msrList();
        int[] indices = new int[list.length];
        long[] values = new long[list.length];
        StructBuffer all = StructBuffer.allocate(KvmMsrs.SIZE + list.length * KvmMsrEntry.SIZE);
        int kept = 0;
        for (int next = 0; next < list.length;) {
            int count = list.length - next;
            KvmMsrs.nmsrs(all.bytes(), 0, count);
            for (int i = 0; i < count; i++) {
                KvmMsrEntry.index(all.bytes(), KvmMsrs.ENTRIES + i * KvmMsrEntry.SIZE, list[next + i]);
            }
            int read = (int) fd.call("KVM_GET_MSRS", count + " MSRs", VcpuIoctl.GET_MSRS, all.address());
            for (int i = 0; i < read; i++) {
                indices[kept] = list[next + i];
                values[kept++] = KvmMsrEntry.data(all.bytes(), KvmMsrs.ENTRIES + i * KvmMsrEntry.SIZE);
            }
            // KVM stops at the first one that this vCPU does not have.
            next += read + 1;
        }
        out.msrIndices = Arrays.copyOf(indices, kept);
        out.msrValues = Arrays.copyOf(values, kept);
    }

    private int[] msrList() {
        StructBuffer list = StructBuffer.allocate(KvmMsrList.SIZE + MAX_MSRS * Integer.BYTES);
        KvmMsrList.nmsrs(list.bytes(), 0, MAX_MSRS);
        hypervisor.system().call("KVM_GET_MSR_INDEX_LIST", MAX_MSRS + " MSRs", SystemIoctl.GET_MSR_INDEX_LIST, list.address());
        int[] indices = new int[KvmMsrList.nmsrs(list.bytes(), 0)];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = list.bytes().getInt(KvmMsrList.INDICES + i * Integer.BYTES);
        }
        return indices;
    }

    /** The TSC first, because clocks derive from it; the deadline last. A refused MSR is an error only when its value is not the one it has. */
    private void restoreMsrs(VcpuState in) {
        restoreMsr(in, TSC);
        for (int i = 0; i < in.msrIndices.length; i++) {
            int index = in.msrIndices[i];
            // The APIC base has come with the segments.
            if (index != TSC && index != TSC_DEADLINE && index != APIC_BASE && !registers.trySetMsr(index, in.msrValues[i])
                    && registers.getMsr(index) != in.msrValues[i]) {
                throw new IllegalArgumentException("KVM on this host refuses 0x" + Long.toHexString(in.msrValues[i]) + " in MSR 0x"
                        + Integer.toHexString(index));
            }
        }
        restoreMsr(in, TSC_DEADLINE);
    }

    private void restoreMsr(VcpuState in, int index) {
        for (int i = 0; i < in.msrIndices.length; i++) {
            if (in.msrIndices[i] == index) {
                registers.setMsr(index, in.msrValues[i]);
            }
        }
    }

    private void saveEvents(VcpuEvents out) {
        StructBuffer struct = StructBuffer.allocate(KvmVcpuEvents.SIZE);
        fd.call("KVM_GET_VCPU_EVENTS", VcpuIoctl.GET_VCPU_EVENTS, struct.address());
        ByteBuffer in = struct.bytes();
        out.exceptionInjected = KvmVcpuEvents.exceptionInjected(in, 0) != 0;
        out.exceptionPending = KvmVcpuEvents.exceptionPending(in, 0) != 0;
        out.exceptionVector = KvmVcpuEvents.exceptionNr(in, 0);
        out.exceptionHasError = KvmVcpuEvents.exceptionHasErrorCode(in, 0) != 0;
        out.exceptionError = KvmVcpuEvents.exceptionErrorCode(in, 0);
        out.interruptInjected = KvmVcpuEvents.interruptInjected(in, 0) != 0;
        out.interruptVector = KvmVcpuEvents.interruptNr(in, 0);
        out.interruptSoft = KvmVcpuEvents.interruptSoft(in, 0) != 0;
        out.interruptShadow = KvmVcpuEvents.interruptShadow(in, 0);
        out.nmiInjected = KvmVcpuEvents.nmiInjected(in, 0) != 0;
        out.nmiPending = KvmVcpuEvents.nmiPending(in, 0);
        out.nmiMasked = KvmVcpuEvents.nmiMasked(in, 0) != 0;
        out.startupVector = KvmVcpuEvents.sipiVector(in, 0);
    }

    private void restoreEvents(VcpuEvents in) {
        StructBuffer struct = StructBuffer.allocate(KvmVcpuEvents.SIZE);
        ByteBuffer out = struct.bytes();
        // Without the payload flag "pending" and "injected" mean the same to KVM (api.rst §4.32).
        KvmVcpuEvents.exceptionInjected(out, 0, in.exceptionInjected || in.exceptionPending ? 1 : 0);
        KvmVcpuEvents.exceptionNr(out, 0, in.exceptionVector);
        KvmVcpuEvents.exceptionHasErrorCode(out, 0, in.exceptionHasError ? 1 : 0);
        KvmVcpuEvents.exceptionErrorCode(out, 0, in.exceptionError);
        KvmVcpuEvents.interruptInjected(out, 0, in.interruptInjected ? 1 : 0);
        KvmVcpuEvents.interruptNr(out, 0, in.interruptVector);
        KvmVcpuEvents.interruptSoft(out, 0, in.interruptSoft ? 1 : 0);
        KvmVcpuEvents.interruptShadow(out, 0, in.interruptShadow);
        KvmVcpuEvents.nmiInjected(out, 0, in.nmiInjected ? 1 : 0);
        KvmVcpuEvents.nmiPending(out, 0, in.nmiPending);
        KvmVcpuEvents.nmiMasked(out, 0, in.nmiMasked ? 1 : 0);
        KvmVcpuEvents.sipiVector(out, 0, in.startupVector);
        KvmVcpuEvents.flags(out, 0, KvmConstants.VCPUEVENT_VALID_NMI_PENDING | KvmConstants.VCPUEVENT_VALID_SIPI_VECTOR
                | KvmConstants.VCPUEVENT_VALID_SHADOW);
        fd.call("KVM_SET_VCPU_EVENTS", VcpuIoctl.SET_VCPU_EVENTS, struct.address());
    }
}
