package org.jvmm.vmm;

import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.kvm.sys.BusErrorGuard;
import org.jvmm.virtio.pmem.PmemFile;

/**
 * A file's place in the guest's memory.
 *
 * @param file what lies there
 * @param region where
 * @param guard puts zeros in place of pages that the host cannot provide, because the file has become shorter
 * @param index counted from 0 in the order of the devices
 */
record PmemMapping(PmemFile file, GuestRegion region, BusErrorGuard guard, int index) {
    /** Has what the guest wrote on the host's disk: whether all of it is there. */
    boolean flush(LinuxSyscalls syscalls) {
        // What was written to pages that had to be replaced is lost.
        return guard.take() == 0 && file.flush(syscalls);
    }
}
