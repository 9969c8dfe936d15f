package org.jvmm.kvm;

import org.jvmm.kvm.abi.KvmLapicState;
import org.jvmm.kvm.abi.VcpuIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/** What firmware would have left in a vCPU: MSRs and the local interrupt pins. */
final class KvmBootState {
    private static final int MSR_MISC_ENABLE = 0x1A0;
    private static final int MSR_MTRR_DEF_TYPE = 0x2FF;
    private static final int FAST_STRING = 1;
    /** MTRRs on, everything write-back (SDM vol. 3 §12.11.2.1). */
    private static final int MTRR_WRITE_BACK = 1 << 11 | 6;

    private static final int LVT_LINT0 = 0x350;
    private static final int LVT_LINT1 = 0x360;
    private static final int DELIVERY_NMI = 4 << 8;
    private static final int DELIVERY_EXTINT = 7 << 8;

    private KvmBootState() {}

    static void apply(KvmFd fd, KvmVcpuRegisters registers, int id) {
        // Some hosts have neither; a guest manages without.
        registers.trySetMsr(MSR_MISC_ENABLE, FAST_STRING);
        registers.trySetMsr(MSR_MTRR_DEF_TYPE, MTRR_WRITE_BACK);
        if (id == 0) {
            // Virtual wire mode (MultiProcessor Specification 1.4 §3.6.2.2): the PIC on LINT0 and NMI on LINT1 of the boot processor.
            StructBuffer lapic = StructBuffer.allocate(KvmLapicState.SIZE);
            fd.call("KVM_GET_LAPIC", VcpuIoctl.GET_LAPIC, lapic.address());
            lapic.bytes().putInt(LVT_LINT0, DELIVERY_EXTINT);
            lapic.bytes().putInt(LVT_LINT1, DELIVERY_NMI);
            fd.call("KVM_SET_LAPIC", VcpuIoctl.SET_LAPIC, lapic.address());
        }
    }
}
