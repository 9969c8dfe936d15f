package org.jvmm.kvm;

import org.jvmm.core.event.Threads;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;
import org.jvmm.kvm.abi.KvmUserspaceMemoryRegion;
import org.jvmm.kvm.abi.VmIoctl;
import org.jvmm.kvm.sys.StructBuffer;

/**
 * The machine's memory as KVM knows it: a slot of every region (api.rst §4.35). KVM waits for its readers when it takes memory, some 4 ms; a thread waits
 * with it while devices and kernel are made ready.
 */
final class KvmMemorySlots {
    private final KvmFd vm;
    private final GuestMemory memory;
    private final Thread thread = new Thread(this::run, "kvm-memory");
    private RuntimeException failure;

    /** @param vm the machine's descriptor, with system calls of the thread's own */
    KvmMemorySlots(KvmFd vm, GuestMemory memory) {
        this.vm = vm;
        this.memory = memory;
        thread.setDaemon(true);
    }

    /** Begins to give KVM the memory. */
    void begin() {
        thread.start();
    }

    private void run() {
        try {
            set(0);
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    /**
     * Waits until KVM has the memory.
     *
     * @throws KvmException when it refused
     */
    void await() {
        join();
        if (failure != null) {
            throw failure;
        }
    }

    /** Waits until nothing is under way. */
    void join() {
        Threads.join(thread);
    }

    /** Changes the flags of all slots. */
    void change(int flags) {
        await();
        set(flags);
    }

    private void set(int flags) {
        StructBuffer struct = StructBuffer.allocate(KvmUserspaceMemoryRegion.SIZE);
        int slot = 0;
        for (GuestRegion region : memory.regions()) {
            KvmUserspaceMemoryRegion.slot(struct.bytes(), 0, slot);
            KvmUserspaceMemoryRegion.flags(struct.bytes(), 0, flags);
            KvmUserspaceMemoryRegion.guestPhysAddr(struct.bytes(), 0, region.gpa());
            KvmUserspaceMemoryRegion.memorySize(struct.bytes(), 0, region.size());
            KvmUserspaceMemoryRegion.userspaceAddr(struct.bytes(), 0, region.hostBase());
            vm.call("KVM_SET_USER_MEMORY_REGION",
                    "slot " + slot + ", 0x" + Long.toHexString(region.gpa()) + "+0x" + Long.toHexString(region.size()),
                    VmIoctl.SET_USER_MEMORY_REGION, struct.address());
            slot++;
        }
    }
}
