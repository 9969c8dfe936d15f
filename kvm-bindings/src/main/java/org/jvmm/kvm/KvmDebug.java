package org.jvmm.kvm;

import java.nio.ByteBuffer;
import org.jvmm.core.cpu.DebugPlan;
import org.jvmm.core.cpu.VcpuExit;
import org.jvmm.kvm.abi.KvmDebugExitArch;
import org.jvmm.kvm.abi.KvmGuestDebug;
import org.jvmm.kvm.abi.KvmRun;
import org.jvmm.kvm.abi.VcpuIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/** Turns a {@link DebugPlan} into KVM_SET_GUEST_DEBUG, and a debug exit into what happened (api.rst §4.87). */
final class KvmDebug {
    /** Debug registers that hold addresses. */
    static final int BREAKPOINTS = 4;

    // uapi/linux/kvm.h and uapi/asm/kvm.h: KVM_GUESTDBG_*.
    private static final int ENABLE = 1;
    private static final int SINGLESTEP = 2;
    private static final int USE_SW_BP = 0x1_0000;
    private static final int USE_HW_BP = 0x2_0000;
    /** DR7: bit 10 always; local and global enable of register 0. Type and length 0 mean execution (SDM vol. 3 §18.2.4). */
    private static final long DR7 = 0x400;
    private static final long ENABLE_BOTH = 3;
    /** Vector of INT3. */
    private static final int BREAKPOINT = 3;
    /** DR6: a single step (SDM vol. 3 §18.2.3). */
    private static final long SINGLE_STEPPED = 0x4000;

    private final KvmFd fd;
    private final StructBuffer struct = StructBuffer.allocate(KvmGuestDebug.SIZE);

    KvmDebug(KvmFd fd) {
        this.fd = fd;
    }

    void apply(DebugPlan plan) {
        long[] addresses = plan.breakpoints();
        if (addresses.length > BREAKPOINTS) {
            throw new IllegalArgumentException("KVM stops at no more than " + BREAKPOINTS + " addresses");
        }
        ByteBuffer out = struct.bytes();
        for (int i = 0; i < KvmGuestDebug.SIZE; i++) {
            out.put(i, (byte) 0);
        }
        if (plan != DebugPlan.NONE) {
            long enabled = DR7;
            for (int i = 0; i < addresses.length; i++) {
                out.putLong(KvmGuestDebug.ARCH_DEBUGREG + 8 * i, addresses[i]);
                enabled |= ENABLE_BOTH << 2 * i;
            }
            out.putLong(KvmGuestDebug.ARCH_DEBUGREG + 8 * 7, enabled);
            KvmGuestDebug.control(out, 0,
                    ENABLE | USE_SW_BP | (plan.step() ? SINGLESTEP : 0) | (addresses.length > 0 ? USE_HW_BP : 0));
        }
        try {
            fd.call("KVM_SET_GUEST_DEBUG", VcpuIoctl.SET_GUEST_DEBUG, struct.address());
        } catch (KvmException e) {
            throw new IllegalStateException("KVM on this host cannot debug guests: " + e.getMessage(), e);
        }
    }

    /** Why the CPU came back with KVM_EXIT_DEBUG. */
    static VcpuExit.Debug.Cause cause(ByteBuffer run) {
        if (KvmDebugExitArch.exception(run, KvmRun.DEBUG_ARCH) == BREAKPOINT) {
            return VcpuExit.Debug.Cause.INT3;
        }
        boolean stepped = (KvmDebugExitArch.dr6(run, KvmRun.DEBUG_ARCH) & SINGLE_STEPPED) != 0;
        return stepped ? VcpuExit.Debug.Cause.STEP : VcpuExit.Debug.Cause.BREAKPOINT;
    }
}
