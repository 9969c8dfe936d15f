package org.jvmm.core.cpu;

import org.jvmm.core.memory.GuestMemory;

/** An engine that executes guests: KVM or the software CPU. */
public interface Hypervisor extends AutoCloseable {
    /** {@code kvm} or {@code soft}. */
    String name();

    /** Makes a virtual machine around the memory; the memory outlives it. */
    VirtualMachine createVm(GuestMemory memory);

    /** Gives back what the engine holds of the host; after its machines. */
    @Override
    default void close() {
        // An engine in software holds nothing.
    }
}
