package org.jvmm.vmm.cli;

import jdk.internal.misc.Signal;
import org.jvmm.core.host.JdkExports;
import org.jvmm.vmm.MachineException;

/**
 * Signals to this process. {@code sun.misc.Signal}, which the JDK supports, is a mantle of the class used here, but cannot be compiled without a warning that
 * no option turns off; by reflection and a proxy it took 8 ms of a start.
 */
final class HostSignals {
    private HostSignals() {}

    /**
     * Replaces what a signal does.
     *
     * @param name without SIG
     * @param action run on a thread of the JVM's
     * @throws MachineException in a JVM without the option that this needs
     */
    static void handle(String name, Runnable action) {
        String option = JdkExports.missing("jdk.internal.misc", HostSignals.class);
        if (option != null) {
            throw new MachineException("The command line needs the JVM's option " + option);
        }
        Signal.handle(new Signal(name), signal -> action.run());
    }
}
