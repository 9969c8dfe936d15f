package org.jvmm.vmm;

import org.jvmm.core.memory.GuestRegion;
import org.jvmm.virtio.pmem.PmemFile;

/**
 * A file's place in the guest's memory.
 *
 * @param file what lies there
 * @param region where
 * @param index counted from 0 in the order of the devices
 */
record PmemMapping(PmemFile file, GuestRegion region, int index) {}
