package org.jvmm.core.cpu;

import org.jvmm.core.memory.GuestMemory;

/** An engine that executes guests: KVM or the software CPU. */
public interface Hypervisor {
    /** {@code kvm} or {@code soft}. */
    String name();

    /** Makes a virtual machine around the memory; the memory outlives it. */
    VirtualMachine createVm(GuestMemory memory);
}
