package org.jvmm.core.cpu;

import org.jvmm.core.event.Notifier;
import org.jvmm.core.irq.IrqChip;

/** One virtual machine of a {@link Hypervisor}. Not closed while a vCPU runs. */
public interface VirtualMachine extends AutoCloseable {
    /**
     * Makes a virtual CPU in its reset state; CPU 0 is the boot processor, the others wait for INIT and a start-up IPI.
     *
     * @param id 0 to {@link org.jvmm.core.memory.GuestLayout#MAX_CPUS} - 1, also the APIC id
     * @param ops where its device accesses go
     */
    Vcpu createVcpu(int id, VmOps ops);

    /** The machine's interrupt controllers. */
    IrqChip irqChip();

    /**
     * Asks that guest stores of {@code value} to {@code gpa} signal {@code notifier} without reaching {@link VmOps}.
     *
     * @param size 1, 2, 4 or 8 bytes
     * @return false when this engine has no such short cut; the store then reaches {@link VmOps#mmioWrite} as usual
     */
    boolean bindIoEvent(long gpa, int size, long value, Notifier notifier);

    /** Stores that went the short cut of {@link #bindIoEvent}; 0 when there is none. Stores that are merged count once. */
    default long boundStores() {
        return 0;
    }

    /** Told when the threads of the vCPUs have been started: what serves them, and would only delay them before, begins now. */
    default void cpusStarted() {}

    @Override
    void close();
}
