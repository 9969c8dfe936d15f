package org.jvmm.core.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Method;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.jvmm.core.cpu.X86Regs;

/** A machine for each snippet of the system contract, on the engine under test. */
abstract class SystemSnippets {
    ContractMachine machine;
    /** Registers at the end of the last run. */
    X86Regs end;

    /** The engine under test. */
    protected abstract ContractMachine.Engine engine();

    /** Why this host's engine cannot pass a test, or null when it must. */
    protected abstract String wrongHere(String test);

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    @BeforeEach
    void open(TestInfo info) {
        String reason = wrongHere(info.getTestMethod().map(Method::getName).orElseThrow());
        assumeTrue(reason == null, reason);
        machine = new ContractMachine(engine(), 1);
    }

    @AfterEach
    void close() {
        if (machine != null) {
            machine.close();
        }
    }
}
