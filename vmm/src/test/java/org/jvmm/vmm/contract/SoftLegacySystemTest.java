package org.jvmm.vmm.contract;

import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.LegacySystemContractTest;

/** The processor's system side outside long mode on the software CPU. */
class SoftLegacySystemTest extends LegacySystemContractTest {
    @Override
    protected ContractMachine.Engine engine() {
        return Engines.SOFT;
    }

    @Override
    protected String wrongHere(String test) {
        return null;
    }
}
