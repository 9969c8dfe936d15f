package org.jvmm.kvm;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.LegacySystemContractTest;
import org.jvmm.kvm.sys.NativeBinding;

/** The processor's system side outside long mode on this host's KVM. */
@Tag("kvm")
class KvmLegacySystemTest extends LegacySystemContractTest {
    private static final String NO_GATES = "KVM's emulator of ring 0 has no interrupts through 16- and 32-bit gates";
    private static final String NO_PAGING = "this KVM shuts down under 32-bit and PAE paging";
    /** By test: what a KVM without hardware virtualisation does instead. */
    private static final Map<String, String> WRONG_WHERE_RING_ZERO_IS_EMULATED = Map.ofEntries(
            Map.entry("anInterruptOfTheSameLevelPushesThreeWords", NO_GATES),
            Map.entry("aSixteenBitGatePushesSixteenBits", NO_GATES),
            Map.entry("anInterruptOfAnOuterLevelSwitchesStacks",
                    "this KVM makes INT n in ring 3 a #UD and does not look into a 32-bit TSS"),
            Map.entry("aBadInnerStackIsAnInvalidTss", "this KVM makes INT n in ring 3 a #UD and does not look into a 32-bit TSS"),
            Map.entry("overflowAndBoundsAreSoftwareExceptions", "KVM's emulator of ring 0 lacks INTO and BOUND"),
            Map.entry("returnFromInterruptGoesOutward", "KVM's emulator of ring 0 lacks IRETD to another ring"),
            Map.entry("codeEndsAtItsLimit", "KVM's emulator of ring 0 fails on a far jump behind the limit"),
            Map.entry("accessesBehindTheStacksLimitAreStackFaults", NO_GATES),
            Map.entry("realModeHasExceptions", "KVM's emulator of ring 0 fails on UD2 in real mode"),
            Map.entry("pagesOf32BitPagingProtect", NO_PAGING),
            Map.entry("pagesOfFourMegabytesNeedPse", NO_PAGING),
            Map.entry("pagesOfPaePagingProtect", NO_PAGING),
            Map.entry("directoryPointersAreCheckedWhenLoaded", NO_PAGING));

    @Override
    protected ContractMachine.Engine engine() {
        KvmHost.assumeUsable();
        return (memory, cpus, pio, mmio) -> {
            try (KvmHypervisor hypervisor = KvmHypervisor.open(NativeBinding::newSyscalls, cpus, false)) {
                return hypervisor.createVm(memory);
            }
        };
    }

    @Override
    protected String wrongHere(String test) {
        return KvmHost.ringZero() == KvmProbe.RingZero.NATIVE ? null : WRONG_WHERE_RING_ZERO_IS_EMULATED.get(test);
    }
}
