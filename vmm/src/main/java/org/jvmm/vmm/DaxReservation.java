package org.jvmm.vmm;

import org.jvmm.core.host.AlignedMemory;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.kvm.sys.BusErrorGuard;
import org.jvmm.virtio.fs.DaxWindow;

/**
 * The place of a volume's DAX window in the guest's memory, and what keeps it from killing this process.
 *
 * @param memory of the host
 * @param guard puts zeros in place of pages that the host cannot provide
 * @param region where the guest has it
 */
record DaxReservation(AlignedMemory memory, BusErrorGuard guard, GuestRegion region) {
    /**
     * Reserves host memory.
     *
     * @throws MachineException when there is no room for it
     */
    static DaxReservation at(long gpa, long size, LinuxSyscalls syscalls) {
        try {
            AlignedMemory memory = AlignedMemory.reserve(syscalls, size);
            try {
                BusErrorGuard guard = BusErrorGuard.protect(syscalls, memory.address(), size);
                return new DaxReservation(memory, guard, new GuestRegion(gpa, memory.segment(), false));
            } catch (RuntimeException e) {
                memory.close(syscalls);
                throw e;
            }
        } catch (SyscallException e) {
            throw new MachineException("DAX window of " + MemorySize.format(size) + " cannot be had: " + Errno.name(e.errno()), e);
        }
    }

    /** The window, once the machine's memory is complete. */
    DaxWindow window(GuestMemory all) {
        return new DaxWindow(region, all::markWritten, guard::take);
    }

    void close(LinuxSyscalls syscalls) {
        guard.close();
        memory.close(syscalls);
    }
}
