package org.jvmm.vmm;

/** A device, or what belongs to one, that a machine shall have. Immutable; made before the machine, used once to build it. */
public interface DeviceSpec {
    /**
     * Builds it.
     *
     * @throws MachineException when the host cannot provide it, in one line that says what to do
     */
    void build(DeviceHost host);
}
