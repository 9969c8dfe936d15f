package org.jvmm.vmm.contract;

import org.jvmm.core.testing.ContractMachine;
import org.jvmm.core.testing.SystemContractTest;

/** The processor's system side on the software CPU. */
class SoftSystemTest extends SystemContractTest {
    @Override
    protected ContractMachine.Engine engine() {
        return Engines.SOFT;
    }

    @Override
    protected String wrongHere(String test) {
        return null;
    }
}
