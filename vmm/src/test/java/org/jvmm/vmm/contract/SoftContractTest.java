package org.jvmm.vmm.contract;

import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.VcpuContractTest;
import org.jvmm.cpu.SoftHypervisor;

/** The engine contract on the software CPU with its interrupt controllers. */
class SoftContractTest extends VcpuContractTest {
    @Override
    protected ContractMachine.Engine engine() {
        return Engines.SOFT;
    }

    @Override
    protected int maxCpus() {
        return SoftHypervisor.MAX_CPUS;
    }
}
