package org.jvmm.kvm;

import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.core.memory.GuestWriteObserver;
import org.jvmm.kvm.abi.VmIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/** Pages written since the last look: by vCPUs, which KVM logs (api.rst §4.8), and by devices, which KVM does not see. */
final class KvmDirtyLog implements GuestWriteObserver {
    private static final int PAGE_SHIFT = 12;

    private final KvmFd vm;
    private final GuestRegion[] regions;
    /** Written by devices; guarded by this. */
    private final long[][] byDevices;

    KvmDirtyLog(KvmFd vm, GuestMemory memory) {
        this.vm = vm;
        this.regions = memory.regions().toArray(new GuestRegion[0]);
        this.byDevices = new long[regions.length][];
        for (int i = 0; i < regions.length; i++) {
            byDevices[i] = new long[words(regions[i])];
        }
    }

    private static int words(GuestRegion region) {
        return (int) ((region.size() / GuestLayout.PAGE_SIZE + 63) / 64);
    }

    @Override
    public synchronized void written(long gpa, long length) {
        for (int i = 0; i < regions.length; i++) {
            if (gpa >= regions[i].gpa() && gpa < regions[i].end()) {
                long last = gpa + length - 1 - regions[i].gpa() >> PAGE_SHIFT;
                for (long page = gpa - regions[i].gpa() >> PAGE_SHIFT; page <= last; page++) {
                    byDevices[i][(int) (page >> 6)] |= 1L << page;
                }
            }
        }
    }

    void collect(GuestRegion region, long[] bitmap) {
        for (int slot = 0; slot < regions.length; slot++) {
            if (regions[slot].gpa() == region.gpa()) {
                collect(slot, bitmap);
                return;
            }
        }
        throw new IllegalArgumentException("No such region: 0x" + Long.toHexString(region.gpa()));
    }

    private void collect(int slot, long[] bitmap) {
        int words = words(regions[slot]);
        StructBuffer log = StructBuffer.allocate(words * Long.BYTES);
        StructBuffer struct = StructBuffer.allocate(org.jvmm.kvm.abi.KvmDirtyLog.SIZE);
        org.jvmm.kvm.abi.KvmDirtyLog.slot(struct.bytes(), 0, slot);
        struct.bytes().putLong(org.jvmm.kvm.abi.KvmDirtyLog.DIRTY_BITMAP, log.address());
        vm.call("KVM_GET_DIRTY_LOG", "slot " + slot, VmIoctl.GET_DIRTY_LOG, struct.address());
        synchronized (this) {
            for (int i = 0; i < words; i++) {
                bitmap[i] |= log.bytes().getLong(i * Long.BYTES) | byDevices[slot][i];
                byDevices[slot][i] = 0;
            }
        }
        java.lang.ref.Reference.reachabilityFence(log);
    }
}
