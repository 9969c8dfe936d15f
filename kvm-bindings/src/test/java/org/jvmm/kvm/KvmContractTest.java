package org.jvmm.kvm;

import org.junit.jupiter.api.Tag;
import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.VcpuContractTest;
import org.jvmm.kvm.sys.NativeBinding;

/** The engine contract on this host's KVM. */
@Tag("kvm")
class KvmContractTest extends VcpuContractTest {
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
    protected int maxCpus() {
        return 2;
    }

    @Override
    protected boolean complete() {
        return KvmHost.ringZero() == KvmProbe.RingZero.NATIVE;
    }
}
