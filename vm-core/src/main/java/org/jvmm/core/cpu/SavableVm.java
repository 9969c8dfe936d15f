package org.jvmm.core.cpu;

/** A {@link VirtualMachine} whose interrupt controllers and clock can be saved. While none of its vCPUs runs. */
public interface SavableVm extends VirtualMachine {
    /** Copies the state of interrupt controllers, timer and clock out. */
    void saveState(VmState out);

    /** Replaces it; before the vCPUs are restored. */
    void restoreState(VmState in);
}
