package org.jvmm.kvm;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.SystemContractTest;
import org.jvmm.kvm.sys.NativeBinding;

/** The processor's system side on this host's KVM. */
@Tag("kvm")
class KvmSystemTest extends SystemContractTest {
    /** By test: what a KVM without hardware virtualisation does instead. */
    private static final Map<String, String> WRONG_WHERE_RING_ZERO_IS_EMULATED = Map.ofEntries(
            Map.entry("icebpIsADebugException", "KVM's emulator of ring 0 lacks INT1"),
            Map.entry("smapKeepsTheSupervisorOutOfUserData", "KVM's emulator of ring 0 lacks STAC"),
            Map.entry("smapKnowsNoExceptionForTheProcessorsOwnAccesses", "KVM's emulator of ring 0 lacks STAC"),
            Map.entry("invpcidChecksItsDescriptor", "KVM's emulator of ring 0 lacks INVPCID"),
            Map.entry("invpcidInvalidatesByType", "KVM's emulator of ring 0 lacks INVPCID"),
            Map.entry("aSwitchedTaskHasNoFloatingPoint", "KVM's emulator of ring 0 lacks the x87"),
            Map.entry("repeatedStringsTrapAfterEachRepetition",
                    "KVM's emulator of ring 0 repeats a string instruction to its end before the trap"),
            Map.entry("aLoadOfTheStackSegmentHoldsTheTrapOff", "KVM's emulator of ring 0 traps right after MOV SS"),
            Map.entry("returnsToNowhereFaultAtTheReturn", "KVM's emulator of ring 0 lets IRET go to a non-canonical address"),
            Map.entry("aPageOfOneGigabyteMaps", "this KVM's guests have no 1 GiB pages"),
            Map.entry("invalidationOfAPageOfOneGigabyteDropsAllOfIt", "this KVM's guests have no 1 GiB pages"),
            Map.entry("aFaultInAPageFaultIsADoubleFault", "this KVM makes #NP in the delivery of #UD a #DF"),
            Map.entry("reservedBitsOfControlRegistersFault", "KVM's emulator of ring 0 takes CR0 with a bit above 31"),
            Map.entry("contextIdentifiersAreChecked", "this KVM takes a CR3 beyond the physical address bits"),
            Map.entry("portBreakpointsTrapAfter", "this KVM has no hardware breakpoints (KVM_CAP_SET_GUEST_DEBUG's HW_BPS is absent)"),
            Map.entry("aHotLoopIsLeftForBreakpointsAndSteps",
                    "this KVM has no hardware breakpoints (KVM_CAP_SET_GUEST_DEBUG's HW_BPS is absent)"),
            Map.entry("memoryTypesAreChecked", "this KVM takes memory types that there are not"),
            Map.entry("dataBreakpointsTrapAfter", "this KVM has no hardware breakpoints (KVM_CAP_SET_GUEST_DEBUG's HW_BPS is absent)"),
            Map.entry("thePortMapAllowsPortByPort", "this KVM refuses ports to ring 3 whatever the map says"),
            Map.entry("breakpointsAreTraps", "this KVM does not check the privilege of INT3's gate"),
            Map.entry("softwareInterruptsNeedThePrivilegeOfTheirGate", "this KVM makes INT n in ring 3 a #UD"));

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
